package vt

// A Scroll says that rows Top to Bottom-1 moved up by Lines, or down if it is
// negative. What takes the freed places has changed too, so it is newer.
type Scroll struct {
	Top, Bottom int
	Lines       int
}

// A scrollNote is a Scroll and the generation in which it happened.
type scrollNote struct {
	Scroll
	gen uint64
}

// maxScrolls is how many moves are remembered.
const maxScrolls = 64

// noteScroll remembers a move of rows. Of a single row nothing is left to move,
// and no terminal takes it for a region (DECSTBM wants two).
func (t *Terminal) noteScroll(top, bot, n int) {
	if bot-top < 2 {
		return
	}
	if k := len(t.scrolls) - 1; k >= 0 {
		last := &t.scrolls[k]
		if last.gen == t.gen && last.Top == top && last.Bottom == bot {
			last.Lines = min(max(last.Lines+n, top-bot), bot-top)
			return
		}
	}
	if len(t.scrolls) == maxScrolls {
		t.floor = t.scrolls[0].gen
		copy(t.scrolls, t.scrolls[1:])
		t.scrolls = t.scrolls[:maxScrolls-1]
	}
	t.scrolls = append(t.scrolls, scrollNote{Scroll{top, bot, n}, t.gen})
}

// forgetScrolls makes viewers repaint everything.
func (t *Terminal) forgetScrolls() {
	t.scrolls = t.scrolls[:0]
	t.floor = t.gen
}

// touchAll makes all rows new.
func (t *Terminal) touchAll() {
	for i := range t.g.meta {
		t.g.meta[i].gen = t.gen
	}
}

// Generation returns a number that grows with every Write, Resize, Reset and
// Apply. A viewer that remembers it can later ask for what has changed since,
// however long that is, so nothing has to be queued for it.
func (t *Terminal) Generation() uint64 { return t.gen }

// RowGeneration returns the generation in which row y last changed. Moving a
// row does not change it; see AppendScrolls.
func (t *Terminal) RowGeneration(y int) uint64 {
	if y < 0 || y >= t.rows {
		return 0
	}
	return t.g.info(y).gen
}

// AppendScrolls appends the moves of rows since a generation, oldest first. A
// viewer makes them, then replaces the rows whose generation is newer. It
// reports false if the moves are no longer known, or if the screen has been
// resized or is the other one: then all rows are to be replaced.
func (t *Terminal) AppendScrolls(dst []Scroll, since uint64) ([]Scroll, bool) {
	if since < t.floor || since == 0 {
		return dst, false
	}
	for _, s := range t.scrolls {
		if s.gen > since && s.Lines != 0 {
			dst = append(dst, s.Scroll)
		}
	}
	return dst, true
}

// A control is what a program has set, besides text: what a viewer that has
// seen an older generation must be told.
type control struct {
	modes                  mode
	mouse, mouseFormat     int
	keyFormat              int
	shape                  CursorShape
	charset                charsets
	top, bot, left, right  int
	title, icon, directory string
	colors                 uint64
}

// noteControl finds out whether these settings have changed.
func (t *Terminal) noteControl() {
	c := control{
		t.modes, t.mouse, t.mouseFormat, t.keyFormat, t.shape, t.charset,
		t.top, t.bot, t.left, t.right, t.title, t.icon, t.dir, t.colors.changed,
	}
	if c != t.control {
		t.control, t.controlGen = c, t.gen
	}
}
