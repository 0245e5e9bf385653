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
			place := g.order[y]
			if shown := g.drafts[place].shown; !isBlank(g.at(place)[shown:]) {
				return fmt.Errorf("row %d: something stands behind column %d", y, shown)
			}
			b := g.draftBytes(y)
			if b == nil {
				continue
			}
			if want := packRow(nil, Row{t.cells(g, y), *g.info(y), &t.styles, &t.clusters}); !bytes.Equal(b, want) {
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
		if t.main.draftBytes(y) != nil {
			n++
		}
	}
	return n
}
