package vt

// A Color is the colour of text, of its background or of its underline: the
// default, one of 256 palette entries, or 24 bits of red, green and blue. The
// zero value is the default colour.
type Color uint32

// The two upper bits of the 26 that a colour takes say what it is.
const (
	colorPalette Color = 1 << 24
	colorRGB     Color = 2 << 24
	colorKind    Color = 3 << 24
	colorMask    Color = 1<<26 - 1
)

// Default is the colour that the terminal has for text, background or underline.
const Default Color = 0

// Palette returns entry n of the palette: 0 to 7 are the standard colours, 8 to
// 15 the bright ones, 16 to 231 a cube of 6×6×6, 232 to 255 greys.
func Palette(n uint8) Color { return colorPalette | Color(n) }

// RGB returns a colour of 24 bits.
func RGB(r, g, b uint8) Color { return colorRGB | Color(r)<<16 | Color(g)<<8 | Color(b) }

// IsDefault reports whether c is the default colour.
func (c Color) IsDefault() bool { return c&colorKind == 0 }

// Palette returns the number of the palette entry, if c is one.
func (c Color) Palette() (n uint8, ok bool) { return uint8(c), c&colorKind == colorPalette }

// RGB returns the parts of a colour of 24 bits, if c is one.
func (c Color) RGB() (r, g, b uint8, ok bool) {
	return uint8(c >> 16), uint8(c >> 8), uint8(c), c&colorKind == colorRGB
}

// Attr is a set of the attributes that text can have besides its colours.
type Attr uint16

// The attributes, with their number in SGR (ECMA-48 section 8.3.117).
const (
	Bold      Attr = 1 << iota // 1
	Faint                      // 2
	Italic                     // 3
	Blink                      // 5, and 6
	Inverse                    // 7
	Hidden                     // 8
	Strike                     // 9
	Overline                   // 53
	Protected                  // not of SGR: DECSCA 1 or SPA, some ways of erasing spare it
)

// Underline is the kind of line below text, as in SGR 4:n.
type Underline uint8

// The kinds of underline.
const (
	UnderlineNone Underline = iota
	UnderlineSingle
	UnderlineDouble
	UnderlineCurly
	UnderlineDotted
	UnderlineDashed
)

// A Style is how a cell looks. The zero value is plain text.
type Style struct {
	Fg, Bg, Ul Color     // Ul is the colour of the underline; the default is that of the text
	Attr       Attr      //
	Underline  Underline //
	Link       uint32    // a hyperlink of OSC 8, see Terminal.Link; 0 is none
}
