package vt

import (
	"bytes"
	"fmt"
)

// CheckDrafts checks that the drafts of rows are what packRow makes of their
// cells, and that nothing stands behind the ink.
func (t *Terminal) CheckDrafts() error {
	for _, g := range [...]*grid{&t.main, &t.alt} {
		for y := range g.order {
			if !isBlank(g.peek(y)[g.ink(y):]) {
				return fmt.Errorf("row %d: something stands behind column %d", y, g.ink(y))
			}
			b := g.draftBytes(g.order[y])
			if b == nil {
				continue
			}
			b[0] = packFlags(g.info(y))
			if want := packRow(nil, Row{g.peek(y), *g.info(y), &t.styles, &t.clusters}); !bytes.Equal(b, want) {
				return fmt.Errorf("row %d: the draft is %q, the cells are %q", y, b, want)
			}
		}
	}
	return nil
}

// Drafts returns how many rows of the main screen have a draft.
func (t *Terminal) Drafts() int {
	n := 0
	for y := range t.main.order {
		if t.main.draftBytes(t.main.order[y]) != nil {
			n++
		}
	}
	return n
}
