package ws_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/ws"
)

var hixies = []ws.Dialect{ws.Hixie75, ws.Hixie76}

func TestHixieDecodeRules(t *testing.T) {
	end := seen{Type: ws.Close, Code: ws.CodeNoStatus}
	for _, c := range []struct {
		name, stream string
		want         []seen
		code         uint16 // 0: no error
	}{
		{"text", "\x00hello\xff", []seen{text("hello")}, 0},
		{"empty text", "\x00\xff", []seen{text("")}, 0},
		{"two texts", "\x00a\xff\x00b\xff", []seen{text("a"), text("b")}, 0},
		{"NUL inside a text", "\x00\x00a\x00\xff", []seen{text("\x00a\x00")}, 0},
		{"runes of every length", "\x00é€😀\U0010FFFF\xff", []seen{text("é€😀\U0010FFFF")}, 0},
		{"unfinished text", "\x00hello", nil, 0},
		{"reserved sentinel frames", "\x01junk\xff\x7f\xfe\x00\x80\xff\x00a\xff", []seen{text("a")}, 0},
		{"empty sentinel frame", "\x01\xff\x00a\xff", []seen{text("a")}, 0},
		{"length frame", "\x80\x03\xff\x00\xff\x00a\xff", []seen{text("a")}, 0},
		{"length frame of type FF", "\xff\x02ab\x00a\xff", []seen{text("a")}, 0},
		{"length of two bytes", "\x81\x81\x02" + strings.Repeat("\xff", 130) + "\x00a\xff", []seen{text("a")}, 0},
		{"length with leading zeros", "\x81\x80\x80\x80\x01x\x00a\xff", []seen{text("a")}, 0},
		{"length frame of no bytes", "\x80\x00\xfe\x00\x00a\xff", []seen{text("a")}, 0},
		{"close", "\x00a\xff\xff\x00", []seen{text("a"), end}, 0},
		{"bytes after close are ignored", "\xff\x00\x00a\xff\xff\xff\x00\xc0", []seen{end}, 0},
		{"close with a longer zero", "\xff\x80\x80\x00\x00a\xff", []seen{end}, 0},
		{"bad text", "\x00a\xfeb\xff", nil, 1007},
		{"overlong", "\x00\xc0\xaf\xff", nil, 1007},
		{"surrogate", "\x00\xed\xa0\x80\xff", nil, 1007},
		{"above U+10FFFF", "\x00\xf4\x90\x80\x80\xff", nil, 1007},
		{"text ends inside a rune", "\x00a\xe2\x82\xff", nil, 1007},
		{"bad text of the second message", "\x00a\xff\x00\x80", []seen{text("a")}, 1007},
		{"length of eleven bytes", "\x80" + strings.Repeat("\x80", 11), nil, 1002},
		{"length of ten FF", "\x80" + strings.Repeat("\xff", 10), nil, 1009},
		{"length of ten FF of type FF", strings.Repeat("\xff", 11), nil, 1009},
	} {
		for _, d := range hixies {
			for name, size := range map[string]func(int) int{"whole": allAtOnce, "by bytes": byteByByte} {
				for _, role := range []ws.Role{ws.Server, ws.Client} {
					got, err := feed(ws.NewDecoder(ws.DecoderOptions{Dialect: d, Role: role}), []byte(c.stream), size)
					if code := codeOf(t, err); code != c.code || !slices.Equal(got, c.want) {
						t.Errorf("%s, %v, %s: got %+v and code %d, want %+v and %d (%v)", c.name, d, name, got, code, c.want, c.code, err)
					}
				}
			}
		}
	}
}

// The fault is that of the byte that comes first, whichever way the bytes are
// split, and the offset that of its frame.
func TestHixieFirstFaultCounts(t *testing.T) {
	for _, c := range []struct {
		text string
		code uint16
	}{
		{"abcd\xff", 0},
		{"abcde", 1009},
		{"abc\xfedefgh", 1007},
		{"abcd\xfe", 1009}, // the limit is passed before the byte is judged
		{"abc\xe2\x82", 1009},
		{"abc\xe2\xff", 1007},
	} {
		for n := range 8 {
			d := ws.NewDecoder(ws.DecoderOptions{Dialect: ws.Hixie76, MaxMessage: 4})
			_, err := feed(d, []byte("\x01xy\xff\x00a\xff\x00"+c.text), func(int) int { return n })
			if codeOf(t, err) != c.code {
				t.Errorf("%q in pieces of %d: %v", c.text, n, err)
			}
			var p *ws.ProtocolError
			if errors.As(err, &p) && (p.Offset != 7 || p.Dialect != ws.Hixie76) {
				t.Errorf("%q: error %+v, want offset 7", c.text, p)
			}
		}
	}
}

