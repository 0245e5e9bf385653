package rfb

// overdraw bounds the work that a rectangle of few bytes can ask for: the
// pixels of its subrectangles are at most so many times its own. Encoders have
// no reason to draw a pixel twice.
const overdraw = 16

// rreDecoder reads EncodingRRE: a background, and subrectangles of one color
// (RFC 6143 section 7.7.3).
type rreDecoder struct {
	started bool
	left    uint32 // subrectangles to come
	pixels  int    // that they may still have
}

func (d *rreDecoder) begin(*target) { d.started = false }

func (d *rreDecoder) decode(t *target, p []byte) (n int, done bool, err error) {
	return d.decodeSized(t, p, 8, func(q []byte) Rect { return parseRect(q) })
}

// decodeSized reads subrectangles of which size bytes are the area.
func (d *rreDecoder) decodeSized(t *target, p []byte, size int, area func([]byte) Rect) (n int, done bool, err error) {
	pixel := t.pixels.Size()
	if !d.started {
		if len(p) < 4+pixel {
			return 0, false, nil
		}
		// More subrectangles than pixels have no place.
		if d.left = u32(p); uint64(d.left) > uint64(t.rect.Area()) {
			return 0, false, ErrMalformed
		}
		t.fb.Fill(t.rect, t.pixels.RGBA(p[4:]))
		n, d.started, d.pixels = 4+pixel, true, overdraw*t.rect.Area()
	}
	for ; d.left > 0 && len(p)-n >= pixel+size; d.left-- {
		r := area(p[n+pixel:])
		if d.pixels -= r.Area(); !t.inside(r) || d.pixels < 0 {
			return n, false, ErrMalformed
		}
		color := t.pixels.RGBA(p[n:])
		r.X, r.Y = r.X+t.rect.X, r.Y+t.rect.Y
		t.fb.Fill(r, color)
		n += pixel + size
	}
	return n, d.left == 0, nil
}
