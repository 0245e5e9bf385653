package vt

import "unicode/utf8"

// A decoder is a character of which not all bytes have come.
type decoder struct {
	r      rune
	need   uint8 // bytes to come
	lo, hi byte  // the range of the next one
}

// start takes the first byte of a character of several bytes. It reports false
// for a byte that cannot be one.
func (d *decoder) start(c byte) bool {
	d.lo, d.hi = 0x80, 0xbf
	switch {
	case c < 0xc2 || c > 0xf4:
		return false
	case c < 0xe0:
		d.r, d.need = rune(c&0x1f), 1
	case c < 0xf0:
		d.r, d.need = rune(c&0x0f), 2
		switch c {
		case 0xe0:
			d.lo = 0xa0
		case 0xed:
			d.hi = 0x9f
		}
	default:
		d.r, d.need = rune(c&0x07), 3
		switch c {
		case 0xf0:
			d.lo = 0x90
		case 0xf4:
			d.hi = 0x8f
		}
	}
	return true
}

// runeBytes takes a character of several bytes, or the first byte of it. Bytes
// that are none are one U+FFFD for each longest beginning of a character
// (Unicode, chapter 3.9).
func (t *Terminal) runeBytes(p []byte) int {
	if r, n := utf8.DecodeRune(p); n > 1 {
		t.char(r)
		return n
	}
	if !t.parser.utf8.start(p[0]) {
		t.char(utf8.RuneError)
	}
	return 1
}

// continueRune takes the next byte of a character, if it is one.
func (t *Terminal) continueRune(c byte) int {
	d := &t.parser.utf8
	if c < d.lo || c > d.hi {
		d.need = 0
		t.char(utf8.RuneError)
		return 0
	}
	d.lo, d.hi = 0x80, 0xbf
	d.r = d.r<<6 | rune(c&0x3f)
	if d.need--; d.need == 0 {
		t.char(d.r)
	}
	return 1
}

// char takes a character of several bytes: a C1 control, which counts anywhere,
// text, or what ends a malformed sequence.
func (t *Terminal) char(r rune) {
	switch {
	case r < 0xa0:
		t.control8(r)
	case t.parser.state == stateGround:
		t.print(r)
	default:
		t.parser.state = stateGround
	}
}
