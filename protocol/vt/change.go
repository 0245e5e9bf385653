package vt

// A Scroll says that rows Top to Bottom-1 moved up by Lines, or down if it is
// negative, and that blank rows took the freed places.
type Scroll struct {
	Top, Bottom int
	Lines       int
}

// Generation returns a number that grows with every Write and Resize. A viewer
// that remembers it can later ask for what has changed since.
func (t *Terminal) Generation() uint64 { return 0 }

// RowGeneration returns the generation in which row y last changed. Moving a
// row does not change it; see AppendScrolls.
func (t *Terminal) RowGeneration(y int) uint64 { return 0 }

// AppendScrolls appends the moves of rows since a generation, oldest first. A
// viewer makes them, then replaces the rows whose generation is newer. It
// reports false if the moves are no longer known or the screen is another one:
// then all rows are to be replaced.
func (t *Terminal) AppendScrolls(dst []Scroll, since uint64) ([]Scroll, bool) { return dst, false }
