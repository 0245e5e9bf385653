package vt

// AppendText appends the screen as text: a line for each row, without the blanks
// at its end.
func (t *Terminal) AppendText(dst []byte) []byte {
	for y := range t.rows {
		dst = append(t.Row(y).AppendText(dst), '\n')
	}
	return dst
}

// AppendAccessible appends the screen as text for a screen reader: rows that
// run over are one line, what only draws lines and boxes is left out, several
// blanks are one, and there are no empty lines.
func (t *Terminal) AppendAccessible(dst []byte) []byte {
	start := len(dst)
	for y := range t.rows {
		r := t.Row(y)
		if !r.Wrapped() {
			dst = endLine(dst, start)
		}
		for _, c := range r.cells {
			ch := rune(c.index())
			drawn := c&cellCluster == 0 && (ch == 0 || ch >= 0x2500 && ch <= 0x259f || ch >= 0x23ba && ch <= 0x23bd)
			if !drawn && c&cellContent != ' ' {
				dst = appendCell(dst, c, r.clusters)
				continue
			}
			if n := len(dst); n > start && dst[n-1] != ' ' && dst[n-1] != '\n' {
				dst = append(dst, ' ')
			}
		}
	}
	return endLine(dst, start)
}

// endLine ends the line that dst ends with, if it is not empty.
func endLine(dst []byte, start int) []byte {
	for len(dst) > start && dst[len(dst)-1] == ' ' {
		dst = dst[:len(dst)-1]
	}
	if len(dst) > start && dst[len(dst)-1] != '\n' {
		dst = append(dst, '\n')
	}
	return dst
}
