package vt

import "unicode/utf8"

// WidthVersion is the version of Unicode that widths are taken from. A program
// or a viewer that draws by another version may disagree about new characters.
const WidthVersion = "17.0"

// props are what is to be known of a character: two bits for its width in
// columns, the rest for its part in a grapheme (UAX #29).
type props uint8

const (
	propWidth props = 3
	propClass props = 0x3c
)

const (
	classOther    props = iota << 2
	classExtend         // joins what is before
	classZWJ            // U+200D, joins on both sides
	classRegional       // two make a flag
	classPict           // Extended_Pictographic: joins a ZWJ
	classSpacing        // a spacing mark: joins what is before
	classPrepend        // joins what is behind
	classL              // Hangul: leading consonant,
	classV              // vowel,
	classT              // final consonant,
	classLV             // and syllables of two
	classLVT            // or three of them
	propNarrow    = props(1)
	propWide      = props(2)
	propTextEmoji = props(0x80) // a narrow emoji that U+FE0F makes wide
)

// A propPage has the properties of 256 characters.
type propPage [256]props

// propIndex has the page of each 256 characters. Most share one.
var propIndex, propPages = buildProps()

func buildProps() (index [0x110000 >> 8]uint8, pages *[256]propPage) {
	pages = new([256]propPage)
	used := 2
	for i := range pages[0] {
		pages[0][i] = propNarrow // page 0: narrow characters
		pages[1][i] = propWide   // page 1: wide ones
	}
	page := func(n rune) *propPage {
		if p := index[n]; p > 1 {
			return &pages[p]
		}
		pages[used] = pages[index[n]]
		index[n] = uint8(used)
		used++
		return &pages[index[n]]
	}
	set := func(ranges [][2]rune, mask, value props) {
		for _, r := range ranges {
			for c := r[0]; c <= r[1]; c++ {
				if c&0xff == 0 && c+0xff <= r[1] && index[c>>8] == 0 && value == propWide {
					index[c>>8] = 1
					c += 0xff
					continue
				}
				p := &page(c >> 8)[c&0xff]
				*p = *p&^mask | value
			}
		}
	}
	set(rangesWide[:], propWidth, propWide)
	set(rangesPict[:], propClass, classPict)
	set(rangesEmoji[:], 0, propTextEmoji)
	set(rangesSpacing[:], propClass, classSpacing)
	set(rangesZero[:], propWidth|propClass, classExtend)
	set([][2]rune{{0x200d, 0x200d}}, propClass, classZWJ)
	set([][2]rune{{0x1f1e6, 0x1f1ff}}, propClass, classRegional)
	set([][2]rune{{0x1f3fb, 0x1f3ff}}, propClass, classExtend)
	set([][2]rune{{0x600, 0x605}, {0x6dd, 0x6dd}, {0x70f, 0x70f}, {0x890, 0x891}, {0x8e2, 0x8e2}, {0x110bd, 0x110bd}}, propClass, classPrepend)
	set([][2]rune{{0x1100, 0x115f}, {0xa960, 0xa97c}}, propClass, classL)
	set([][2]rune{{0x1160, 0x11a7}, {0xd7b0, 0xd7c6}}, propClass, classV)
	set([][2]rune{{0x11a8, 0x11ff}, {0xd7cb, 0xd7fb}}, propClass, classT)
	set([][2]rune{{0xac00, 0xd7a3}}, propClass, classLVT)
	for c := rune(0xac00); c <= 0xd7a3; c += 28 {
		set([][2]rune{{c, c}}, propClass, classLV)
	}
	return index, pages
}

// propsOf returns the properties of a character.
func propsOf(r rune) props {
	if uint32(r) > utf8.MaxRune {
		return propNarrow
	}
	return propPages[propIndex[r>>8]][r&0xff]
}

// RuneWidth returns how many columns a character takes: 0 for those that join
// the one before, 2 for wide ones, else 1. For control characters it means
// nothing.
func RuneWidth(r rune) int { return int(propsOf(r) & propWidth) }

// joins reports whether two characters next to each other are part of one
// grapheme (UAX #29, rules GB6 to GB13), except that whether a regional
// indicator is the second of a pair, and whether a ZWJ follows a pictograph, is
// known by the caller.
func joins(before, after props) bool {
	a := after & propClass
	switch b := before & propClass; {
	case a == classExtend || a == classZWJ || a == classSpacing:
		return true
	case b == classPrepend:
		return true
	case b == classL:
		return a == classL || a == classV || a == classLV || a == classLVT
	case b == classV || b == classLV:
		return a == classV || a == classT
	case b == classT || b == classLVT:
		return a == classT
	}
	return false
}
