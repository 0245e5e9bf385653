package rfb

// A zlibRect is the compressed part of a rectangle, whose length is announced.
// Its bytes go to the inflater as they come.
type zlibRect struct {
	z       *inflater
	started bool
	left    int // bytes that have not come
}

// maxDeflated returns how long a compressed form of so many bytes can be. The
// worst that an encoder does is to store them, with some bytes for each block
// and each flush; an eighth is more than generous.
func maxDeflated(size int) int { return size + size/8 + 4096 }

// start reads the length, of 32 bits. It reports false if p is too short.
func (s *zlibRect) start(p []byte, limit int) (n int, ok bool, err error) {
	if s.started {
		return 0, true, nil
	}
	if len(p) < 4 {
		return 0, false, nil
	}
	if uint64(u32(p)) > uint64(limit) {
		return 0, false, ErrTooLarge
	}
	s.set(int(u32(p)))
	return 4, true, nil
}

// set starts with a length that is known.
func (s *zlibRect) set(length int) {
	if s.z == nil {
		s.z = newInflater()
	}
	s.left, s.started = length, true
}

// feed lends the inflater what belongs to it of p.
func (s *zlibRect) feed(p []byte) {
	s.z.in = p[:min(len(p), s.left)]
	s.left -= len(s.z.in)
}

// zlibDecoder reads EncodingZlib: raw pixels in a zlib stream.
type zlibDecoder struct {
	zlibRect
	y int
}

func (d *zlibDecoder) begin(*target) { d.started, d.y = false, 0 }

func (d *zlibDecoder) decode(t *target, p []byte) (n int, done bool, err error) {
	size := t.rect.Width * t.pixels.Size()
	n, ok, err := d.start(p, maxDeflated(size*t.rect.Height))
	if !ok || err != nil {
		return n, false, err
	}
	chunk := p[n:min(len(p), n+d.left)]
	d.feed(chunk)
	n += len(chunk)
	for size > 0 && d.y < t.rect.Height {
		row, err := d.z.peek(size)
		if err != nil {
			return n, false, err
		}
		if len(row) < size {
			return n, false, d.starved()
		}
		d.y += t.drawRows(d.y, row)
		d.z.take(size)
	}
	return n, d.left == 0, d.z.finish()
}

// starved returns an error if nothing more will come.
func (s *zlibRect) starved() error {
	if s.left == 0 {
		return ErrMalformed
	}
	return nil
}
