package vt

import "unicode/utf8"

// Mode 2027, grapheme clusters (UAX #29): what a reader sees as one character
// takes one cell, or two. Without the mode only characters without width join
// the one before, as in terminals since the 1990s.

// joinsLast reports whether a character belongs to the one printed before it.
func (t *Terminal) joinsLast(pr props) bool {
	if t.x == 0 && !t.wrapNext {
		return false
	}
	if pr&propClass == classRegional && t.pairOpen {
		return true
	}
	if pr&propClass == classPict && t.pictZWJ {
		return true
	}
	return joins(t.lastProps, pr)
}

// extend adds a character to the cell before the cursor, which may make it
// wide: a flag, an emoji.
func (t *Terminal) extend(r rune, pr props) {
	t.addToLast(r)
	first := t.lastProps
	flag := pr&propClass == classRegional
	x := t.behind()
	switch {
	case t.peek(t.y)[x]&cellWide != 0:
	case flag, r == 0xfe0f && (first&propTextEmoji != 0 || isKeycap(t.lastRune)), pr&propWidth == 2:
		t.widen(x)
	}
	t.pictZWJ = pr&propClass == classZWJ && (first&propClass == classPict || t.pictBefore)
	t.pictBefore = pr&propClass == classExtend && (first&propClass == classPict || t.pictBefore)
	t.pairOpen = false
	t.lastRune = r
	t.lastProps = pr
}

// isKeycap reports whether a character has an emoji presentation as the key of a
// telephone (emoji-variation-sequences.txt of UTS #51). The table of properties
// leaves ASCII out.
func isKeycap(r rune) bool { return r == '#' || r == '*' || '0' <= r && r <= '9' }

// widen makes the cell of the last character two columns wide, if there is room.
func (t *Terminal) widen(x int) {
	row := t.row(t.y)
	if t.wrapNext || x+1 >= t.lineEnd() {
		return
	}
	cutLeft(row, x+2)
	row[x] |= cellWide
	row[x+1] = blank(row[x].style()) | cellTail
	t.g.info(t.y).gen = t.gen
	t.advance(1, t.lineEnd())
}

// addToLast adds a character to what the cell before the cursor shows. What is
// too long is dropped. At the left edge there is none, and it reports false.
func (t *Terminal) addToLast(r rune) bool {
	if t.draftJoin(r) {
		return true
	}
	x := t.behind()
	if x < 0 {
		return false
	}
	row, d := t.open(t.g.order[t.y])
	d.inked(x + 1)
	c := row[x]
	key := c&cellContent | cell(r)<<24
	hit := &t.clusters.joined[(key^key>>20)%64]
	if hit.key != key {
		var text [maxCluster + utf8.UTFMax]byte
		b := appendCell(text[:0], c, &t.clusters)
		if len(b)+utf8.RuneLen(r) > maxCluster {
			return true
		}
		b = utf8.AppendRune(b, r)
		hit.out = c&cellHalves | t.clusterCell(b)
		hit.key = key
	}
	row[x] = blank(c.style()) | hit.out
	t.g.info(t.y).gen = t.gen
	return true
}
