package rfb_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// clipboard is a message of the server without data.
func clipboard(flags rfb.ClipboardFlags) []byte {
	return rfb.AppendServerClipboard(nil, rfb.ClipboardMessage{Flags: flags})
}

// provided is the message that has a text.
func provided(text string) []byte {
	return rfb.AppendServerClipboard(nil, rfb.ClipboardProvideText(text))
}

// says is what a client says that it understands, and how much text it takes
// unasked.
func says(flags rfb.ClipboardFlags, size uint32) []byte {
	return rfb.AppendClientClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardCaps | flags, Sizes: [16]uint32{size}})
}

const everyAction = rfb.ClipboardRequest | rfb.ClipboardPeek | rfb.ClipboardNotify | rfb.ClipboardProvide

// startClipboard starts a server for a client that has the extended clipboard,
// and takes what that says of itself.
func startClipboard(t *testing.T) *serverPeer {
	t.Helper()
	p := start(t, rfb.ServerConfig{}, 4, 4, rfb.EncodingExtendedClipboard)
	p.expect(clipboard(rfb.ClipboardCaps | rfb.ClipboardText | everyAction))
	return p
}

// nothingMore fails if the server has sent more than what was expected.
func (p *serverPeer) nothingMore() {
	p.t.Helper()
	if p.must(nil); len(p.in) > 0 {
		p.t.Fatalf("the server sends %x as well", p.in)
	}
}

func TestServerClipboard(t *testing.T) {
	t.Run("Latin-1", func(t *testing.T) {
		p := start(t, rfb.ServerConfig{}, 4, 4)
		p.SetClipboard("gr\u00fc\u00df \u6f22")
		p.must(nil)
		p.expect(rfb.AppendServerCutText(nil, []byte("gr\xfc\xdf ?")))
		p.nothingMore()
		if ev := p.must(rfb.AppendClientCutText(nil, []byte("\xe9\r\nb"))); ev.Kind != rfb.ServerEventClipboard || ev.Text != "\u00e9\nb" {
			t.Errorf("event %+v", ev)
		}
	})
	t.Run("extended", func(t *testing.T) {
		p := startClipboard(t)
		p.must(says(rfb.ClipboardText|everyAction, 0))
		p.must(rfb.AppendClientClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardPeek}))
		p.expect(clipboard(rfb.ClipboardNotify))
		p.SetClipboard("\u6f22\n")
		p.must(nil)
		p.expect(clipboard(rfb.ClipboardNotify | rfb.ClipboardText))
		p.must(rfb.AppendClientClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardRequest | rfb.ClipboardText}))
		m, _, _ := rfb.ParseServerMessage(p.in, rfb.ParseOptions{})
		c, err := rfb.ParseClipboard(m.Text)
		if got, err2 := c.Text(100); err != nil || err2 != nil || got != "\u6f22\n" {
			t.Errorf("got %q", got)
		}
		p.in = nil
		p.must(rfb.AppendClientClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardNotify | rfb.ClipboardText}))
		p.expect(clipboard(rfb.ClipboardRequest | rfb.ClipboardText))
		if ev := p.must(rfb.AppendClientClipboard(nil, rfb.ClipboardProvideText("\u6f22"))); ev.Text != "\u6f22" {
			t.Errorf("event %+v", ev)
		}
		p.nothingMore()
	})
}

// TestClientsGetTextsAsTheySay copies a text for clients that differ in what they
// say of themselves. Each gets one message at most.
func TestClientsGetTextsAsTheySay(t *testing.T) {
	offer := clipboard(rfb.ClipboardNotify | rfb.ClipboardText)
	mega := strings.Repeat("x", 1<<20-1) // and a NUL
	for _, tt := range []struct {
		name string
		says []byte
		text string
		want []byte
	}{
		// LibVNCClient says nothing, ignores offers, and ends the connection
		// if a text is longer than 1 MiB, its NUL included.
		{"says nothing", nil, "text", provided("text")},
		{"says nothing, and 1 MiB is copied", nil, mega, provided(mega)},
		{"says nothing, and more is copied", nil, mega + "x", offer},
		// TigerVNC and noVNC.
		{"takes nothing unasked", says(rfb.ClipboardText|everyAction, 0), "text", offer},
		{"takes nothing unasked, and nothing is copied", says(rfb.ClipboardText|everyAction, 0), "", offer},
		{"takes as much", says(rfb.ClipboardText|everyAction, 5), "text", provided("text")},
		{"takes less", says(rfb.ClipboardText|everyAction, 5), "texts", offer},
		{"takes less, as lines end on the wire", says(rfb.ClipboardText|everyAction, 6), "a\nb\nc", offer},
		{"takes as much, as lines end on the wire", says(rfb.ClipboardText|everyAction, 8), "a\r\nb\nc", provided("a\nb\nc")},
		{"takes more than was assumed", says(rfb.ClipboardText|everyAction, 2<<20), mega + "x", provided(mega + "x")},
		{"knows no offers", says(rfb.ClipboardText|rfb.ClipboardProvide, 5), "text", provided("text")},
		{"knows no offers, and takes less", says(rfb.ClipboardText|rfb.ClipboardProvide, 5), "texts", nil},
		{"asks only", says(rfb.ClipboardText|rfb.ClipboardNotify, 5), "text", offer},
		{"takes no texts", says(rfb.ClipboardHTML|everyAction, 100), "text", nil},
		{"takes texts and others", rfb.AppendClientClipboard(nil, rfb.ClipboardMessage{
			Flags: rfb.ClipboardCaps | rfb.ClipboardText | rfb.ClipboardRTF | everyAction, Sizes: [16]uint32{0, 100},
		}), "text", offer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := startClipboard(t)
			p.must(tt.says)
			p.SetClipboard(tt.text)
			if p.must(nil); !bytes.Equal(p.in, tt.want) {
				t.Errorf("got %.99x, want %.99x", p.in, tt.want)
			}
		})
	}
}

