package ws_test

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/ws"
)

// canBecomeValid tells by trial whether some continuation makes s valid.
func canBecomeValid(s []byte) bool {
	if utf8.Valid(s) {
		return true
	}
	for _, a := range []byte{0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF} {
		t := append(append([]byte{}, s...), a)
		if utf8.Valid(t) || utf8.Valid(append(t, 0x80)) || utf8.Valid(append(t, 0x80, 0x80)) {
			return true
		}
	}
	return false
}

// Text fails at its first byte that nothing can mend, in the middle of a
// frame, however the frame arrives.
func TestTextFailsFast(t *testing.T) {
	interesting := []byte{
		'a', 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
		0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFE, 0xFF,
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		s := []byte("κόσμε"[:rng.IntN(3)*2])
		for len(s) < 24 && (len(s) < 8 || canBecomeValid(s)) {
			if rng.IntN(2) == 0 {
				s = utf8.AppendRune(s, rune(rng.IntN(0x11000)))
			} else {
				s = append(s, interesting[rng.IntN(len(interesting))])
			}
		}
		bad := -1
		for i := range s {
			if !canBecomeValid(s[:i+1]) {
				bad = i
				break
			}
		}
		// The frame declares more than is sent, so only the bytes can tell.
		frame := client(0x01, string(s)+"more than this never comes")
		d := ws.NewDecoder(ws.DecoderOptions{})
		var failed = -1
		for i, at := 0, 0; at < 6+len(s) && failed < 0; i++ {
			n := 1
			if i%2 == 1 {
				n = 1 + rng.IntN(5)
			}
			end := min(at+n, 6+len(s))
			if _, _, err := d.Decode(append([]byte{}, frame[at:end]...)); err != nil {
				if codeOf(t, err) != 1007 {
					t.Fatalf("% x: %v", s, err)
				}
				// bad must lie in the piece that failed.
				failed = bad
				if bad+6 < at || bad+6 >= end {
					t.Fatalf("% x: failed in [%d,%d), want at %d", s, at-6, end-6, bad)
				}
			}
			at = end
		}
		if failed != bad {
			t.Fatalf("% x: fails at %d, want %d", s, failed, bad)
		}
	}
}
