package vt

// paintedModes are the private modes that are written as they are. Not written
// are DECCOLM, which clears the screen, DECOM and DECLRMM, which come later, and
// synchronized output, which would stop a viewer.
var paintedModes = [...]int{
	1, 4, 5, 7, 8, 12, 40, 41, 42, 45, 66, 67, 80, 95, 1004, 1007, 1034, 1036, 1045, 2004, 2027,
}

// modes writes the modes, those that are set and those that are not.
func (w *painter) modes() {
	t := w.t
	for _, on := range [...]bool{true, false} {
		n := 0
		for _, m := range paintedModes {
			if (t.modes&privateModes[m] != 0) != on {
				continue
			}
			if n++; n == 1 {
				w.text("\x1b[?")
			} else {
				w.text(";")
			}
			w.dst = appendInt(w.dst, m)
		}
		if n > 0 {
			w.text(map[bool]string{true: "h", false: "l"}[on])
		}
	}
	w.graphemes = t.modes&modeGraphemes != 0
	for _, m := range [...]struct {
		bit mode
		n   int
	}{{modeKeyLock, 2}, {modeSendReceive, 12}, {modeNewline, 20}} {
		if t.modes&m.bit != 0 {
			w.csi("h", m.n)
		} else {
			w.csi("l", m.n)
		}
	}
	w.text("\x1b[?9;1000;1002;1003l\x1b[?1005;1006;1015;1016l")
	for _, n := range [...]int{t.mouse, t.mouseFormat} {
		if n != 0 {
			w.text("\x1b[?")
			w.dst = append(appendInt(w.dst, n), 'h')
		}
	}
	w.text("\x1b[>4;")
	w.dst = append(appendInt(w.dst, t.keyFormat), 'm')
}

// state writes the modes, the margins and the character sets. all says that
// nothing is known of the other terminal.
func (w *painter) state(all bool) {
	t := w.t
	n := 2*int(t.shape) + 1
	w.csi(" q", n)
	w.modes()
	if all {
		w.tabs()
	}
	if t.top != 0 || t.bot != t.rows {
		w.csi("r", t.top+1, t.bot)
	}
	if t.modes&modeMargins != 0 {
		w.text("\x1b[?69h")
		w.csi("s", t.left+1, t.right)
	}
	if t.level8 {
		w.text("\x1b G")
	}
	if t.extent != 0 {
		w.csi("*x", t.extent)
	}
	if t.modes&modeInsert != 0 {
		w.text("\x1b[4h")
	}
	w.charsets(&t.charset)
	if t.modes&modeOrigin != 0 {
		w.text("\x1b[?6h")
	}
	w.atX, w.full = -1, false
}

// tabs writes the tab stops, if they are not every eight columns.
func (w *painter) tabs() {
	t := w.t
	usual := true
	for x := range t.cols {
		usual = usual && t.isTab(x) == (x%8 == 0)
	}
	if usual {
		return
	}
	w.text("\x1b[3g")
	for x := range t.cols {
		if t.isTab(x) {
			w.csi("G", x+1)
			w.text("\x1bH")
		}
	}
	w.atX, w.full = -1, false
}

// charsetFinals are the final bytes of SCS for the sets.
const charsetFinals = "B0A4CRQKYEZH=A"

// charsets writes the character sets, if they are not all ASCII.
func (w *painter) charsets(cs *charsets) {
	if cs.g == [4]charset{} && cs.gl == 0 {
		return
	}
	for i, set := range cs.g {
		inter := "()*+"[i]
		if set == setLatin1 {
			inter = "(-./"[i]
		}
		w.dst = append(w.dst, 0x1b, inter, charsetFinals[set])
	}
	w.text([...]string{"\x0f", "\x0e", "\x1bn", "\x1bo"}[cs.gl])
}

