package vt

// Tab stops are one bit per column.

// resetTabs sets a stop every eight columns.
func (t *Terminal) resetTabs() {
	for i := range t.tabs {
		t.tabs[i] = 0x0101010101010101
	}
}

func (t *Terminal) setTab(x int) { t.tabs[x/64] |= 1 << (x % 64) }

func (t *Terminal) isTab(x int) bool { return t.tabs[x/64]&(1<<(x%64)) != 0 }

// clearTabs is CSI Ps g, TBC.
func (t *Terminal) clearTabs() {
	switch t.parser.par.get(0, 0) {
	case 0:
		t.tabs[t.x/64] &^= 1 << (t.x % 64)
	case 3:
		clear(t.tabs[:])
	}
}

// tab is HT and CSI Ps I, CHT: the cursor moves to the next stop, at most to
// the right margin or the edge.
func (t *Terminal) tab(n int) {
	end := t.rowEnd(t.x, t.y) - 1
	for ; n > 0 && t.x < end; n-- {
		for t.x++; t.x < end && !t.isTab(t.x); {
			t.x++
		}
	}
}

// backTab is CSI Ps Z, CBT: the cursor moves to the stop before.
func (t *Terminal) backTab(n int) {
	t.wrapNext = false
	start := 0
	if t.modes&modeOrigin != 0 && t.x >= t.left {
		start = t.left
	}
	for ; n > 0 && t.x > start; n-- {
		for t.x--; t.x > start && !t.isTab(t.x); {
			t.x--
		}
	}
}
