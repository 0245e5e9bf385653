package vt

import (
	"bytes"
	"strconv"
	"strings"
)

// A colorTable has the colours that a program has changed, by number of the
// palette; behind it come those of text, background and cursor. Default is one
// that was not changed.
type colorTable struct {
	set     map[int]Color
	changed uint64 // the generation of the last change
}

const (
	colorText = 256 + iota
	colorBackground
	colorCursor
	colorSpecial // the first of those of SpecialColor
	colorCount   = colorSpecial + int(SpecialItalic) + 1
)

// A Special is a kind of text that may have a colour of its own.
type Special uint8

// The kinds of text with a colour of their own, in the numbers of OSC 5.
const (
	SpecialBold Special = iota
	SpecialUnderline
	SpecialBlink
	SpecialInverse
	SpecialItalic
)

// SpecialColor returns the colour that a program has chosen for a kind of text
// (OSC 5, or OSC 4 from 256 on), or Default if it has chosen none. In xterm it
// is used only where a resource asks for that, so most viewers can ignore it.
func (t *Terminal) SpecialColor(s Special) Color { return t.colors.set[colorSpecial+int(s)] }

// PaletteColor returns what a program has made of entry n of the palette
// (OSC 4), or Default if it has not changed it.
func (t *Terminal) PaletteColor(n uint8) Color { return t.colors.set[int(n)] }

// DefaultColors returns what a program has made of the colours of text,
// background and cursor (OSC 10, 11 and 12). Default is one that it has not
// changed.
func (t *Terminal) DefaultColors() (fg, bg, cursor Color) {
	return t.colors.set[colorText], t.colors.set[colorBackground], t.colors.set[colorCursor]
}

// setColor changes a colour, or takes the change back for Default.
func (t *Terminal) setColor(n int, c Color) {
	if t.colors.set[n] == c {
		return
	}
	t.colors.changed = t.gen
	if c == Default {
		delete(t.colors.set, n)
		return
	}
	if t.colors.set == nil {
		t.colors.set = map[int]Color{}
	}
	t.colors.set[n] = c
}

// colorNow returns a colour as 24 bits.
func (t *Terminal) colorNow(n int) Color {
	c := t.colors.set[n]
	if c == Default {
		switch n {
		case colorText:
			c = t.opt.Foreground
		case colorBackground:
			c = t.opt.Background
		case colorCursor:
			c = t.opt.CursorColor
		default:
			if n >= colorSpecial {
				return t.colorNow(colorText)
			}
			c = Palette(uint8(n))
		}
	}
	if p, ok := c.Palette(); ok {
		return standardColor(p)
	}
	if c == Default {
		if n == colorBackground {
			return RGB(0, 0, 0)
		}
		return standardColor(7)
	}
	return c
}

// standardColors are entries 0 to 15 of the palette, as xterm has them.
var standardColors = [16]Color{
	RGB(0, 0, 0), RGB(205, 0, 0), RGB(0, 205, 0), RGB(205, 205, 0),
	RGB(0, 0, 238), RGB(205, 0, 205), RGB(0, 205, 205), RGB(229, 229, 229),
	RGB(127, 127, 127), RGB(255, 0, 0), RGB(0, 255, 0), RGB(255, 255, 0),
	RGB(92, 92, 255), RGB(255, 0, 255), RGB(0, 255, 255), RGB(255, 255, 255),
}

// standardColor returns an entry of the palette that nobody has changed.
func standardColor(n uint8) Color {
	switch {
	case n < 16:
		return standardColors[n]
	case n < 232:
		level := func(i uint8) uint8 {
			if i == 0 {
				return 0
			}
			return 55 + 40*i
		}
		n -= 16
		return RGB(level(n/36), level(n/6%6), level(n%6))
	}
	grey := 8 + 10*(n-232)
	return RGB(grey, grey, grey)
}

// colorIndex returns the place in a colorTable of number n of OSC 4 or 5.
func colorIndex(osc int, name []byte) (index int, ok bool) {
	n, err := strconv.ParseUint(string(name), 10, 16)
	if osc == 5 {
		n += 256
	}
	switch {
	case err != nil || n >= uint64(256+colorCount-colorSpecial):
		return 0, false
	case n >= 256:
		return colorSpecial + int(n) - 256, true
	}
	return int(n), true
}

