package rfb

const (
	// zrleMax is the largest content of a square of ZRLE: each pixel a run of
	// its own, or a palette and as many indexes with a length.
	zrleMax = 1 + 128*4 + zrleSide*zrleSide*(4+1)
)

// tileDecoder draws the squares that TRLE and ZRLE consist of (RFC 6143
// sections 7.7.5 and 7.7.6).
type tileDecoder struct {
	tiles
	reuse   bool // of the palette before: TRLE only
	colors  int
	palette [128][4]byte
}

// draw reads one square. If its content is short, nothing has happened that
// would not happen again.
func (d *tileDecoder) draw(t *target, r *reader, tile Rect) error {
	kind := r.byte()
	if r.short {
		return nil
	}
	switch {
	case kind == 0:
		drawTile(t.fb, tile, t.cpixels, r.take(tile.Area()*t.cpixels.Size()))
		return nil
	case kind == 1:
		if color := r.color(t.cpixels); !r.short {
			t.fb.Fill(tile, color)
		}
		return nil
	case kind <= 16:
		d.readPalette(t, r, int(kind))
		return d.packed(t, r, tile)
	case kind == 127 && d.reuse && d.colors >= 2 && d.colors <= 16:
		return d.packed(t, r, tile)
	case kind == 128:
		return d.runs(t, r, tile)
	case kind == 129 && d.reuse && d.colors >= 2:
		return d.indexedRuns(t, r, tile)
	case kind >= 130:
		d.readPalette(t, r, int(kind)-128)
		return d.indexedRuns(t, r, tile)
	}
	return ErrMalformed
}

func (d *tileDecoder) readPalette(t *target, r *reader, colors int) {
	d.colors = colors
	size := t.cpixels.Size()
	if p := r.take(colors * size); p != nil {
		for i := range colors {
			d.palette[i] = t.cpixels.RGBA(p[i*size:])
		}
	}
}

// packed reads indexes of one, two or four bits. Rows begin at a byte.
func (d *tileDecoder) packed(t *target, r *reader, tile Rect) error {
	bits := 4
	if d.colors == 2 {
		bits = 1
	} else if d.colors <= 4 {
		bits = 2
	}
	stride := (tile.Width*bits + 7) / 8
	p := r.take(stride * tile.Height)
	if p == nil {
		return nil
	}
	mask := byte(1<<bits - 1)
	for y := range tile.Height {
		row := t.fb.Row(tile.X, tile.Y+y, tile.Width)
		line := p[y*stride:]
		for x := range tile.Width {
			at := x * bits
			i := line[at/8] >> (8 - bits - at%8) & mask
			if int(i) >= d.colors {
				return ErrMalformed
			}
			*(*[4]byte)(row[4*x:]) = d.palette[i]
		}
	}
	return nil
}

// runs reads colors, each with the length of its run.
func (d *tileDecoder) runs(t *target, r *reader, tile Rect) error {
	for at := 0; at < tile.Area(); {
		color := r.color(t.cpixels)
		length := runLength(r)
		if r.short {
			return nil
		}
		if length > tile.Area()-at {
			return ErrMalformed
		}
		fillRun(t.fb, tile, at, length, color)
		at += length
	}
	return nil
}

// indexedRuns reads indexes; the highest bit says that a length follows.
func (d *tileDecoder) indexedRuns(t *target, r *reader, tile Rect) error {
	for at := 0; at < tile.Area(); {
		i, length := r.byte(), 1
		if i&0x80 != 0 {
			length = runLength(r)
		}
		if r.short {
			return nil
		}
		if i &= 0x7f; int(i) >= d.colors || length > tile.Area()-at {
			return ErrMalformed
		}
		fillRun(t.fb, tile, at, length, d.palette[i])
		at += length
	}
	return nil
}

// runLength reads a length: one, and bytes to add up to the first that is not
// 255.
func runLength(r *reader) int {
	length := 1
	for {
		b := r.byte()
		length += int(b)
		if b != 255 {
			return length
		}
		if length > zrleSide*zrleSide { // longer than any square
			return length
		}
	}
}

// fillRun sets length pixels from pixel at of a square on, over its rows.
func fillRun(fb *Framebuffer, tile Rect, at, length int, color [4]byte) {
	x, y := at%tile.Width, at/tile.Width
	for length > 0 {
		n := min(length, tile.Width-x)
		if row := fb.Row(tile.X+x, tile.Y+y, n); n == 1 {
			*(*[4]byte)(row) = color
		} else {
			fillRow(row, color)
		}
		length -= n
		x, y = 0, y+1
	}
}

// trleDecoder reads EncodingTRLE: squares of 16 pixels.
type trleDecoder struct{ tileDecoder }

func (d *trleDecoder) begin(*target) {
	d.tiles, d.reuse, d.colors = tiles{side: trleSide}, true, 0
}

func (d *trleDecoder) decode(t *target, p []byte) (n int, done bool, err error) {
	for {
		tile, ok := d.tile(t.rect)
		if !ok {
			return n, true, nil
		}
		r := reader{p: p[n:]}
		if err := d.draw(t, &r, tile); r.short || err != nil {
			return n, false, err
		}
		n += r.at
		d.next(t.rect)
	}
}