// meta writes titles, the working directory and colours.
func (w *painter) meta(all bool) {
	t := w.t
	osc := func(n int, text string) {
		w.text("\x1b]")
		w.dst = appendInt(w.dst, n)
		w.text(";" + text + "\x1b\\")
	}
	if !all || t.title != "" {
		osc(2, t.title)
	}
	if !all || t.icon != "" {
		osc(1, t.icon)
	}
	if t.dir != "" {
		osc(7, t.dir)
	}
	w.text("\x1b]104\x1b\\\x1b]105\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\")
	for n := range colorCount {
		c, ok := t.colors.set[n]
		if !ok {
			continue
		}
		w.text("\x1b]")
		switch {
		case n < colorText:
			w.dst = appendInt(append(w.dst, "4;"...), n)
		case n >= colorSpecial:
			w.dst = appendInt(append(w.dst, "5;"...), n-colorSpecial)
		default:
			w.dst = appendInt(w.dst, n-colorText+10)
		}
		w.dst = appendRGB(append(w.dst, ';'), c)
		w.text("\x1b\\")
	}
}

// pen sets the other terminal's pen. style has protected by DECSCA: if SPA is in
// force it comes again.
func (w *painter) pen(s Style) {
	w.style(s)
	if w.t.isoProtect {
		w.text("\x1bV")
		if s.Attr&Protected == 0 {
			w.text("\x1bW")
		}
	}
}

// cursor puts the other terminal's cursor into its place. If it waits behind the
// last column the character there is written once more.
func (w *painter) cursor(x, y int, pending bool) {
	t := w.t
	dx, dy := 0, 0
	if t.modes&modeOrigin != 0 {
		dx, dy = t.left, t.top
	}
	w.atX = -1
	if !pending {
		w.move(max(x-dx, 0), max(y-dy, 0))
		return
	}
	special := t.modes&modeInsert != 0 || t.charset != charsets{}
	if special {
		w.text("\x1b[4l\x1b(B\x0f")
	}
	r := t.Row(y)
	if r.cells[x]&cellTail != 0 {
		x--
	}
	w.move(max(x-dx, 0), max(y-dy, 0))
	w.style(r.styles.at(r.cells[x].style()).unpack())
	w.char(r.cells[x], r.clusters)
	w.setGraphemes(t.modes&modeGraphemes != 0)
	if special {
		w.charsets(&t.charset)
		if t.modes&modeInsert != 0 {
			w.text("\x1b[4h")
		}
	}
}

// saved makes the other terminal save a cursor, as DECSC does.
func (w *painter) saved(s *savedCursor) {
	if !s.set {
		return
	}
	t := w.t
	x, y := min(s.x, t.cols-1), min(s.y, t.rows-1)
	if s.origin {
		w.text("\x1b[?6h")
	}
	w.atX = -1
	end := t.rowCols(y)
	waits := s.pending && x == s.x && (x+1 == end || x > 0 && x < end)
	if waits {
		w.waiting(x, y)
	} else {
		w.move(x, y)
	}
	w.charsets(&s.charset)
	w.style(s.pen)
	w.singleShift(&s.charset)
	w.text("\x1b7")
	w.neutral()
	r := t.Row(y)
	w.size(y, LineNormal)
	if s.charset.single != 0 { // a character uses it up, then its place is mended
		w.move(0, y)
		w.text(" ")
		w.atX = -1
		w.cellsOver(r, 0, min(2, t.cols), y)
	}
	if waits && r.cells[x]&cellContent == 0 {
		w.cellsOver(r, x, x+1, y)
	}
	w.size(y, r.meta.size)
}

// singleShift writes SS2 or SS3, if one waits for its character.
func (w *painter) singleShift(cs *charsets) {
	switch cs.single {
	case 2:
		w.text("\x1bN")
	case 3:
		w.text("\x1bO")
	}
}

// waiting puts the other terminal's cursor behind column x, where it waits to
// wrap: it writes the character there once more. Where text does not end at
// column x by itself there was a right margin.
func (w *painter) waiting(x, y int) {
	t := w.t
	if x+1 < t.rowCols(y) {
		w.text("\x1b[?69h")
		w.csi("s", 1, x+1)
		w.atX = -1
	}
	r := t.Row(y)
	if r.cells[x]&cellTail != 0 {
		x--
	}
	w.move(x, y)
	w.style(r.styles.at(r.cells[x].style()).unpack())
	w.char(r.cells[x], r.clusters)
}
