package vt

import "unicode/utf8"

// row writes a row over what is there.
func (w *painter) row(y int) {
	m := w.t.g.info(y)
	row := w.t.Row(y)
	if m.wrapped && y > 0 {
		w.wrapInto(y, w.t.Row(y-1))
	}
	w.move(0, y)
	if !m.wrapped {
		w.style(Style{})
		w.text("\x1b[K")
	}
	w.size(y, LineNormal)
	w.cells(row, 0, len(row.cells), y)
	w.size(y, m.size)
}

// size sets the size of a row's characters. A row is written at normal size,
// because others hide its right half.
func (w *painter) size(y int, size LineSize) {
	if w.t.sized {
		w.move(0, y)
		w.text([...]string{"\x1b#5", "\x1b#6", "\x1b#3", "\x1b#4"}[size])
	}
}

// wrapInto makes row y one that continues the row above: two characters at the
// end of that, the second of which runs over. Then what was there is mended.
func (w *painter) wrapInto(y int, above Row) {
	last := w.t.cols - 1
	w.size(y-1, LineNormal)
	w.style(Style{})
	w.move(last, y-1)
	w.text("  \r\x1b[X") // the second blank is at the start of row y
	w.atX, w.full = -1, false
	from := last
	if above.cells[last]&cellTail != 0 {
		from--
	}
	w.cellsOver(above, from, last+1, y-1)
	w.size(y-1, above.meta.size)
}

// wrapOnly scrolls a screen of one row up by running over its end, so that the
// row that comes continues the one that shows above. A row of wide characters
// ends elsewhere: there it is a new line only.
func (w *painter) wrapOnly(above Row) {
	last := w.t.cols - 1
	if above.meta.size == LineNormal {
		from := last
		if above.cells[last]&cellTail != 0 {
			from--
		}
		c := above.cells[from]
		w.move(from, 0)
		w.style(above.styles.at(c.style()).unpack())
		w.char(c, above.clusters)
		w.style(Style{})
		w.text(" \r\x1b[X")
	} else {
		w.style(Style{})
		w.text("\n")
	}
	w.atX, w.full = -1, false
}

// cells writes some cells of a row that is blank.
func (w *painter) cells(r Row, from, to, y int) {
	for to > from && r.cells[to-1] == 0 && !r.meta.wrapped {
		to--
	}
	w.cellsOver(r, from, to, y)
}

// cellsOver writes some cells of a row.
func (w *painter) cellsOver(r Row, from, to, y int) {
	var before cell
	for x := from; x < to; {
		c := r.cells[x]
		s := r.styles.at(c.style()).unpack()
		if c&cellContent == 0 {
			n := 1
			for x+n < to && r.cells[x+n] == c {
				n++
			}
			w.move(x, y)
			w.blanks(s, n, x > 0 && x+n == w.t.cols)
			x += n
			before = 0
			continue
		}
		if c&cellTail != 0 {
			x++
			continue
		}
		w.style(s)
		if w.atX != x || w.atY != y || w.full || w.mayJoin(before, c) {
			w.atX = w.forget(w.mayJoin(before, c))
			w.move(x, y)
		}
		w.char(c, r.clusters)
		x += c.width()
		w.atX, w.full = x, false
		if x >= w.t.cols {
			w.atX, w.full = w.t.cols-1, true
		}
		if c&cellCluster != 0 {
			w.atX = -1 // other terminals may give it another width
		}
		before = c
	}
}

// forget returns the column to go on from, which is not known if the cursor has
// to be set anyway.
func (w *painter) forget(yes bool) int {
	if yes {
		return -1
	}
	return w.atX
}

// blanks erases n cells at the cursor, in a style. Erasing gives a cell nothing
// but a background, so other styles need spaces.
func (w *painter) blanks(s Style, n int, end bool) {
	if s != (Style{Bg: s.Bg}) {
		w.style(s)
		for range n {
			w.text(" ")
		}
		w.atX = -1
		return
	}
	w.style(s)
	switch {
	case end:
		w.text("\x1b[K")
	case n == 1:
		w.text("\x1b[X")
	default:
		w.csi("X", n)
	}
}

// mayJoin reports whether a terminal with graphemes would join the characters of
// two cells that are apart here.
func (w *painter) mayJoin(before, c cell) bool {
	return w.t.modes&modeGraphemes != 0 && before != 0 &&
		(before >= 0x80 || before&cellCluster != 0) && (c&cellContent >= 0x80)
}

// char writes what a cell shows. If it is several characters, mode 2027 decides
// whether they come into one cell.
func (w *painter) char(c cell, clusters *clusterTable) {
	if c&cellCluster != 0 {
		text := clusters.at(c.index())
		first, n := utf8.DecodeRune(text)
		legacy := RuneWidth(first) == c.width()
		for rest := text[n:]; len(rest) > 0; rest = rest[n:] {
			var r rune
			r, n = utf8.DecodeRune(rest)
			legacy = legacy && RuneWidth(r) == 0
		}
		w.setGraphemes(!legacy)
	}
	w.dst = appendCell(w.dst, c, clusters)
}

// setGraphemes sets or resets mode 2027.
func (w *painter) setGraphemes(on bool) {
	if w.graphemes == on {
		return
	}
	w.graphemes = on
	if on {
		w.text("\x1b[?2027h")
	} else {
		w.text("\x1b[?2027l")
	}
}
