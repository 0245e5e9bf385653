package rfb

// Kinds of rectangles of Tight, the upper four bits of the control byte. Less
// than kindFill is the basic compression: two bits for one of four zlib streams,
// one that says that a filter is named.
const (
	kindFilter = 4
	kindFill   = 8
	kindJPEG   = 9
	kindPNG    = 10

	filterCopy     = 0
	filterPalette  = 1
	filterGradient = 2
)

// tightDecoder reads EncodingTight and EncodingTightPNG.
type tightDecoder struct {
	png bool // whether PNG is allowed

	streams [4]*inflater
	headed  bool // the parts before the content are read
	kind    byte
	filter  byte
	zlibRect
	plain   bool // content is not compressed
	y       int
	colors  int
	palette [256][4]byte
	// The row before, three intensities for each pixel: gradient only.
	above []uint16
}

func (d *tightDecoder) begin(*target) {
	d.headed, d.y, d.plain, d.left = false, 0, false, 0
}

func (d *tightDecoder) decode(t *target, p []byte) (n int, done bool, err error) {
	if !d.headed {
		r := reader{p: p}
		if done, err = d.head(t, &r); r.short || err != nil {
			return 0, false, err
		}
		if done {
			return r.at, true, nil
		}
		n, d.headed = r.at, true
	}
	switch {
	case d.kind >= kindJPEG:
		if len(p)-n < d.left {
			return n, false, nil
		}
		err = drawPicture(t, p[n:n+d.left], d.kind == kindPNG)
		return n + d.left, err == nil, err
	case d.plain:
		return d.decodePlain(t, p, n)
	}
	chunk := p[n:min(len(p), n+d.left)]
	d.feed(chunk)
	n += len(chunk)
	size := d.rowSize(t)
	for size > 0 && d.y < t.rect.Height {
		row, err := d.z.peek(size)
		if err != nil {
			return n, false, err
		}
		if len(row) < size {
			return n, false, d.starved()
		}
		if err := d.drawRow(t, row); err != nil {
			return n, false, err
		}
		d.z.take(size)
	}
	return n, d.left == 0, d.z.finish()
}

func (d *tightDecoder) decodePlain(t *target, p []byte, n int) (int, bool, error) {
	size := d.rowSize(t)
	if len(p)-n < size*t.rect.Height {
		return n, false, nil
	}
	for ; size > 0 && d.y < t.rect.Height; n += size {
		if err := d.drawRow(t, p[n:n+size]); err != nil {
			return n, false, err
		}
	}
	return n, true, nil
}

// head reads what comes before the content. If that is short, nothing has
// changed. A fill is done with it.
func (d *tightDecoder) head(t *target, r *reader) (done bool, err error) {
	control := r.byte()
	d.kind, d.filter = control>>4, filterCopy
	switch {
	case d.kind == kindFill:
		if color := r.color(t.tpixels); !r.short {
			d.endStreams(control)
			t.fb.Fill(t.rect, color)
		}
		return !r.short, nil
	case d.kind == kindJPEG, d.kind == kindPNG && d.png:
		if d.left = compactLength(r); !r.short {
			d.endStreams(control)
		}
		return false, nil
	case d.kind > kindFill:
		return false, ErrMalformed
	}
	if d.kind&kindFilter != 0 {
		d.filter = r.byte()
	}
	if err := d.readFilter(t, r); err != nil {
		return false, err
	}
	size := d.rowSize(t) * t.rect.Height
	if d.plain = size < tightLeast; d.plain {
		if !r.short {
			d.endStreams(control)
		}
		return false, nil
	}
	length := compactLength(r)
	if r.short {
		return false, nil
	}
	if length > maxDeflated(size) {
		return false, ErrTooLarge
	}
	d.endStreams(control)
	z := &d.streams[d.kind&3]
	if *z == nil {
		*z = newInflater()
	}
	d.z = *z
	d.set(length)
	return false, nil
}

func (d *tightDecoder) endStreams(control byte) {
	for i, z := range d.streams {
		if control&(1<<i) != 0 && z != nil {
			z.reset()
		}
	}
}

// readFilter reads the palette, and prepares for a gradient.
func (d *tightDecoder) readFilter(t *target, r *reader) error {
	switch d.filter {
	case filterCopy:
	case filterPalette:
		d.colors = int(r.byte()) + 1
		size := t.tpixels.Size()
		p := r.take(d.colors * size)
		if p == nil {
			return nil
		}
		for i := range d.colors {
			d.palette[i] = t.tpixels.RGBA(p[i*size:])
		}
	case filterGradient:
		if t.tpixels.Size() == 1 || !t.format.TrueColor {
			return ErrMalformed // it needs three intensities
		}
		if n := 3 * t.rect.Width; n > len(d.above) {
			d.above = make([]uint16, n)
		}
		clear(d.above)
	default:
		return ErrMalformed
	}
	return nil
}

// rowSize returns the bytes of a row of the content.
func (d *tightDecoder) rowSize(t *target) int {
	if d.filter != filterPalette {
		return t.rect.Width * t.tpixels.Size()
	}
	if d.colors <= 2 {
		return (t.rect.Width + 7) / 8
	}
	return t.rect.Width
}

func (d *tightDecoder) drawRow(t *target, p []byte) error {
	row := t.row(d.y)
	d.y++
	switch d.filter {
	case filterPalette:
		return d.drawIndexes(row, p)
	case filterGradient:
		d.drawGradient(t.tpixels, row, p)
	default:
		t.tpixels.ToRGBA(row, p)
	}
	return nil
}

func (d *tightDecoder) drawIndexes(row, p []byte) error {
	for x := 0; 4*x < len(row); x++ {
		var i int
		if d.colors <= 2 {
			i = int(p[x/8] >> (7 - x%8) & 1)
		} else {
			i = int(p[x])
		}
		if i >= d.colors {
			return ErrMalformed
		}
		*(*[4]byte)(row[4*x:]) = d.palette[i]
	}
	return nil
}

// drawGradient adds each intensity to what those to the left, above, and above
// to the left foretell.
func (d *tightDecoder) drawGradient(pixels *Pixels, row, p []byte) {
	var left, corner [3]int
	for x := 0; 4*x < len(row); x++ {
		v := pixels.load(p[x*pixels.size:])
		above := d.above[3*x : 3*x+3]
		for c := range 3 {
			top, limit := int(above[c]), int(pixels.max[c])
			guess := min(max(left[c]+top-corner[c], 0), limit)
			left[c] = (guess + int(v>>pixels.shift[c])) & limit
			corner[c], above[c] = top, uint16(left[c])
			row[4*x+c] = pixels.intensity(c, uint32(left[c])<<pixels.shift[c])
		}
		row[4*x+3] = 255
	}
}

// compactLength reads a length of up to 22 bits: seven, seven and eight, the
// lowest first; a bit says that more follow.
func compactLength(r *reader) int {
	b := int(r.byte())
	n := b & 0x7f
	if b&0x80 == 0 {
		return n
	}
	b = int(r.byte())
	n |= b & 0x7f << 7
	if b&0x80 == 0 {
		return n
	}
	return n | int(r.byte())<<14
}
