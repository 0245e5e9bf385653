package vt

// AppendANSI appends a stream that brings a terminal which was equal to this one
// at generation since to the present state: rows that moved are scrolled, rows
// that changed are written, the cursor and the modes are set. Zero means nothing
// of the other terminal but that it has the same size. What other kinds of
// terminal do not have, such as what a link's id is, they ignore.
//
// The scrollback of the other terminal is not written; see AppendSnapshot. The
// other terminal is taken over: it is cleared, and gets the palette and the modes
// of this one, LNM included. To print a screen as text among other text, use
// AppendText, or walk Row.
func (t *Terminal) AppendANSI(dst []byte, since uint64) []byte {
	w := t.newPainter(dst)
	scrolls, known := t.AppendScrolls(nil, since)
	if known && since >= t.gen {
		return dst
	}
	if !known {
		w.neutral()
		w.screen(t.g == &t.alt)
		w.style(Style{})
		w.text("\x1b[2J")
	} else if t.controlGen > since || t.unusual() {
		w.neutral()
	}
	w.text("\x1b[?25l")
	for _, s := range scrolls {
		w.scroll(s)
	}
	for y := range t.rows {
		if !known && isBlank(t.peek(y)) && t.g.info(y).plain() {
			continue
		}
		if !known || t.g.info(y).gen > since {
			w.row(y)
		}
	}
	if !known || t.controlGen > since {
		w.meta(!known)
		w.state(!known)
	} else if t.unusual() {
		w.state(false)
	}
	w.cursor(t.x, t.y, t.wrapNext)
	w.pen(t.pen)
	if t.modes&modeCursorVisible != 0 {
		w.text("\x1b[?25h")
	}
	return w.dst
}

// AppendSnapshot appends a stream that brings any terminal of the same size to
// this state, with the last rows of the history, at most history of them, in
// its scrollback, and with the main screen behind the alternate one. Not in it
// are what a program has saved of modes and titles, images, and the start of a
// sequence of which the end has not come. On a screen of one row no row
// continues the one above.
func (t *Terminal) AppendSnapshot(dst []byte, history int) []byte {
	w := t.newPainter(append(dst, "\x1bc\x1b[?7h\x1b[?12l"...))
	alt := t.g == &t.alt
	x, y, pending := t.x, t.y, t.wrapNext
	t.g = &t.main // for the painter
	w.history(min(max(history, 0), t.hist.count))
	if alt {
		w.saved(&t.saved[0])
		t.g = &t.alt
		w.screen(true)
		for y := range t.rows {
			if !isBlank(t.peek(y)) || !t.g.info(y).plain() {
				w.row(y)
			}
		}
	} else {
		w.saved(&t.saved[0])
	}
	if alt {
		w.saved(&t.saved[1])
	}
	w.meta(true)
	w.state(true)
	w.cursor(x, y, pending)
	w.pen(t.pen)
	if t.modes&modeCursorVisible == 0 {
		w.text("\x1b[?25l")
	}
	w.singleShift(&t.charset)
	return w.dst
}

// plain reports whether a row is not wrapped and of normal size.
func (m *rowMeta) plain() bool { return !m.wrapped && m.size == LineNormal }

// unusual reports whether there are modes in force with which rows cannot be
// written as usual.
func (t *Terminal) unusual() bool {
	return t.modes&(modeInsert|modeOrigin|modeMargins|modeGraphemes) != 0 || t.modes&modeWrap == 0 ||
		t.charset != (charsets{}) || t.top != 0 || t.bot != t.rows
}

// A painter appends what brings another terminal to the state of t.
type painter struct {
	t         *Terminal
	dst       []byte
	now       Style // the other terminal's pen
	penKnown  bool
	graphemes bool // the other terminal has mode 2027 set
	atX, atY  int  // its cursor; -1 is not known
	full      bool // its cursor waits behind the last column
}

func (t *Terminal) newPainter(dst []byte) *painter { return &painter{t: t, dst: dst, atX: -1} }

func (w *painter) text(s string) { w.dst = append(w.dst, s...) }

// csi appends CSI, numbers with semicolons, and an end.
func (w *painter) csi(end string, numbers ...int) {
	w.text("\x1b[")
	for i, n := range numbers {
		if i > 0 {
			w.text(";")
		}
		w.dst = appendInt(w.dst, n)
	}
	w.text(end)
}

