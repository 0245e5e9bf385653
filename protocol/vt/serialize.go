package vt

import "errors"

// ErrDiff is the error of Apply for bytes that AppendDiff cannot have made for
// a terminal in this state.
var ErrDiff = errors.New("vt: malformed diff")

// AppendANSI appends a stream that brings another terminal of the same size from
// generation since to the present state. Zero repaints everything.
func (t *Terminal) AppendANSI(dst []byte, since uint64) []byte { return dst }

// AppendSnapshot appends a stream that brings any terminal of the same size to
// this state, with the last rows of the history in its scrollback.
func (t *Terminal) AppendSnapshot(dst []byte, history int) []byte { return dst }

// AppendRowJSON appends row y as a JSON object.
func (t *Terminal) AppendRowJSON(dst []byte, y int) []byte { return dst }

// AppendDiff appends what has changed since a generation, for Apply. Zero is
// everything.
func (t *Terminal) AppendDiff(dst []byte, since uint64) []byte { return dst }

// Apply makes a terminal equal to the one that made the diff.
func (t *Terminal) Apply(diff []byte) error { return nil }

// AppendText appends the screen as text: one line per row, without the blanks at
// the ends.
func (t *Terminal) AppendText(dst []byte) []byte { return dst }

// AppendAccessible appends the screen as text for a screen reader: rows that
// were wrapped are one line, drawn lines and blanks are left out.
func (t *Terminal) AppendAccessible(dst []byte) []byte { return dst }
