package rfb

// maxRegion is how many rectangles a region has before some are joined.
const maxRegion = 24

// A region is an area made of rectangles that do not overlap.
type region struct{ rects []Rect }

func (g *region) clear() { g.rects = g.rects[:0] }

// add makes r part of the region. If there are too many rectangles, the two
// that waste least are joined, so that the region may become too large, but
// never too small.
func (g *region) add(r Rect) {
	if r.Empty() {
		return
	}
	for _, s := range g.rects {
		if s.Intersect(r) == r {
			return
		}
	}
	g.remove(r)
	g.rects = append(g.rects, r)
	for len(g.rects) > maxRegion {
		g.join()
	}
}

// remove takes r out of the region.
func (g *region) remove(r Rect) {
	if r.Empty() {
		return
	}
	for i := 0; i < len(g.rects); {
		s := g.rects[i]
		in := s.Intersect(r)
		if in.Empty() {
			i++
			continue
		}
		last := len(g.rects) - 1
		g.rects[i] = g.rects[last]
		parts, n := s.around(in)
		g.rects = append(g.rects[:last], parts[:n]...)
		// What came to this place may be a part of s: it does not meet r, and
		// is looked at again for nothing.
	}
}

// around returns what is left of s without in, which lies in it: above, left,
// right, below.
func (s Rect) around(in Rect) (parts [4]Rect, n int) {
	for _, p := range [4]Rect{
		{s.X, s.Y, s.Width, in.Y - s.Y},
		{s.X, in.Y, in.X - s.X, in.Height},
		{in.X + in.Width, in.Y, s.X + s.Width - in.X - in.Width, in.Height},
		{s.X, in.Y + in.Height, s.Width, s.Y + s.Height - in.Y - in.Height},
	} {
		if !p.Empty() {
			parts[n] = p
			n++
		}
	}
	return parts, n
}

// join replaces two rectangles by the smallest one that has both, and takes
// what the others have of it away from them.
func (g *region) join() {
	bi, bj, least := 0, 1, -1
	for i, r := range g.rects {
		for j := i + 1; j < len(g.rects); j++ {
			s := g.rects[j]
			if waste := r.union(s).Area() - r.Area() - s.Area(); least < 0 || waste < least {
				bi, bj, least = i, j, waste
			}
		}
	}
	joined := g.rects[bi].union(g.rects[bj])
	// Others that it touches are swallowed whole: cutting them might leave as
	// many as before.
	for again := true; again; {
		again = false
		kept := g.rects[:0]
		for _, s := range g.rects {
			if s.Intersect(joined).Empty() {
				kept = append(kept, s)
				continue
			}
			if u := joined.union(s); u != joined {
				joined, again = u, true
			}
		}
		g.rects = kept
	}
	g.rects = append(g.rects, joined)
}

// union returns the smallest rectangle that has both.
func (r Rect) union(s Rect) Rect {
	if r.Empty() {
		return s
	}
	if s.Empty() {
		return r
	}
	x, y := min(r.X, s.X), min(r.Y, s.Y)
	return Rect{x, y, max(r.X+r.Width, s.X+s.Width) - x, max(r.Y+r.Height, s.Y+s.Height) - y}
}

// meets reports whether a part of r is in the region.
func (g *region) meets(r Rect) bool {
	for _, s := range g.rects {
		if !s.Intersect(r).Empty() {
			return true
		}
	}
	return false
}
