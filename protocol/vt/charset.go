package vt

// A charset is what characters mean that were chosen with SCS.
type charset uint8

const (
	setASCII   charset = iota
	setGraphic         // DEC special graphics: lines, and a few signs
	setUK              // British: # is £
	setDutch
	setFinnish
	setFrench
	setFrenchCanadian
	setGerman
	setItalian
	setNorwegian
	setSpanish
	setSwedish
	setSwiss
	setLatin1 // the right half of ISO 8859-1, a set of 96 characters
)

// charsets are the four sets G0 to G3 and how they are called up.
type charsets struct {
	g      [4]charset
	gl     uint8 // the set in force
	single uint8 // SS2, SS3: the set for one character, 0 for none
}

// special reports whether characters are not just ASCII.
func (cs *charsets) special() bool { return cs.single != 0 || cs.g[cs.gl] != setASCII }

// del reports whether DEL is a character: it is in a set of 96.
func (cs *charsets) del() bool {
	set := cs.g[cs.gl]
	if cs.single != 0 {
		set = cs.g[cs.single]
	}
	return set == setLatin1
}

// designate is SCS for a set of 94 characters.
func (cs *charsets) designate(n int, final byte) {
	switch final {
	case '0', '2':
		cs.g[n] = setGraphic
	case 'A':
		cs.g[n] = setUK
	case '4':
		cs.g[n] = setDutch
	case 'C', '5':
		cs.g[n] = setFinnish
	case 'R', 'f':
		cs.g[n] = setFrench
	case 'Q', '9':
		cs.g[n] = setFrenchCanadian
	case 'K':
		cs.g[n] = setGerman
	case 'Y':
		cs.g[n] = setItalian
	case 'E', '6', '`':
		cs.g[n] = setNorwegian
	case 'Z':
		cs.g[n] = setSpanish
	case 'H', '7':
		cs.g[n] = setSwedish
	case '=':
		cs.g[n] = setSwiss
	default:
		cs.g[n] = setASCII
	}
}

// designate96 is SCS for a set of 96 characters.
func (cs *charsets) designate96(n int, final byte) {
	cs.g[n] = setASCII
	if final == 'A' {
		cs.g[n] = setLatin1
	}
}

// graphics are the characters 0x5f to 0x7e of DEC special graphics.
var graphics = [...]rune{
	' ', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼',
	'⎺', '⎻', '─', '⎼', '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
}

// nationalPlaces are the characters that national sets replace, in the order of
// national.
const nationalPlaces = "#@[\\]^_`{|}~"

// national has the characters in these places (VT510 manual, chapter 7).
var national = [...][12]rune{
	setUK:             {'£', '@', '[', '\\', ']', '^', '_', '`', '{', '|', '}', '~'},
	setDutch:          {'£', '¾', 'ĳ', '½', '|', '^', '_', '`', '¨', 'ƒ', '¼', '´'},
	setFinnish:        {'#', '@', 'Ä', 'Ö', 'Å', 'Ü', '_', 'é', 'ä', 'ö', 'å', 'ü'},
	setFrench:         {'£', 'à', '°', 'ç', '§', '^', '_', '`', 'é', 'ù', 'è', '¨'},
	setFrenchCanadian: {'#', 'à', 'â', 'ç', 'ê', 'î', '_', 'ô', 'é', 'ù', 'è', 'û'},
	setGerman:         {'#', '§', 'Ä', 'Ö', 'Ü', '^', '_', '`', 'ä', 'ö', 'ü', 'ß'},
	setItalian:        {'£', '§', '°', 'ç', 'é', '^', '_', 'ù', 'à', 'ò', 'è', 'ì'},
	setNorwegian:      {'#', 'Ä', 'Æ', 'Ø', 'Å', 'Ü', '_', 'ä', 'æ', 'ø', 'å', 'ü'},
	setSpanish:        {'£', '§', '¡', 'Ñ', '¿', '^', '_', '`', '°', 'ñ', 'ç', '~'},
	setSwedish:        {'#', 'É', 'Ä', 'Ö', 'Å', 'Ü', '_', 'é', 'ä', 'ö', 'å', 'ü'},
	setSwiss:          {'ù', 'à', 'é', 'ç', 'ê', 'î', 'è', 'ô', 'ä', 'ö', 'ü', 'û'},
}

// translate returns what a character means in the set in force.
func (cs *charsets) translate(r rune) rune {
	set := cs.g[cs.gl]
	if cs.single != 0 {
		set = cs.g[cs.single]
		cs.single = 0
	}
	if set == setASCII || r > 0x7f || r == 0x7f && set != setLatin1 {
		return r
	}
	switch set {
	case setGraphic:
		if r >= 0x5f {
			return graphics[r-0x5f]
		}
	case setLatin1:
		return r | 0x80
	default:
		for i := range nationalPlaces {
			if rune(nationalPlaces[i]) == r {
				return national[set][i]
			}
		}
	}
	return r
}