// neutral makes the other terminal ready for rows: without insert mode, origin
// mode, margins, character sets.
func (w *painter) neutral() {
	w.text("\x1b[4l\x1b[?6l\x1b[?69l\x1b[r\x1b[?7h\x1b[?2027l\x1b(B\x0f")
	w.atX, w.full, w.graphemes = -1, false, false
}

// screen shows the main or the alternate screen.
func (w *painter) screen(alt bool) {
	if alt {
		w.text("\x1b[?47h")
	} else {
		w.text("\x1b[?47l")
	}
	w.atX, w.full = -1, false
}

// scroll moves rows.
func (w *painter) scroll(s Scroll) {
	w.style(Style{})
	region := s.Top != 0 || s.Bottom != w.t.rows
	if region {
		w.csi("r", s.Top+1, s.Bottom)
	}
	if s.Lines > 0 {
		w.csi("S", s.Lines)
	} else {
		w.csi("T", -s.Lines)
	}
	if region {
		w.text("\x1b[r")
	}
	w.atX, w.full = -1, false
}

// move puts the cursor somewhere.
func (w *painter) move(x, y int) {
	if w.atX == x && w.atY == y && !w.full {
		return
	}
	switch {
	case x == 0 && y == 0:
		w.text("\x1b[H")
	case w.atX >= 0 && w.atY == y && x == 0:
		w.text("\r")
	case w.atX >= 0 && w.atY == y:
		w.csi("G", x+1)
	case x == 0:
		w.csi("H", y+1)
	default:
		w.csi("H", y+1, x+1)
	}
	w.atX, w.atY, w.full = x, y, false
}

// style sets the other terminal's pen.
func (w *painter) style(s Style) {
	if w.penKnown && s == w.now {
		return
	}
	old := w.now
	if !w.penKnown {
		old = Style{Link: ^s.Link, Attr: Protected &^ s.Attr}
	}
	look := func(s Style) Style {
		s.Link, s.Attr = 0, s.Attr&^Protected
		return s
	}
	if a, b := look(old), look(s); a != b || !w.penKnown {
		if b == (Style{}) {
			w.text("\x1b[m")
		} else {
			w.dst = append(appendSGR(append(w.dst, "\x1b[0"...), b), 'm')
		}
	}
	if (old.Attr^s.Attr)&Protected != 0 {
		if s.Attr&Protected != 0 {
			w.text("\x1b[1\"q")
		} else {
			w.text("\x1b[0\"q")
		}
	}
	if old.Link != s.Link {
		w.link(s.Link)
	}
	w.now, w.penKnown = s, true
}

// link begins or ends a hyperlink.
func (w *painter) link(n uint32) {
	uri, id, _ := w.t.Link(n)
	w.text("\x1b]8;")
	if id != "" {
		w.text("id=" + id)
	}
	w.text(";" + uri + "\x1b\\")
}

// history writes rows of the history and of the main screen, so that the former
// scroll into the other terminal's scrollback.
func (w *painter) history(n int) {
	t := w.t
	first := t.hist.count - n
	total := n + t.rows
	for total > n && isBlank(t.cells(&t.main, total-n-1)) && t.main.info(total-n-1).plain() {
		total--
	}
	// The rows of the screen come last and by place; so blanks below need not be
	// written, but the history has to be scrolled out.
	if n > 0 {
		total = n + t.rows
	}
	for i := range total {
		y := min(i, t.rows-1)
		switch {
		case i < t.rows:
		case t.rows == 1 && w.historyRow(first, n, i).meta.wrapped:
			w.wrapOnly(w.historyRow(first, n, i-1))
		default:
			w.style(Style{})
			w.move(0, t.rows-1)
			w.text("\n")
			w.atX, w.atY, w.full = 0, t.rows-1, false
		}
		if w.historyRow(first, n, i).meta.wrapped && y > 0 {
			w.wrapInto(y, w.historyRow(first, n, i-1))
		}
		r := w.historyRow(first, n, i)
		w.move(0, y)
		w.size(y, LineNormal)
		w.cells(r, 0, len(r.cells), y)
		w.size(y, r.meta.size)
	}
}

// historyRow returns row i of what history writes, as long as the screen is wide.
func (w *painter) historyRow(first, n, i int) Row {
	t := w.t
	if i >= n {
		return Row{t.cells(&t.main, i-n), *t.main.info(i - n), &t.styles, &t.clusters}
	}
	u := &t.unpack
	u.reset()
	meta := u.row(t.hist.at(first + i))
	for len(u.cells) < t.cols {
		u.cells = append(u.cells, 0)
	}
	return Row{u.cells[:t.cols], meta, &u.styles, &u.clusters}
}
