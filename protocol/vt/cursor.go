package vt

// CursorShape is what the cursor looks like (DECSCUSR).
type CursorShape uint8

// The shapes of a cursor.
const (
	CursorBlock CursorShape = iota
	CursorUnderline
	CursorBar
)

// A Cursor is where the next character goes, and what the cursor looks like.
type Cursor struct {
	X, Y    int  // column and row, from 0; inside the screen
	Pending bool // a character went to the last column: the next one wraps first
	Visible bool
	Blink   bool
	Shape   CursorShape
	Style   Style // of the next character
}
