package rfb_test

import (
	"bytes"
	"crypto/rand"
	"math/big"
	"slices"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// answer does what an event asks the caller for.
func answer(c *rfb.Client, ev rfb.Event) {
	switch ev.Kind {
	case rfb.EventCredentials:
		c.Login(alice)
	case rfb.EventServerKey:
		c.AcceptWithShortKey()
	case rfb.EventTLS:
		c.TLSDone()
	}
}

// converse feeds a client in pieces and returns its error and the kinds of its
// events. It stops after so many events: some cost few bytes and much work.
func converse(t *testing.T, c *rfb.Client, wire []byte, step int) (kinds []rfb.EventKind, err error) {
	for len(wire) > 0 {
		n := min(step, len(wire))
		c.Feed(bytes.Clone(wire[:n]))
		wire = wire[n:]
		for len(kinds) < 200 {
			ev, err := c.Next()
			if err != nil {
				return kinds, err
			}
			if ev.Kind == rfb.EventNone {
				break
			}
			kinds = append(kinds, ev.Kind)
			answer(c, ev)
		}
		c.AppendOutput(nil)
	}
	return kinds, nil
}

// fuzzClient feeds what a server could send behind prefix, at once and in
// pieces, and fails if that makes a difference.
func fuzzClient(f *testing.F, prefix []byte, config rfb.ClientConfig, random bool) {
	config.MaxPixels = 1 << 14
	f.Fuzz(func(t *testing.T, wire []byte, step uint16) {
		run := func(step int) ([]rfb.EventKind, []byte, bool) {
			c, err := rfb.NewClient(config)
			if err != nil {
				t.Fatal(err)
			}
			kinds, err := converse(t, c, append(bytes.Clone(prefix), wire...), step)
			var pix []byte
			if fb := c.Framebuffer(); fb != nil {
				pix = fb.Pix
			}
			return kinds, pix, err != nil
		}
		kinds, pix, failed := run(1 << 30)
		if random {
			return // two runs differ by their random numbers
		}
		kinds2, pix2, failed2 := run(1 + int(step))
		if slices.Contains(append(kinds, kinds2...), rfb.EventTLS) {
			return // bytes in front of TLS are refused, if they are there by then
		}
		if failed != failed2 || !bytes.Equal(pix, pix2) && !failed {
			t.Error("what a client sees depends on how its input is cut")
		}
		if n := min(len(kinds), len(kinds2)); !failed && (len(kinds) != len(kinds2) || string(kindBytes(kinds[:n])) != string(kindBytes(kinds2[:n]))) {
			t.Errorf("events %v and %v", kinds, kinds2)
		}
	})
}

func kindBytes(kinds []rfb.EventKind) (p []byte) {
	for _, k := range kinds {
		p = append(p, byte(k))
	}
	return p
}

func FuzzClientHandshake(f *testing.F) {
	f.Add(greeting(8, 6), uint16(1))
	f.Add(append([]byte("RFB 003.003\n\x00\x00\x00\x02"), make([]byte, 20)...), uint16(1))
	f.Add([]byte("RFB 003.007\n\x01\x01"), uint16(3))
	f.Add([]byte("RFB 003.889\n\x00\x00\x00\x00\x02no"), uint16(2))
	// RA2 makes keys, which takes too long here; it has a target of its own.
	fuzzClient(f, nil, rfb.ClientConfig{Security: []rfb.SecurityType{
		rfb.VeNCryptX509Plain, rfb.VeNCryptX509Vnc, rfb.VeNCryptX509None, rfb.SecurityVNC, rfb.SecurityTight, rfb.VeNCryptPlain, rfb.SecurityNone,
	}}, false)
}

func FuzzClientMessages(f *testing.F) {
	for _, m := range serverMessages {
		f.Add(m.wire, uint16(1))
	}
	f.Add(conversation()[len(greeting(70, 40)):], uint16(100))
	fuzzClient(f, greeting(70, 40), rfb.ClientConfig{Security: none}, false)
}

// fuzzSecurity is for what follows the choice of a security type.
func fuzzSecurity(f *testing.F, kind byte, random bool, seeds ...[]byte) {
	for _, s := range seeds {
		f.Add(s, uint16(1))
	}
	fuzzClient(f, []byte{'R', 'F', 'B', ' ', '0', '0', '3', '.', '0', '0', '8', '\n', 1, kind}, rfb.ClientConfig{Security: rfb.AllTypes()}, random)
}

func FuzzSecurityVNC(f *testing.F) {
	fuzzSecurity(f, 2, false, append(make([]byte, 20), initMsg...))
}

func FuzzSecurityTight(f *testing.F) {
	fuzzSecurity(f, 16, false, make([]byte, 12),
		append([]byte{0, 0, 0, 0, 0, 0, 0, 1}, capability(2, "STDVVNCAUTH_")...))
}

func FuzzSecurityVeNCrypt(f *testing.F) {
	fuzzSecurity(f, 19, false, append([]byte{0, 2}, veNCryptTypes(rfb.VeNCryptPlain)...),
		append(append([]byte{0, 2}, veNCryptTypes(rfb.VeNCryptX509Vnc)...), 1))
}

func FuzzSecurityAppleDH(f *testing.F) {
	prime, err := rand.Prime(rand.Reader, 512)
	if err != nil {
		f.Fatal(err)
	}
	wire := append([]byte{0, 2, 0, 64}, prime.FillBytes(make([]byte, 64))...)
	fuzzSecurity(f, 30, true, append(append(wire, new(big.Int).Rsh(prime, 1).FillBytes(make([]byte, 64))...), ok...))
}

func FuzzSecurityMSLogonII(f *testing.F) {
	fuzzSecurity(f, 113, true, append(make([]byte, 15), append([]byte{97}, 0, 0, 0, 0, 0, 0, 0, 5)...))
}

func FuzzSecurityRA2(f *testing.F) {
	fuzzSecurity(f, 5, true, be32(1024), ra2Key(&serverKey.PublicKey))
}

// fuzzDecoder is for the content of a rectangle. The first byte chooses the
// pixel format.
func fuzzDecoder(f *testing.F, e rfb.Encoding) {
	r := rfb.Rect{X: 1, Y: 2, Width: 69, Height: 37}
	some := []rfb.PixelFormat{rfb.PixelFormat32, rfb.PixelFormat16, rfb.PixelFormat8}
	for i, format := range some {
		if encode := scribes[e]; encode != nil {
			s := newScribe(scene(70, 40, 2), format, nil, 5)
			f.Add(byte(i), append(encode(s, r), encode(s, r)...), uint16(7))
		}
	}
	f.Add(byte(0), []byte{0, 0, 0, 0}, uint16(1))
	f.Fuzz(func(t *testing.T, format byte, content []byte, step uint16) {
		config := rfb.ClientConfig{Security: none, PixelFormat: some[int(format)%len(some)], MaxPixels: 1 << 14}
		wire := rfb.AppendFramebufferUpdate(greeting(70, 40), 1)
		wire = append(rfb.AppendRectHeader(wire, r, e), content...)
		run := func(step int) (*rfb.Framebuffer, bool) {
			c, err := rfb.NewClient(config)
			if err != nil {
				t.Fatal(err)
			}
			_, err = converse(t, c, wire, step)
			return c.Framebuffer(), err != nil
		}
		whole, failed := run(1 << 30)
		cut, failed2 := run(1 + int(step))
		if failed != failed2 || !failed && !bytes.Equal(whole.Pix, cut.Pix) {
			t.Error("what a client sees depends on how its input is cut")
		}
	})
}

func FuzzDecodeRaw(f *testing.F)      { fuzzDecoder(f, rfb.EncodingRaw) }
func FuzzDecodeCopyRect(f *testing.F) { fuzzDecoder(f, rfb.EncodingCopyRect) }
func FuzzDecodeRRE(f *testing.F)      { fuzzDecoder(f, rfb.EncodingRRE) }
func FuzzDecodeCoRRE(f *testing.F)    { fuzzDecoder(f, rfb.EncodingCoRRE) }
func FuzzDecodeHextile(f *testing.F)  { fuzzDecoder(f, rfb.EncodingHextile) }
func FuzzDecodeZlib(f *testing.F)     { fuzzDecoder(f, rfb.EncodingZlib) }
func FuzzDecodeZlibHex(f *testing.F)  { fuzzDecoder(f, rfb.EncodingZlibHex) }
func FuzzDecodeTRLE(f *testing.F)     { fuzzDecoder(f, rfb.EncodingTRLE) }
func FuzzDecodeZRLE(f *testing.F)     { fuzzDecoder(f, rfb.EncodingZRLE) }
func FuzzDecodeTight(f *testing.F)    { fuzzDecoder(f, rfb.EncodingTight) }
func FuzzDecodeTightPNG(f *testing.F) { fuzzDecoder(f, rfb.EncodingTightPNG) }
func FuzzDecodeCursor(f *testing.F)   { fuzzDecoder(f, rfb.EncodingCursor) }
func FuzzDecodeXCursor(f *testing.F)  { fuzzDecoder(f, rfb.EncodingXCursor) }
func FuzzDecodeCursorWithAlpha(f *testing.F) {
	fuzzDecoder(f, rfb.EncodingCursorWithAlpha)
}
