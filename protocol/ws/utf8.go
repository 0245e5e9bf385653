package ws

import "unicode/utf8"

// utf8Check validates UTF-8 that arrives in pieces. It fails at the first
// byte that no continuation can make valid, so the middle of a rune is judged
// as soon as it is there. The zero value is at the start of a text.
type utf8Check struct {
	need   uint8 // continuation bytes that are missing
	lo, hi uint8 // bounds of the next one, if need > 0
}

// write reports whether the text so far can still become valid.
func (c *utf8Check) write(b []byte) bool {
	for c.need > 0 && len(b) > 0 {
		if !c.step(b[0]) {
			return false
		}
		b = b[1:]
	}
	whole := len(b) - unfinished(b)
	if !utf8.Valid(b[:whole]) {
		return false
	}
	for _, x := range b[whole:] {
		if !c.step(x) {
			return false
		}
	}
	return true
}

// complete reports whether the text does not end inside a rune.
func (c *utf8Check) complete() bool { return c.need == 0 }

// unfinished returns how many bytes at the end of b begin a rune that is cut
// off. They need not be valid.
func unfinished(b []byte) int {
	for n := 1; n <= min(3, len(b)); n++ {
		switch x := b[len(b)-n]; {
		case x < 0x80:
			return 0
		case x >= 0xF0 && n < 4, x >= 0xE0 && n < 3, x >= 0xC0 && n < 2:
			return n
		case x >= 0xC0:
			return 0
		}
	}
	return 0
}

// step takes one byte (RFC 3629 section 4).
func (c *utf8Check) step(x byte) bool {
	if c.need > 0 {
		if x < c.lo || x > c.hi {
			return false
		}
		c.need--
		c.lo, c.hi = 0x80, 0xBF
		return true
	}
	c.lo, c.hi = 0x80, 0xBF
	switch {
	case x < 0x80:
		return true
	case x < 0xC2:
		return false
	case x < 0xE0:
		c.need = 1
	case x < 0xF0:
		c.need = 2
		if x == 0xE0 {
			c.lo = 0xA0 // shorter forms exist
		} else if x == 0xED {
			c.hi = 0x9F // surrogates
		}
	case x < 0xF5:
		c.need = 3
		if x == 0xF0 {
			c.lo = 0x90 // shorter forms exist
		} else if x == 0xF4 {
			c.hi = 0x8F // above U+10FFFF
		}
	default:
		return false
	}
	return true
}
