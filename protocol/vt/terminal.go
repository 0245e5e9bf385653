package vt

// The limits of a screen's size. Larger sizes are cut to them.
const (
	MaxCols = 1000
	MaxRows = 1000
)

// Options are the settings of a Terminal. The zero value is a screen of 80×24
// without scrollback.
type Options struct {
	Cols, Rows int // the size; 0 is 80 and 24, the most MaxCols and MaxRows

	// Scrollback is how many rows are kept of those that leave the screen at its
	// top. Zero keeps none.
	Scrollback int

	// ScrollbackBytes bounds the memory of these rows, however many they are: if
	// they take more, fewer are kept. Their index may take as much again, eight
	// bytes for each row. Zero is 16 MiB; a negative number keeps none.
	ScrollbackBytes int

	// Graphemes turns mode 2027 on, now and after each reset: what a reader sees
	// as one character takes one cell, or two.
	Graphemes bool

	// Foreground, Background and CursorColor are what the program is told when
	// it asks for them (OSC 10, 11 and 12). The zero value, Default, is light
	// grey on black with a light grey cursor.
	Foreground, Background, CursorColor Color

	// ImageBytes bounds the images that are kept, in bytes. Zero is 4 MiB; a
	// negative number keeps none.
	ImageBytes int

	// CellWidth and CellHeight are the size of a cell in pixels, which programs
	// that draw images ask for. Zero leaves these questions without an answer; the
	// height of images is then reckoned in cells of 20 pixels.
	CellWidth, CellHeight int

	// Sixel tells programs that the viewers can show sixel images.
	Sixel bool

	// ClipboardBytes bounds the text of an EventClipboard, by which a program asks
	// for something to be put into the clipboard (OSC 52). Zero is 1 MiB; with a
	// negative number there are no such events. Whether to do it is for who takes
	// the event to decide; what the clipboard holds is never told.
	ClipboardBytes int
}

// A Terminal is the state of a terminal. Its methods are not for concurrent use.
// All rows and columns count from 0.
type Terminal struct {
	opt  Options
	cols int
	rows int

	parser     parser
	gen        uint64
	replies    []byte
	events     []Event
	eventBytes int

	main, alt  grid
	g          *grid // the one that is shown
	hist       history
	base       uint64 // rows that have left the main screen at its top
	scrolls    []scrollNote
	control    control
	controlGen uint64 // the generation in which control changed
	sized      bool   // there has been a row that is not of normal size
	floor      uint64 // scrolls before this generation are forgotten

	styles   styleTable
	clusters clusterTable
	links    linkTable
	images   imageStore

	x, y        int  // the cursor
	wrapNext    bool // the last column has been written: the next character wraps
	top, bot    int  // scroll region, rows top to bot-1
	left, right int  // margins, columns left to right-1
	pen         Style
	penRef      styleRef // pen, if penOK
	penOK       bool
	modes       mode
	savedModes  mode
	saved       [2]savedCursor // of the main and the alternate screen
	charset     charsets
	tabs        [MaxCols/64 + 1]uint64
	shape       CursorShape
	level8      bool // S8C1T: replies with 8-bit controls
	isoProtect  bool // cells are protected by SPA, not by DECSCA
	extent      int  // DECSACE: with 2 rectangles are rectangles
	checksum    int  // XTCHECKSUM: how DECRQCRA counts
	keyFormat   int  // XTMODKEYS 4: modifyOtherKeys

	mouse, savedMouse             int // mode 9, 1000, 1002 or 1003
	mouseFormat, savedMouseFormat int // mode 1005, 1006, 1015 or 1016

	lastRune   rune  // for REP; 0 after anything but a character
	lastProps  props // and what it was, for graphemes
	pairOpen   bool  // an odd number of regional indicators stands before
	pictZWJ    bool  // a pictograph and a ZWJ stand before
	pictBefore bool  // a pictograph and extending characters stand before

	title, icon, dir string
	titles           []titlePair // XTPUSHTITLE
	colors           colorTable
	scratch          []byte
	unpack           unpacker // for rows of the history
}