func TestHixieLimits(t *testing.T) {
	const limit = 1000
	for name, c := range map[string]struct {
		stream string
		code   uint16
	}{
		"text at the limit":      {"\x00" + strings.Repeat("a", limit) + "\xff", 0},
		"text over it":           {"\x00" + strings.Repeat("a", limit+1), 1009},
		"sentinel at the limit":  {"\x01" + strings.Repeat("a", limit) + "\xff\x00b\xff", 0},
		"sentinel over it":       {"\x01" + strings.Repeat("a", limit+1), 1009},
		"length at the limit":    {"\x80\x87\x68" + strings.Repeat("a", limit) + "\x00b\xff", 0},
		"length over it":         {"\x80\x87\x69", 1009},
		"length 128 times it":    {"\x80\x87\xe8\x80", 1009},
		"each message by itself": {strings.Repeat("\x00"+strings.Repeat("a", limit)+"\xff", 5), 0},
	} {
		for _, size := range []func(int) int{allAtOnce, byteByByte} {
			got, err := feed(ws.NewDecoder(ws.DecoderOptions{Dialect: ws.Hixie75, MaxMessage: limit}), []byte(c.stream), size)
			if codeOf(t, err) != c.code || c.code == 0 && len(got) == 0 {
				t.Errorf("%s: %d events, error %v", name, len(got), err)
			}
		}
	}
	// The highest limit there is does not make a length overflow: this one is
	// 2^64, which would wrap to 0 and close.
	_, err := feed(ws.NewDecoder(ws.DecoderOptions{Dialect: ws.Hixie76, MaxMessage: 1<<63 - 1}),
		[]byte("\xff\x82\x80\x80\x80\x80\x80\x80\x80\x80\x00"), allAtOnce)
	if codeOf(t, err) != 1009 {
		t.Errorf("length of 2^64: error %v", err)
	}
	for digits := range 12 {
		stream := "\x80" + strings.Repeat("\xff", digits) + "\x7f"
		d := ws.NewDecoder(ws.DecoderOptions{Dialect: ws.Hixie75, MaxMessage: 1<<63 - 1})
		got, err := feed(d, []byte(stream+"\x00a\xff"), allAtOnce)
		if len(got) != 0 || digits >= 8 && codeOf(t, err) != 1009 || digits < 8 && err != nil {
			t.Errorf("%d digits: %v, error %v", digits+1, got, err)
		}
	}
}

func TestHixieWholeMessageIsNotCopied(t *testing.T) {
	p := []byte("\x00hello\xff\x00again\xff")
	d := ws.NewDecoder(ws.DecoderOptions{Dialect: ws.Hixie76})
	n, ev, err := d.Decode(p)
	if err != nil || n != 7 || &ev.Data[0] != &p[1] {
		t.Fatalf("message was copied (error %v)", err)
	}
	if _, ev, err = d.Decode(p[n:]); err != nil || &ev.Data[0] != &p[8] {
		t.Fatalf("second message was copied (error %v)", err)
	}
	if n := testing.AllocsPerRun(100, func() {
		if _, _, err := d.Decode(p); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if ws.Held(d) != 0 {
		t.Errorf("idle decoder holds %d bytes", ws.Held(d))
	}
}

func TestHixieAppend(t *testing.T) {
	for _, d := range hixies {
		for payload, want := range map[string]string{
			"":              "\x00\xff",
			"hello":         "\x00hello\xff",
			"\x00":          "\x00\x00\xff",
			"é€😀":           "\x00é€😀\xff",
			"a\xffb":        "\x00a\uFFFDb\xff",
			"\xff\x00":      "\x00\uFFFD\x00\xff",
			"a\xe2\x82":     "\x00a\uFFFD\xff",
			"\xed\xa0\x80x": "\x00\uFFFDx\xff",
		} {
			got, err := ws.AppendMessage([]byte("k"), d, ws.Text, []byte(payload))
			if err != nil || string(got) != "k"+want {
				t.Errorf("%v: %q gives %q, error %v", d, payload, got, err)
			}
		}
		for name, f := range map[string]func([]byte) ([]byte, error){
			"binary": func(b []byte) ([]byte, error) { return ws.AppendMessage(b, d, ws.Binary, []byte("x")) },
			"ping":   func(b []byte) ([]byte, error) { return ws.AppendPing(b, d, nil) },
			"pong":   func(b []byte) ([]byte, error) { return ws.AppendPong(b, d, []byte("x")) },
		} {
			if got, err := f([]byte("kept")); !errors.Is(err, ws.ErrUnsupported) || string(got) != "kept" {
				t.Errorf("%v: %s: got %q, error %v", d, name, got, err)
			}
		}
		for _, code := range []uint16{ws.CodeNormal, ws.CodeNoStatus, ws.CodeTooBig, 4000} {
			want := "k"
			if d == ws.Hixie76 {
				want = "k\xff\x00"
			}
			if got, err := ws.AppendClose([]byte("k"), d, code, "bye"); err != nil || string(got) != want {
				t.Errorf("%v: close %d: got %q, error %v", d, code, got, err)
			}
		}
		if _, err := ws.AppendClose(nil, d, 1006, ""); !errors.Is(err, ws.ErrBadCode) {
			t.Errorf("%v: close 1006: error %v", d, err)
		}
	}
}

// FuzzHixieRoundTrip sends any bytes as text: one message arrives, of the same
// text if it was any.
func FuzzHixieRoundTrip(f *testing.F) {
	f.Add([]byte("héllo €\x00"))
	f.Add([]byte("a\xffb\xff\x00"))
	f.Add([]byte("\xe2\x82"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		frame, err := ws.AppendMessage(nil, ws.Hixie76, ws.Text, payload)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(frame, 0xFF) != len(frame)-1 {
			t.Fatalf("FF inside %q", frame)
		}
		got, err := feed(ws.NewDecoder(ws.DecoderOptions{Dialect: ws.Hixie76, Role: ws.Client}), frame, func(at int) int { return at%5 + 1 })
		if len(frame)-2 > ws.DefaultMaxMessage {
			return
		}
		if err != nil || len(got) != 1 || got[0].Type != ws.Text || utf8.Valid(payload) && got[0].Data != string(payload) {
			t.Fatalf("%q arrives as %+v, error %v", payload, got, err)
		}
	})
}
