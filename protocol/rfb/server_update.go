package rfb

import "encoding/binary"

// maxFences is how many updates may be under way to a client with continuous
// updates: it gets the next one when it has answered.
const maxFences = 2

// maxRects is how many rectangles an update may have.
const maxRects = UnknownRects - 1

// An areaCopy says that r has become what was at x, y.
type areaCopy struct {
	r    Rect
	x, y int
}

// Damage says that the pixels of an area have changed. It is sent when the
// client asks, as it looks then: however many changes there were meanwhile,
// there is one newest state.
func (s *Server) Damage(r Rect) { s.damage.add(r.Intersect(s.visible())) }

// visible is what the client sees, of a desktop that may have another size.
func (s *Server) visible() Rect { return Rect{0, 0, s.shown.width, s.shown.height} }

// Copy says that the pixels of r have become those that were at x, y, as when
// something scrolls. The client copies its own if what it has there is up to
// date; otherwise r is damaged.
func (s *Server) Copy(r Rect, x, y int) {
	source := Rect{x, y, r.Width, r.Height}
	if r.Empty() {
		return
	}
	if !s.listed[EncodingCopyRect] || r.Intersect(s.visible()) != r || source.Intersect(s.visible()) != source ||
		s.damage.meets(source) || s.inFlight.meets(source) || len(s.copies) == maxRegion || s.pending.size {
		s.Damage(r)
		return
	}
	s.damage.remove(r)
	s.copies = append(s.copies, areaCopy{r, x, y})
}

// WantsUpdate reports whether BeginUpdate would begin one.
func (s *Server) WantsUpdate() bool {
	if s.state != serverRunning || s.isUpdating || !s.asked {
		return false
	}
	if s.pending.size {
		return true
	}
	area, ok := s.area()
	return ok && (s.pending.any() || s.copiesMeet(area) || s.damage.meets(area))
}

// copiesMeet reports whether a part of an area has been copied.
func (s *Server) copiesMeet(area Rect) bool {
	for _, c := range s.copies {
		if !c.r.Intersect(area).Empty() {
			return true
		}
	}
	return false
}

// area returns where the client wants updates.
func (s *Server) area() (Rect, bool) {
	switch {
	case s.continuous && s.fences < maxFences:
		area := s.continuousR
		if s.waits {
			area = area.union(s.wanted)
		}
		return area.Intersect(s.visible()), true
	case s.continuous:
		return Rect{}, false
	}
	return s.wanted, s.waits
}

// An Update is a FramebufferUpdate that is being made.
type Update struct {
	encoder  *Encoder
	encoding Encoding
	head     []byte
	rects    []Rect
	next     int
	tail     []byte
}

// BeginUpdate begins an update if the client wants one and something has
// changed. The update belongs to the server and is valid until EndUpdate, which
// must follow; until then the server has no output.
func (s *Server) BeginUpdate() (*Update, bool) {
	if !s.WantsUpdate() {
		return nil, false
	}
	u := &s.update
	u.head, u.rects, u.next, u.tail = u.head[:0], u.rects[:0], 0, u.tail[:0]
	if u.encoder == nil {
		u.encoder = new(Encoder)
	}
	// The format was checked when it came.
	_ = u.encoder.SetPixelFormat(s.format)
	u.encoder.Quality, u.encoder.Level = s.quality, s.level
	u.encoding = s.encoding
	s.isUpdating = true
	if s.pending.size {
		// No pixels may come with it. A request still waits for them, or
		// whoever never asks for changes alone would get none.
		u.head = s.appendSize(AppendFramebufferUpdate(u.head, 1))
		return u, true
	}
	u.head = AppendFramebufferUpdate(u.head, 0)
	n := s.appendPseudoRects(u)
	area, _ := s.area()
	n += s.takeCopies(u, area)
	s.takeDamage(u, area, maxRects-n)
	n += len(u.rects)
	if s.config.LastRect && s.listed[EncodingLastRect] {
		n = UnknownRects
		u.tail = AppendRectHeader(u.tail, Rect{}, EncodingLastRect)
	}
	binary.BigEndian.PutUint16(u.head[2:], uint16(n))
	s.waits = false
	return u, true
}

// takeCopies appends the copies. They are made in their order, so if one lies
// outside of what is wanted, it and all behind it are pixels instead.
func (s *Server) takeCopies(u *Update, area Rect) (n int) {
	for _, c := range s.copies {
		if c.r.Intersect(area) != c.r {
			break
		}
		u.head = AppendRectHeader(u.head, c.r, EncodingCopyRect)
		u.head = binary.BigEndian.AppendUint16(u.head, uint16(c.x))
		u.head = binary.BigEndian.AppendUint16(u.head, uint16(c.y))
		n++
	}
	left := s.copies[n:]
	s.copies = s.copies[:0]
	for _, c := range left {
		s.damage.add(c.r)
	}
	return n
}

// takeDamage plans the rectangles of what has changed in an area.
func (s *Server) takeDamage(u *Update, area Rect, limit int) {
	s.inFlight.clear()
	for _, r := range s.damage.rects {
		r = r.Intersect(area)
		if r.Empty() {
			continue
		}
		before := len(u.rects)
		u.plan(r)
		if len(u.rects) > limit {
			u.rects = u.rects[:before]
			break
		}
		s.inFlight.rects = append(s.inFlight.rects, r)
	}
	for _, r := range s.inFlight.rects {
		s.damage.remove(r)
	}
}

// plan cuts an area into rectangles that the encoding can have.
func (u *Update) plan(r Rect) {
	w, h := MaxRect(u.encoding, r.Width)
	for y := 0; y < r.Height; y += h {
		for x := 0; x < r.Width; x += w {
			u.rects = append(u.rects, Rect{r.X + x, r.Y + y, min(w, r.Width-x), min(h, r.Height-y)})
		}
	}
}

// Encoder returns what writes the rectangles, whose fields may be changed
// before the first Append.
func (u *Update) Encoder() *Encoder { return u.encoder }

// Append appends the next part of the update, about a hundred thousand pixels
// at most, and reports whether there is more. It reads the picture as it is
// now.
func (u *Update) Append(dst []byte, p Picture) ([]byte, bool) {
	dst = append(dst, u.head...)
	u.head = u.head[:0]
	if u.next < len(u.rects) {
		dst = u.encoder.AppendRect(dst, u.encoding, p, u.rects[u.next])
		u.next++
	}
	if u.next < len(u.rects) {
		return dst, true
	}
	dst = append(dst, u.tail...)
	u.tail = u.tail[:0]
	return dst, false
}

// EndUpdate ends the update that BeginUpdate began, after all of it has been
// appended.
func (s *Server) EndUpdate() {
	s.isUpdating = false
	s.inFlight.clear()
	if !s.continuous || !s.listed[EncodingFence] {
		return
	}
	s.fences++
	s.fenceID++
	payload := binary.BigEndian.AppendUint32(nil, fenceMark)
	payload = binary.BigEndian.AppendUint32(payload, s.fenceID)
	s.out = AppendServerFence(s.out, FenceRequest|FenceBlockBefore, payload)
}

// Waiting reports whether the client has asked for an update that it has not
// got, or has continuous updates and is not behind.
func (s *Server) Waiting() bool {
	_, ok := s.area()
	return s.state == serverRunning && !s.isUpdating && ok
}

// SizePending reports whether the next update tells the client of a size, and
// so has no pixels.
func (s *Server) SizePending() bool { return s.pending.size }