// New returns a terminal with an empty screen.
func New(o Options) *Terminal {
	if o.ScrollbackBytes == 0 {
		o.ScrollbackBytes = 16 << 20
	}
	if o.ImageBytes == 0 {
		o.ImageBytes = 4 << 20
	}
	if o.ClipboardBytes == 0 {
		o.ClipboardBytes = 1 << 20
	}
	t := &Terminal{opt: o}
	t.cols, t.rows = clampSize(o.Cols, o.Rows)
	t.hist.init(o.Scrollback, o.ScrollbackBytes)
	t.styles.reset()
	t.main.init(t.cols, t.rows)
	t.g = &t.main
	t.gen = 1
	t.reset()
	t.noteControl()
	return t
}

// clampSize returns a size that a screen can have.
func clampSize(cols, rows int) (int, int) {
	if cols <= 0 {
		cols = 80
	}
	if rows <= 0 {
		rows = 24
	}
	return min(cols, MaxCols), min(rows, MaxRows)
}

// Size returns the size of the screen.
func (t *Terminal) Size() (cols, rows int) { return t.cols, t.rows }

// Reset puts the terminal into its first state, as the sequence RIS does.
func (t *Terminal) Reset() {
	t.gen++
	t.reset()
	t.parser.reset()
	t.noteControl()
}

// reset is everything of RIS but the parser.
func (t *Terminal) reset() {
	t.g = &t.main
	t.alt = grid{}
	for y := range t.rows {
		t.main.clearRow(y, 0, t.gen)
	}
	t.forgetScrolls()
	t.hist.clear()
	t.images.clear()
	t.clusters.reset()
	t.styles.reset()
	t.pen, t.penRef, t.penOK = Style{}, 0, true
	t.links.reset()
	t.x, t.y, t.wrapNext = 0, 0, false
	t.resetMargins()
	t.modes = defaultModes
	if t.opt.Graphemes {
		t.modes |= modeGraphemes
	}
	t.savedModes = t.modes
	t.saved = [2]savedCursor{}
	t.charset = charsets{}
	t.resetTabs()
	t.shape = CursorBlock
	t.level8, t.isoProtect, t.extent, t.checksum, t.keyFormat = false, false, 0, 0, 0
	t.mouse, t.mouseFormat, t.savedMouse, t.savedMouseFormat = 0, 0, 0, 0
	t.breakChain()
	t.title, t.icon, t.titles = "", "", nil
	t.colors = colorTable{changed: t.gen}
	t.dir = ""
}

// Row returns row y of the screen that is shown, 0 at the top. It is empty if
// there is no such row.
func (t *Terminal) Row(y int) Row {
	if y < 0 || y >= t.rows {
		return Row{}
	}
	return Row{t.peek(y), *t.g.info(y), &t.styles, &t.clusters}
}

// Cell returns the cell in column x of row y.
func (t *Terminal) Cell(x, y int) Cell { return t.Row(y).Cell(x) }

// Line returns the number of row y, counted from the first row that the main
// screen ever had: it stays with a row when that scrolls up and into the
// history. In the alternate screen it is 0.
func (t *Terminal) Line(y int) uint64 {
	if t.g == &t.alt {
		return 0
	}
	return t.base + uint64(y)
}

// Title returns the title of the window (OSC 0 and 2). It is text that the
// program chose: a viewer must not take it for markup, nor send it back.
func (t *Terminal) Title() string { return t.title }

// IconName returns the name of the icon (OSC 0 and 1), text as the title is.
func (t *Terminal) IconName() string { return t.icon }

// Directory returns the URL of the working directory (OSC 7), text as the title
// is.
func (t *Terminal) Directory() string { return t.dir }

// AltScreen reports whether the alternate screen is shown.
func (t *Terminal) AltScreen() bool { return t.g == &t.alt }

// screen returns 0 for the main screen, 1 for the alternate one.
func (t *Terminal) screen() int {
	if t.g == &t.alt {
		return 1
	}
	return 0
}

// AppendReplies appends the bytes that the program is to read, and forgets them.
// They are what the terminal answers to questions: numbers and fixed words,
// never text that the program sent. What is not taken is bounded: beyond 64 KiB
// new replies are dropped.
func (t *Terminal) AppendReplies(dst []byte) []byte {
	dst = append(dst, t.replies...)
	t.replies = t.replies[:0]
	return dst
}
