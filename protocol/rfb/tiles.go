package rfb

// tiles walks over a rectangle in squares, row by row; those at the right and
// at the bottom may be smaller.
type tiles struct {
	side, x, y int
}

// tile returns the next square, in coordinates of the framebuffer. ok is false
// if there is none.
func (s *tiles) tile(r Rect) (tile Rect, ok bool) {
	if s.y >= r.Height || r.Width == 0 {
		return Rect{}, false
	}
	return Rect{r.X + s.x, r.Y + s.y, min(s.side, r.Width-s.x), min(s.side, r.Height-s.y)}, true
}

// next steps over the square that tile has returned.
func (s *tiles) next(r Rect) {
	if s.x += s.side; s.x >= r.Width {
		s.x = 0
		s.y += s.side
	}
}
