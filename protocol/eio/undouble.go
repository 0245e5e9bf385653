package eio

import "unicode/utf8"

// Verdict is what Undouble has found out about the sender of a text.
type Verdict uint8

const (
	// Unknown: the text is ASCII, which is the same however it is encoded.
	Unknown Verdict = iota
	// Single: no client that encodes twice can have sent this text. It stands
	// as it came.
	Single
	// Double: the text had been encoded twice, and has been decoded once more.
	Double
)

// String returns "unknown", "single" or "double".
func (v Verdict) String() string {
	switch v {
	case Single:
		return "single"
	case Double:
		return "double"
	}
	return "unknown"
}

// Undouble takes back the double UTF-8 of the Engine.IO 3 clients that encode
// text before they hand it to a browser that encodes it again: those of
// Socket.IO 1.0 in every packet, those of 1.1 to 1.7 in payloads. Nothing but
// the text itself tells them from other clients.
//
// Text that was encoded twice has the characters U+0000 to U+00FF only, which
// stand for bytes, and these bytes are UTF-8 again. A text of other characters
// or of other bytes proves that its sender does not encode twice, now or later.
// What remains is a guess, which is wrong for text of a sender who encodes once
// and means "Ã©"; so a caller who has once seen Single should not ask again.
//
// text must be UTF-8. It is overwritten if it is decoded; out then lies in it.
// Clients also encode half of a surrogate pair, which UTF-8 cannot have; it
// becomes U+FFFD. Nothing is allocated.
func Undouble(text []byte) (out []byte, verdict Verdict) {
	for rest := text; len(rest) > 0; {
		_, n := undoubleRune(rest)
		if n == 0 {
			return text, Single
		}
		if n > 1 {
			verdict = Double
		}
		rest = rest[n:]
	}
	if verdict == Unknown {
		return text, Unknown
	}
	out = text[:0]
	for rest := text; len(rest) > 0; {
		r, n := undoubleRune(rest)
		out = utf8.AppendRune(out, r)
		rest = rest[n:]
	}
	return out, Double
}

// undoubleRune decodes the character that text, which was encoded twice,
// begins with, and returns how many bytes of text that took: 0 if text was not
// encoded twice.
func undoubleRune(text []byte) (r rune, n int) {
	if text[0] < utf8.RuneSelf {
		return rune(text[0]), 1
	}
	var once [utf8.UTFMax]byte // the character, encoded once
	for i := range once {
		b, size := latin1(text[n:])
		if size == 0 {
			return 0, 0
		}
		n += size
		once[i] = b
		if half := once[:i+1]; utf8.FullRune(half) {
			if r, size := utf8.DecodeRune(half); r != utf8.RuneError || size > 1 {
				return r, n
			}
			return surrogate(text)
		}
	}
	return 0, 0
}

// surrogate is undoubleRune for half of a surrogate pair: ED and two more
// bytes, with which it is no UTF-8.
func surrogate(text []byte) (r rune, n int) {
	for i := range 3 {
		b, size := latin1(text[n:])
		if size == 0 || i == 0 && b != 0xed || i > 0 && b&0xc0 != 0x80 {
			return 0, 0
		}
		n += size
	}
	return utf8.RuneError, n
}

// latin1 returns the byte that the character stands for that text begins with,
// and the length of the character: 0 if there is none or it is above U+00FF.
func latin1(text []byte) (b byte, size int) {
	switch {
	case len(text) == 0:
		return 0, 0
	case text[0] < utf8.RuneSelf:
		return text[0], 1
	case len(text) > 1 && (text[0] == 0xc2 || text[0] == 0xc3) && text[1]&0xc0 == 0x80:
		return text[0]<<6 | text[1]&0x3f, 2
	}
	return 0, 0
}

// AppendDouble appends text, which must be UTF-8, encoded once more: the form in
// which a client that encodes twice wants what it is sent. Undouble of it is text
// again.
func AppendDouble(dst, text []byte) []byte {
	for _, b := range text {
		dst = utf8.AppendRune(dst, rune(b))
	}
	return dst
}
