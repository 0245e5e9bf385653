package rfb_test

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
)

func TestClipboardGoesToOthers(t *testing.T) {
	var d *rfb.Desktop
	d = newDesktop(t, func(v *rfb.Viewer, in rfb.Input) {
		if in.Kind == rfb.InputClipboard {
			d.SetClipboard(in.Text, v)
		}
	})
	address := serveSource(t, d, rfb.ServeConfig{})
	texts, own := make(chan string, 9), make(chan string, 9)
	a := viewer(t, address, rfb.Config{OnClipboard: func(s string) { own <- s }})
	b := viewer(t, address, rfb.Config{OnClipboard: func(s string) { texts <- s }})
	follows(t, a, d)
	follows(t, b, d)
	a.SetClipboard("from a")
	if got := receive(t, texts); got != "from a" {
		t.Errorf("text %q", got)
	}
	d.SetClipboard("last", nil)
	if got := receive(t, own); got != "last" {
		t.Errorf("a viewer gets its own text back: %q", got)
	}
}

// TestWhatWasCopiedBeforeStaysThere has viewers come that list different things,
// after a text was copied. The first thing that they are sent, next to what the
// server says of itself, is the picture; they are sent what is copied then.
func TestWhatWasCopiedBeforeStaysThere(t *testing.T) {
	for name, listed := range map[string][]proto.Encoding{
		"plain": nil, "extended": {proto.EncodingExtendedClipboard},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := rfb.NewDesktop(2, 2, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			d.SetClipboard("before", nil)
			conn, err := net.Dial("tcp", serveSource(t, d, rfb.ServeConfig{}))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(limit)); err != nil {
				t.Fatal(err)
			}
			says := proto.AppendSetEncodings([]byte("RFB 003.008\n\x01\x01"), listed...)
			says = proto.AppendFramebufferUpdateRequest(says, false, proto.Rect{Width: 2, Height: 2})
			if _, err := conn.Write(says); err != nil {
				t.Fatal(err)
			}
			expect := func(want []byte) {
				t.Helper()
				got := make([]byte, len(want))
				if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("got  %x\nwant %x, error %v", got, want, err)
				}
			}
			expect([]byte("RFB 003.008\n\x01\x01\x00\x00\x00\x00"))
			expect(proto.AppendServerInit(nil, proto.ServerInit{Width: 2, Height: 2, PixelFormat: proto.PixelFormat32}))
			after := proto.AppendServerCutText(nil, []byte("after"))
			if listed != nil {
				expect(proto.AppendServerClipboard(nil, proto.ClipboardMessage{Flags: proto.ClipboardCaps | proto.ClipboardText |
					proto.ClipboardRequest | proto.ClipboardPeek | proto.ClipboardNotify | proto.ClipboardProvide}))
				after = proto.AppendServerClipboard(nil, proto.ClipboardProvideText("after"))
			}
			expect(append([]byte("\x00\x00\x00\x01\x00\x00\x00\x00\x00\x02\x00\x02\x00\x00\x00\x00"), make([]byte, 4*4)...))
			d.SetClipboard("after", nil)
			expect(after)
		})
	}
}
