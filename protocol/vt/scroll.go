package vt

// scrollUp moves the rows from top to bot-1 up by n, between the side margins.
// What leaves the main screen at its top goes to the history if keep is set.
func (t *Terminal) scrollUp(top, bot, n int, keep bool) {
	n = min(n, bot-top)
	if t.left > 0 || t.right < t.cols {
		t.copyRows(top, bot, n)
		return
	}
	if keep && top == 0 && t.g == &t.main {
		for y := range n {
			t.keepRow(y)
		}
		t.base += uint64(n)
	}
	t.g.rotateUp(top, bot, n)
	b := t.eraser()
	for y := bot - n; y < bot; y++ {
		t.g.clearRow(y, b, t.gen)
		if top == 0 && b == 0 {
			t.g.startDraft(y)
		}
	}
	t.noteScroll(top, bot, n)
	if top > 0 || !keep || t.g == &t.alt {
		t.unwrap(top)
	}
	t.unwrap(bot)
}

// unwrap makes row y one that does not continue the row above, because that is
// another one now.
func (t *Terminal) unwrap(y int) {
	if y < t.rows && t.g.info(y).wrapped {
		t.g.info(y).wrapped, t.g.info(y).gen = false, t.gen
	}
}

// scrollDown is the opposite.
func (t *Terminal) scrollDown(top, bot, n int) {
	n = min(n, bot-top)
	if t.left > 0 || t.right < t.cols {
		t.copyRows(top, bot, -n)
		return
	}
	t.g.rotateDown(top, bot, n)
	b := t.eraser()
	for y := top; y < top+n; y++ {
		t.g.clearRow(y, b, t.gen)
	}
	t.noteScroll(top, bot, -n)
	t.unwrap(top + n)
	t.unwrap(bot)
}

// copyRows moves what is between the side margins up by n, or down if n is
// negative.
func (t *Terminal) copyRows(top, bot, n int) {
	b := t.eraser()
	for y := top; y < bot; y++ {
		row := t.row(y)
		cutLeft(row, t.left)
		cutLeft(row, t.right)
		t.g.info(y).gen = t.gen
	}
	move := func(to int) {
		row := t.row(to)[t.left:t.right]
		if from := to + n; from >= top && from < bot {
			copy(row, t.peek(from)[t.left:t.right])
		} else {
			fill(row, b)
		}
	}
	if n > 0 {
		for y := top; y < bot; y++ {
			move(y)
		}
		return
	}
	for y := bot - 1; y >= top; y-- {
		move(y)
	}
}
