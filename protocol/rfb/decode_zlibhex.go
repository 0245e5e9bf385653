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
	if parts&hextileZlibRaw != 0 {
		return inflateTile(&d.raw, data, tile.Area()*t.pixels.Size(), func(r *reader) error {
			drawTile(t.fb, tile, t.pixels, r.take(tile.Area()*t.pixels.Size()))
			return nil
		})
	}
	return inflateTile(&d.other, data, hextileMax, func(r *reader) error {
		return d.hextile.draw(t, r, tile, parts)
	})
}

// inflateTile gives draw what data decompresses to, at most size bytes. All of
// it must be used.
func inflateTile(z **inflater, data []byte, size int, draw func(*reader) error) error {
	if *z == nil {
		*z = newInflater()
	}
	(*z).in = data
	p, err := (*z).peek(size)
	if err != nil {
		return err
	}
	r := reader{p: p}
	if err := draw(&r); err != nil {
		return err
	}
	if r.short {
		return ErrMalformed
	}
	(*z).take(r.at)
	return (*z).finish()
}
