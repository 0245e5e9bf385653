package rfb

// zrleDecoder reads EncodingZRLE: squares of 64 pixels in a zlib stream (RFC
// 6143 section 7.7.6).
type zrleDecoder struct {
	tileDecoder
	zlibRect
}

func (d *zrleDecoder) begin(*target) {
	d.tiles, d.started = tiles{side: zrleSide}, false
}

func (d *zrleDecoder) decode(t *target, p []byte) (n int, done bool, err error) {
	n, ok, err := d.start(p, maxDeflated(maxZRLE(t.rect, t.cpixels.Size())))
	if !ok || err != nil {
		return n, false, err
	}
	chunk := p[n:min(len(p), n+d.left)]
	d.feed(chunk)
	n += len(chunk)
	for {
		tile, ok := d.tile(t.rect)
		if !ok {
			return n, d.left == 0, d.z.finish()
		}
		content, err := d.z.peek(zrleMax)
		if err != nil {
			return n, false, err
		}
		r := reader{p: content}
		if err := d.draw(t, &r, tile); err != nil {
			return n, false, err
		}
		if r.short {
			return n, false, d.starved()
		}
		d.z.take(r.at)
		d.next(t.rect)
	}
}

// maxZRLE returns how many bytes the squares of a rectangle can have.
func maxZRLE(r Rect, pixel int) int {
	across, down := (r.Width+zrleSide-1)/zrleSide, (r.Height+zrleSide-1)/zrleSide
	return across*down*(1+128*pixel) + r.Area()*(pixel+1)
}
