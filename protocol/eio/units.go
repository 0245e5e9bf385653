package eio

import (
	"fmt"
	"unicode/utf8"
)

// Errors without a part that varies. A peer can cause many of them.
var (
	errEmpty           = fmt.Errorf("%w: empty", ErrMalformed)
	errLength          = fmt.Errorf("%w: bad length", ErrMalformed)
	errRecord          = fmt.Errorf("%w: neither text nor binary", ErrMalformed)
	errNotUTF8         = fmt.Errorf("%w: text is not UTF-8", ErrMalformed)
	errEmptyPayload    = fmt.Errorf("%w: empty payload", ErrUnencodable)
	errTextUnencodable = fmt.Errorf("%w: text is not UTF-8", ErrUnencodable)
)

// Lengths on the wire of the older generations are those of JavaScript's
// strings: UTF-16 units, not bytes and not characters. A character above
// U+FFFF, which takes four bytes of UTF-8, has two of them.

// units returns the length of text, which is UTF-8, in UTF-16 units.
func units(text []byte) int {
	n := 0
	for _, c := range text {
		if c&0xc0 != 0x80 { // the first byte of a character
			n++
		}
		if c >= 0xf0 { // one of four bytes
			n++
		}
	}
	return n
}

// cutUnits splits text behind n UTF-16 units. It fails if text is shorter, not
// UTF-8 up to there, or has a character across that place.
func cutUnits(text []byte, n int) (head, rest []byte, err error) {
	i := 0
	for n > 0 {
		if i == len(text) {
			return nil, nil, errLength
		}
		if text[i] < utf8.RuneSelf {
			i++
			n--
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return nil, nil, errNotUTF8
		}
		i += size
		n--
		if size == utf8.UTFMax {
			n--
		}
	}
	if n < 0 {
		return nil, nil, errLength
	}
	return text[:i:i], text[i:], nil
}

// cutLength takes a decimal number off text. It fails if there is none, or if
// the number exceeds the length of text, as then it cannot be that of a part.
func cutLength(text []byte) (n int, rest []byte, ok bool) {
	i := 0
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		if n = n*10 + int(text[i]-'0'); n > len(text) {
			return 0, nil, false
		}
	}
	return n, text[i:], i > 0
}

// digits returns how many decimal digits n has.
func digits(n int) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}
