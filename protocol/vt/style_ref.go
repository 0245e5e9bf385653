package vt

// A style is a Style in sixteen bytes: a has the colours of text (26 bits) and
// background (26) and the attributes (12), b the colour of the underline (26)
// and the hyperlink (32).
type style struct{ a, b uint64 }

const (
	styleBgShift        = 26
	styleAttrShift      = 52
	styleUnderlineShift = styleAttrShift + 9
	styleLinkShift      = 26
)

func (s Style) pack() style {
	return style{
		a: uint64(s.Fg&colorMask) | uint64(s.Bg&colorMask)<<styleBgShift |
			uint64(s.Attr)<<styleAttrShift | uint64(s.Underline)<<styleUnderlineShift,
		b: uint64(s.Ul&colorMask) | uint64(s.Link)<<styleLinkShift,
	}
}

func (s style) unpack() Style {
	return Style{
		Fg:        Color(s.a) & colorMask,
		Bg:        Color(s.a>>styleBgShift) & colorMask,
		Ul:        Color(s.b) & colorMask,
		Attr:      Attr(s.a>>styleAttrShift) & (1<<9 - 1),
		Underline: Underline(s.a >> styleUnderlineShift),
		Link:      uint32(s.b >> styleLinkShift),
	}
}

// A styleRef is a style as a cell has it, in 40 bits. The upper two say how:
// nearly all styles are in it as they are, which takes no table and no search;
// of the others it has the number in a styleTable. Zero is the default style.
type styleRef uint64

const (
	refPalette styleRef = iota << 38 // nine bits each of text and background, then the attributes
	refText                          // the 24 bits of the text's colour, then the attributes
	refBack                          // those of the background, then the attributes
	refTable                         // a number

	refKind      = 3 << 38
	refNumber    = 1<<38 - 1
	refBackShift = 9
	refPairShift = 18 // of the attributes behind two colours
	refRGBShift  = 24 // and behind one
)

// ref returns the style in 40 bits, if it fits.
func (s style) ref() (styleRef, bool) {
	fg, bg := Color(s.a)&colorMask, Color(s.a>>styleBgShift)&colorMask
	attrs := styleRef(s.a >> styleAttrShift)
	switch {
	case s.b != 0:
		return 0, false
	case (fg|bg)&colorRGB == 0:
		return refPalette | paletteBits(fg) | paletteBits(bg)<<refBackShift | attrs<<refPairShift, true
	case bg == 0:
		return refText | styleRef(fg&^colorKind) | attrs<<refRGBShift, true
	case fg == 0:
		return refBack | styleRef(bg&^colorKind) | attrs<<refRGBShift, true
	}
	return 0, false
}

// style is the opposite of style.ref.
func (r styleRef) style() style {
	const rgb = uint64(colorRGB)
	low := uint64(r & (1<<refRGBShift - 1))
	attrs := uint64(r&refNumber>>refRGBShift) << styleAttrShift
	switch r & refKind {
	case refText:
		return style{a: rgb | low | attrs}
	case refBack:
		return style{a: (rgb|low)<<styleBgShift | attrs}
	}
	return style{a: uint64(bitsPalette(r)) | uint64(bitsPalette(r>>refBackShift))<<styleBgShift |
		uint64(r&refNumber>>refPairShift)<<styleAttrShift}
}

// paletteBits returns a colour that is not one of 24 bits in nine.
func paletteBits(c Color) styleRef { return styleRef(c&0xff | c>>16&0x100) }

// bitsPalette is the opposite.
func bitsPalette(r styleRef) Color { return Color(r&0xff | r&0x100<<16) }

func (s style) hash() uint32 {
	h := s.a*0x9E3779B97F4A7C15 ^ s.b*0xC2B2AE3D27D4EB4F
	return uint32(h >> 32)
}
