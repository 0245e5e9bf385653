package vt

// The limits of a screen's size. Larger sizes are cut to them.
const (
	MaxCols = 1000
	MaxRows = 1000
)

// Options are the settings of a Terminal.
type Options struct {
	Cols, Rows int // the size; 0 is 80 and 24

	// Scrollback is how many rows are kept of those that leave the screen at its
	// top. Zero keeps none.
	Scrollback int

	// ScrollbackBytes bounds the memory of these rows, however many they are.
	// Zero is 16 MiB.
	ScrollbackBytes int

	// Graphemes turns mode 2027 on, now and after each reset: what a reader sees
	// as one character takes one cell, or two.
	Graphemes bool
}

// A Terminal is the state of a terminal. Its methods are not for concurrent use.
type Terminal struct {
	cols, rows int
}

// New returns a terminal with an empty screen.
func New(o Options) *Terminal {
	t := &Terminal{}
	t.Resize(o.Cols, o.Rows)
	return t
}

// Write takes what a program writes, cut anywhere. It always takes all of p and
// never fails.
func (t *Terminal) Write(p []byte) (int, error) { return len(p), nil }

// AppendReplies appends the bytes that the program is to read, and forgets them.
func (t *Terminal) AppendReplies(dst []byte) []byte { return dst }

// AppendEvents appends the events since the last call, and forgets them.
func (t *Terminal) AppendEvents(dst []Event) []Event { return dst }

// Resize changes the size of the screen. Zero is 80 columns, 24 rows. The
// text of the main screen is wrapped anew; the alternate screen is cut.
func (t *Terminal) Resize(cols, rows int) { t.cols, t.rows = cols, rows }

// Size returns the size of the screen.
func (t *Terminal) Size() (cols, rows int) { return t.cols, t.rows }

// Reset puts the terminal into its first state, as the sequence RIS does.
func (t *Terminal) Reset() {}

// Row returns row y of the screen that is shown, 0 at the top.
func (t *Terminal) Row(y int) Row { return Row{} }

// Cell returns the cell in column x of row y, both from 0.
func (t *Terminal) Cell(x, y int) Cell { return t.Row(y).Cell(x) }

// HistoryLen returns how many rows have left the screen and are still known.
func (t *Terminal) HistoryLen() int { return 0 }

// HistoryRow returns row i of the history, 0 being the oldest.
func (t *Terminal) HistoryRow(i int) Row { return Row{} }

// Line returns the number of row y, counted from the first row that the main
// screen ever had: it stays with a row when that scrolls up.
func (t *Terminal) Line(y int) uint64 { return 0 }

// Cursor returns the cursor.
func (t *Terminal) Cursor() Cursor { return Cursor{} }

// Title returns the title of the window (OSC 0 and 2).
func (t *Terminal) Title() string { return "" }

// IconName returns the name of the icon (OSC 0 and 1).
func (t *Terminal) IconName() string { return "" }

// Directory returns the URL of the working directory (OSC 7).
func (t *Terminal) Directory() string { return "" }

// AltScreen reports whether the alternate screen is shown.
func (t *Terminal) AltScreen() bool { return false }

// Link returns the address and the id of a hyperlink in a Style. It reports
// false if there are so many links that this one was forgotten.
func (t *Terminal) Link(n uint32) (uri, id string, ok bool) { return "", "", false }

// ModeState is the state of a mode, in the numbers of DECRQM.
type ModeState uint8

// The states of modes.
const (
	ModeUnknown     ModeState = iota // 0: there is no such mode
	ModeSet                          // 1
	ModeReset                        // 2
	ModeAlwaysSet                    // 3
	ModeAlwaysReset                  // 4
)

// Mode returns the state of a mode: private ones are those of DECSET (CSI ? n h),
// others those of SM (CSI n h).
func (t *Terminal) Mode(private bool, n int) ModeState { return ModeUnknown }
