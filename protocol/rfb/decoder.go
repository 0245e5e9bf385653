package rfb

// A decoder draws the rectangles of one encoding. It keeps what must live as
// long as the connection, like the dictionary of a zlib stream.
type decoder interface {
	// begin is called once for each rectangle.
	begin(t *target)
	// decode draws what p begins with, and returns how many bytes it has used
	// and whether the rectangle is complete. If it is not, decode is called
	// again with what is left and more.
	decode(t *target, p []byte) (n int, done bool, err error)
}

// A target is what a decoder draws into.
type target struct {
	fb     *Framebuffer
	rect   Rect // lies inside of fb
	source Rect // what EncodingCopyRect has copied, inside of fb too
	format PixelFormat
	pixels *Pixels
	// For encodings with pixels of their own.
	cpixels, tpixels *Pixels
}

// newTarget returns a target for a framebuffer and a format.
func newTarget(fb *Framebuffer, f PixelFormat, m ColorMap) (*target, error) {
	t := &target{fb: fb}
	return t, t.setFormat(f, m)
}

func (t *target) setFormat(f PixelFormat, m ColorMap) (err error) {
	t.format = f
	if t.pixels, err = NewPixels(f, m); err != nil {
		return err
	}
	if t.cpixels, err = NewCPixels(f, m); err != nil {
		return err
	}
	t.tpixels, err = NewTPixels(f, m)
	return err
}

// inside reports whether an area, relative to the rectangle, lies in it.
func (t *target) inside(r Rect) bool {
	return r.X+r.Width <= t.rect.Width && r.Y+r.Height <= t.rect.Height
}

// row returns the bytes of a whole row of the rectangle.
func (t *target) row(y int) []byte {
	return t.fb.Row(t.rect.X, t.rect.Y+y, t.rect.Width)
}

// drawRows converts whole rows from p, from row y on, and returns their number.
func (t *target) drawRows(y int, p []byte) int {
	size := t.rect.Width * t.pixels.Size()
	n := min(len(p)/size, t.rect.Height-y)
	for i := range n {
		t.pixels.ToRGBA(t.row(y+i), p[i*size:(i+1)*size])
	}
	return n
}

// A reader takes values from bytes until they do not suffice. Then short is set,
// and what is returned, then and later, has no meaning.
type reader struct {
	p     []byte
	at    int
	short bool
}

func (r *reader) byte() byte {
	if r.short || r.at >= len(r.p) {
		r.short = true
		return 0
	}
	r.at++
	return r.p[r.at-1]
}

// take returns the next n bytes, or nil.
func (r *reader) take(n int) []byte {
	if r.short || n > len(r.p)-r.at {
		r.short = true
		return nil
	}
	r.at += n
	return r.p[r.at-n : r.at]
}

// color returns the next pixel's color.
func (r *reader) color(p *Pixels) [4]byte {
	if q := r.take(p.size); q != nil {
		return p.RGBA(q)
	}
	return [4]byte{}
}
