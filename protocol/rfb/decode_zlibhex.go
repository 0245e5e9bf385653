package rfb

// zlibHexDecoder reads EncodingZlibHex: Hextile whose squares may be
// compressed, raw ones in one zlib stream and others in a second one.
type zlibHexDecoder struct {
	hextile    hextileDecoder
	raw, other *inflater
}

func (d *zlibHexDecoder) begin(t *target) { d.hextile.begin(t) }

func (d *zlibHexDecoder) decode(t *target, p []byte) (n int, done bool, err error) {
	for {
		tile, ok := d.hextile.tiles.tile(t.rect)
		if !ok {
			return n, true, nil
		}
		r := reader{p: p[n:]}
		if err := d.draw(t, &r, tile); r.short || err != nil {
			return n, false, err
		}
		n += r.at
		d.hextile.tiles.next(t.rect)
	}
}

func (d *zlibHexDecoder) draw(t *target, r *reader, tile Rect) error {
	parts := r.byte()
	if parts&(hextileZlibRaw|hextileZlib) == 0 || parts&hextileRaw != 0 {
		return d.hextile.draw(t, r, tile, parts)
	}
	var size int
	if head := r.take(2); head != nil {
		size = u16(head)
	}
	data := r.take(size)
	if r.short {
		return nil
	}
	z, most := &d.other, hextileMax
	if parts&hextileZlibRaw != 0 {
		z, most = &d.raw, tile.Area()*t.pixels.Size()
	}
	if *z == nil {
		*z = newInflater()
	}
	(*z).in = data
	content, err := (*z).peek(most)
	if err != nil {
		return err
	}
	inner := reader{p: content}
	if parts&hextileZlibRaw != 0 {
		drawTile(t.fb, tile, t.pixels, inner.take(most))
	} else if err := d.hextile.draw(t, &inner, tile, parts); err != nil {
		return err
	}
	if inner.short {
		return ErrMalformed // all of the tile was there
	}
	(*z).take(inner.at)
	return (*z).finish()
}
