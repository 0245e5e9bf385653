package eio_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/eio"
)

// double encodes text once more, as a client does that writes the bytes of
// UTF-8 as characters.
func double(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteRune(rune(text[i]))
	}
	return b.String()
}

func TestUndouble(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		verdict  eio.Verdict
	}{
		{"", "", eio.Unknown},
		{`["echo","abc"]`, `["echo","abc"]`, eio.Unknown},
		{double("€é"), "€é", eio.Double},
		{double(`["echo","a€😀",1]`), `["echo","a€😀",1]`, eio.Double},
		{double("\u0080\u07ff\u0800\ufffd\uffff\U0010ffff"), "\u0080\u07ff\u0800\ufffd\uffff\U0010ffff", eio.Double},
		{double("\xed\xa0\xbd"), "\ufffd", eio.Double},     // half of a pair
		{double("a\xed\xb8\x80é"), "a\ufffdé", eio.Double}, // the other half
		{"€", "€", eio.Single},                             // above U+00FF
		{"é", "é", eio.Single},                             // E9 alone is no UTF-8
		{"café é", "café é", eio.Single},                   //
		{double("é") + "é", double("é") + "é", eio.Single}, // the end is no UTF-8
		{double("é") + "€", double("é") + "€", eio.Single}, // one is enough
		{"\u00c0\u0080", "\u00c0\u0080", eio.Single},       // overlong
		{"\u00f5\u0080\u0080\u0080", "\u00f5\u0080\u0080\u0080", eio.Single},
		{"\u00e2\u0082", "\u00e2\u0082", eio.Single}, // cut off
		{"\u00e2\u0082A", "\u00e2\u0082A", eio.Single},
		{"\u00ed\u00a0A", "\u00ed\u00a0A", eio.Single},
		{"\u0080", "\u0080", eio.Single},
		{double(double("é")), double("é"), eio.Double}, // once only
	} {
		got, verdict := eio.Undouble([]byte(tt.in))
		if string(got) != tt.want || verdict != tt.verdict {
			t.Errorf("%q: %q, %v; want %q, %v", tt.in, got, verdict, tt.want, tt.verdict)
		}
	}
}

func TestUndoubleDoesNotAllocate(t *testing.T) {
	in := []byte(double(strings.Repeat("a€😀", 100)))
	buf := make([]byte, len(in))
	allocs := testing.AllocsPerRun(50, func() {
		copy(buf, in)
		if _, verdict := eio.Undouble(buf); verdict != eio.Double {
			t.Fatal(verdict)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// Text that was encoded twice comes back, and text that is not decoded is not
// touched.
func FuzzUndouble(f *testing.F) {
	for _, s := range []string{"", "abc", "é", "€é", "Ã©", "\u00ed\u00a0\u00bd", "â\u0082¬", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		in := []byte(text)
		out, verdict := eio.Undouble(in)
		ascii := !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
		if ascii != (verdict == eio.Unknown) || !utf8.Valid(out) {
			t.Fatalf("%q: %q, %v", text, out, verdict)
		}
		if verdict != eio.Double && (string(out) != text || !bytes.Equal(in, []byte(text))) {
			t.Fatalf("%q: %v, but changed to %q", text, verdict, out)
		}
		if verdict == eio.Double && !bytes.ContainsRune(out, utf8.RuneError) && double(string(out)) != text {
			t.Fatalf("%q: %q", text, out)
		}
		if twice := eio.AppendDouble([]byte("x"), []byte(text)); string(twice) != "x"+double(text) {
			t.Fatalf("%q encoded twice: %q", text, twice)
		}
		if out, verdict = eio.Undouble([]byte(double(text))); string(out) != text || ascii != (verdict != eio.Double) {
			t.Fatalf("%q encoded twice: %q, %v", text, out, verdict)
		}
	})
}
