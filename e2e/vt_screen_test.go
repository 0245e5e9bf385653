package e2e_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A vtScreen is what an emulator shows and has said, in words that do not
// depend on the emulator.
type vtScreen struct {
	X       int            `json:"x"`
	Y       int            `json:"y"`
	Pending bool           `json:"pending"` // the next character wraps
	Rows    []vtRow        `json:"screen"`
	History []string       `json:"history"` // scrolled off, without attributes
	Styles  []string       `json:"styles"`  // that the rows number
	Modes   map[string]any `json:"modes"`
	Title   string         `json:"title"`
	Replies string         `json:"replies"`
	Bell    bool           `json:"bell"`
	Error   string         `json:"error"`
}

// A vtRow has one entry for each column. The right half of a wide character
// has the width 0.
type vtRow struct {
	Chars   []string
	Widths  []int
	Styles  []int
	Wrapped bool // goes on from the row above
}

// UnmarshalJSON reads what vt/xterm.mjs writes of a row: the texts with tabs in
// between, a digit for each width, and a character for each style, from "0" on.
func (r *vtRow) UnmarshalJSON(p []byte) error {
	var wire struct {
		Chars, Widths, Styles string
		Wrapped               bool
	}
	if err := json.Unmarshal(p, &wire); err != nil {
		return err
	}
	r.Chars, r.Wrapped = strings.Split(wire.Chars, "\t"), wire.Wrapped
	r.Widths, r.Styles = make([]int, 0, len(r.Chars)), make([]int, 0, len(r.Chars))
	for _, c := range wire.Widths {
		r.Widths = append(r.Widths, int(c-'0'))
	}
	for _, c := range wire.Styles {
		r.Styles = append(r.Styles, int(c-'0'))
	}
	if len(r.Widths) != len(r.Chars) || len(r.Styles) != len(r.Chars) {
		return fmt.Errorf("a row of %d texts, %d widths and %d styles", len(r.Chars), len(r.Widths), len(r.Styles))
	}
	return nil
}

// text is the row as it reads. Erased cells are spaces.
func (r vtRow) text() string {
	var b strings.Builder
	for x, c := range r.Chars {
		switch {
		case r.Widths[x] == 0:
		case c == "":
			b.WriteByte(' ')
		default:
			b.WriteString(c)
		}
	}
	return b.String()
}

func (s *vtScreen) text() string {
	var b strings.Builder
	for _, r := range s.Rows {
		b.WriteString(strings.TrimRight(r.text(), " ") + "\n")
	}
	return b.String()
}

// rowEqual is the quick way to tell that no cell of a row differs.
func (s *vtScreen) rowEqual(other *vtScreen, y int) bool {
	a, b := s.Rows[y], other.Rows[y]
	return slices.Equal(a.Chars, b.Chars) && slices.Equal(a.Widths, b.Widths) &&
		slices.EqualFunc(a.Styles, b.Styles, func(a, b int) bool { return s.Styles[a] == other.Styles[b] })
}

// cell describes one cell.
func (s *vtScreen) cell(x, y int) string {
	r := s.Rows[y]
	c := r.Chars[x]
	if c == "" && r.Widths[x] != 0 {
		c = " "
	}
	return fmt.Sprintf("%q width %d [%s]", c, r.Widths[x], s.Styles[r.Styles[x]])
}

// vtCompare returns how ours differs from theirs, a line each, nothing if it
// does not.
func vtCompare(ours, theirs *vtScreen) []string {
	var found []string
	note := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	if ours.X != theirs.X || ours.Y != theirs.Y || ours.Pending != theirs.Pending {
		note("cursor: ours %d,%d pending %v, theirs %d,%d pending %v", ours.X, ours.Y, ours.Pending, theirs.X, theirs.Y, theirs.Pending)
	}
	if ours.Title != theirs.Title {
		note("title: ours %q, theirs %q", ours.Title, theirs.Title)
	}
	if ours.Replies != theirs.Replies {
		note("replies: ours %q, theirs %q", ours.Replies, theirs.Replies)
	}
	if ours.Bell != theirs.Bell {
		note("bell: ours %v, theirs %v", ours.Bell, theirs.Bell)
	}
	for mode, v := range theirs.Modes {
		if ours.Modes[mode] != v {
			note("mode %s: ours %v, theirs %v", mode, ours.Modes[mode], v)
		}
	}
	return append(found, compareRows(ours, theirs)...)
}

// compareWraps returns which rows go on from the row above in one of the two
// only. That is what text is wrapped anew by.
func compareWraps(ours, theirs *vtScreen) []string {
	var found []string
	for y := range min(len(ours.Rows), len(theirs.Rows)) {
		if a, b := ours.Rows[y].Wrapped, theirs.Rows[y].Wrapped; a != b {
			found = append(found, fmt.Sprintf("row %d: goes on: ours %v, theirs %v", y, a, b))
		}
	}
	return found
}

func compareRows(ours, theirs *vtScreen) []string {
	if len(ours.Rows) != len(theirs.Rows) {
		return []string{fmt.Sprintf("rows: ours %d, theirs %d", len(ours.Rows), len(theirs.Rows))}
	}
	var found []string
	for y := range ours.Rows {
		if ours.rowEqual(theirs, y) {
			continue
		}
		if a, b := len(ours.Rows[y].Chars), len(theirs.Rows[y].Chars); a != b {
			found = append(found, fmt.Sprintf("row %d: ours has %d columns, theirs %d", y, a, b))
			continue
		}
		for x := range ours.Rows[y].Chars {
			if a, b := ours.cell(x, y), theirs.cell(x, y); a != b {
				found = append(found, fmt.Sprintf("cell %d,%d: ours %s, theirs %s", x, y, a, b))
			}
		}
	}
	if !slices.Equal(ours.History, theirs.History) {
		found = append(found, fmt.Sprintf("history: ours %q, theirs %q", ours.History, theirs.History))
	}
	return found
}