// TestWhatClientsTakeOutlivesLists has a client list its encodings again, as
// TigerVNC does when it takes another one for the pixels.
func TestWhatClientsTakeOutlivesLists(t *testing.T) {
	p := startClipboard(t)
	p.must(says(rfb.ClipboardText|everyAction, 0))
	p.must(rfb.AppendSetEncodings(nil, rfb.EncodingRaw, rfb.EncodingExtendedClipboard))
	p.expect(clipboard(rfb.ClipboardCaps | rfb.ClipboardText | everyAction))
	p.SetClipboard("text")
	p.must(nil)
	p.expect(clipboard(rfb.ClipboardNotify | rfb.ClipboardText))
	p.nothingMore()
}

// TestTextsFromBeforeAreSentIfAskedFor keeps a text that was copied before the
// client came.
func TestTextsFromBeforeAreSentIfAskedFor(t *testing.T) {
	p := startClipboard(t)
	p.KeepClipboard("before")
	p.nothingMore()
	p.must(says(rfb.ClipboardText|everyAction, 100))
	p.nothingMore()
	p.must(rfb.AppendClientClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardPeek}))
	p.expect(clipboard(rfb.ClipboardNotify | rfb.ClipboardText))
	p.must(rfb.AppendClientClipboard(nil, rfb.ClipboardMessage{Flags: rfb.ClipboardRequest | rfb.ClipboardText}))
	p.expect(provided("before"))
	p.nothingMore()
	p.SetClipboard("after")
	p.must(nil)
	p.expect(provided("after"))
	p.nothingMore()

	plain := start(t, rfb.ServerConfig{}, 4, 4)
	plain.KeepClipboard("before")
	plain.nothingMore()
}

// TestClientsHearTextsOnce copies texts before and after the server has heard
// what the client takes, which is less than the longest of them.
func TestClientsHearTextsOnce(t *testing.T) {
	client, err := rfb.NewClient(rfb.ClientConfig{Security: none, MaxText: 100, Encodings: []rfb.Encoding{rfb.EncodingExtendedClipboard}})
	if err != nil {
		t.Fatal(err)
	}
	server := rfb.NewServer(rfb.ServerConfig{Security: none})
	var heard []string
	// talk lets everything that is said arrive.
	talk := func() {
		for range 20 {
			client.Feed(server.AppendOutput(nil))
			for ev := (rfb.Event{Kind: rfb.EventReady}); ev.Kind != rfb.EventNone; {
				if ev, err = client.Next(); err != nil {
					t.Fatal(err)
				}
				if ev.Kind == rfb.EventCutText {
					heard = append(heard, ev.Text)
				}
			}
			for p := client.AppendOutput(nil); len(p) > 0; {
				n, ev, err := server.Receive(p)
				if err != nil || n == 0 {
					t.Fatalf("%d of %d bytes: %v", n, len(p), err)
				}
				if ev.Kind == rfb.ServerEventInit {
					if err := server.Start(rfb.ServerInit{Width: 4, Height: 4, PixelFormat: rfb.PixelFormat32}); err != nil {
						t.Fatal(err)
					}
				}
				if p = p[n:]; server.Supports(rfb.EncodingExtendedClipboard) && heard == nil {
					heard = []string{}
					server.SetClipboard("first")
				}
			}
		}
	}
	talk()
	server.SetClipboard("second")
	talk()
	server.SetClipboard(strings.Repeat("too long ", 20))
	talk()
	server.SetClipboard("last")
	talk()
	if got := strings.Join(heard, ", "); got != "first, second, last" {
		t.Errorf("the client hears %s", got)
	}
}