// oscPalette is OSC 4 ; c ; spec ST, with any number of pairs, and OSC 5 for the
// colours of attributes. The spec "?" asks for the colour.
func (t *Terminal) oscPalette(osc int, text []byte, bel bool) {
	for len(text) > 0 {
		var name, spec []byte
		name, text, _ = bytes.Cut(text, []byte{';'})
		spec, text, _ = bytes.Cut(text, []byte{';'})
		index, ok := colorIndex(osc, name)
		if !ok {
			return
		}
		if string(spec) == "?" {
			n := index
			if index >= colorSpecial {
				n -= colorSpecial
				if osc == 4 {
					n += 256
				}
			}
			t.replyColor(index, bel, osc, n)
		} else if c, ok := parseColor(string(spec)); ok {
			t.setColor(index, c)
		}
	}
}

// oscResetPalette is OSC 104 ; c ... ST, or OSC 105 for the colours of
// attributes. Without numbers the latter is all of these, and OSC 104 them and
// the palette.
func (t *Terminal) oscResetPalette(osc int, text []byte) {
	if len(text) == 0 {
		for n := colorSpecial; n < colorCount; n++ {
			t.setColor(n, Default)
		}
		for n := 0; n < colorText && osc == 4; n++ {
			t.setColor(n, Default)
		}
		return
	}
	for _, name := range bytes.Split(text, []byte{';'}) {
		if index, ok := colorIndex(osc, name); ok {
			t.setColor(index, Default)
		}
	}
}

// oscColors is OSC 10 ; spec ST, and 11 and 12. More specs are for the colours
// that follow.
func (t *Terminal) oscColors(n int, text []byte, bel bool) {
	for _, spec := range bytes.Split(text, []byte{';'}) {
		if n > 12 {
			return
		}
		if string(spec) == "?" {
			t.replyColor(colorText+n-10, bel, n)
		} else if c, ok := parseColor(string(spec)); ok {
			t.setColor(colorText+n-10, c)
		}
		n++
	}
}

// replyColor answers OSC 4, 5, 10, 11 and 12, which the numbers repeat:
//
//	OSC 4 ; n ; rgb:rrrr/gggg/bbbb ST
//
// The reply ends as the question did.
func (t *Terminal) replyColor(index int, bel bool, numbers ...int) {
	if len(t.replies) > maxReplies {
		return
	}
	dst := t.appendControl(t.replies, ']')
	for i, n := range numbers {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = appendInt(dst, n)
	}
	dst = appendRGB(append(dst, ';'), t.colorNow(index))
	if bel {
		t.replies = append(dst, 0x07)
		return
	}
	t.replies = t.appendControl(dst, '\\')
}

// appendRGB appends a colour of 24 bits as rgb:rrrr/gggg/bbbb.
func appendRGB(dst []byte, c Color) []byte {
	r, g, b, _ := c.RGB()
	dst = append(dst, "rgb:"...)
	for i, v := range [...]uint8{r, g, b} {
		if i > 0 {
			dst = append(dst, '/')
		}
		const digits = "0123456789abcdef"
		dst = append(dst, digits[v>>4], digits[v&15], digits[v>>4], digits[v&15])
	}
	return dst
}

// parseColor reads a colour as XParseColor does: #rgb with one to four digits
// each, or rgb:r/g/b with as many. Names are not known.
func parseColor(spec string) (Color, bool) {
	var parts []string
	switch {
	case strings.HasPrefix(spec, "#"):
		digits := spec[1:]
		n := len(digits) / 3
		if len(digits) != 3*n || n < 1 || n > 4 {
			return 0, false
		}
		parts = []string{digits[:n], digits[n : 2*n], digits[2*n:]}
		for i, p := range parts { // the upper digits of the value, of which two are kept
			parts[i] = (p + "0")[:2]
			if _, err := strconv.ParseUint(p, 16, 16); err != nil {
				return 0, false
			}
		}
	case strings.HasPrefix(spec, "rgb:"):
		parts = strings.Split(spec[4:], "/")
	}
	if len(parts) != 3 {
		return 0, false
	}
	var rgb [3]uint8
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 16, 16)
		if err != nil || len(p) > 4 {
			return 0, false
		}
		most := uint64(1)<<(4*len(p)) - 1
		rgb[i] = uint8((v*255 + most/2) / most)
	}
	return RGB(rgb[0], rgb[1], rgb[2]), true
}
