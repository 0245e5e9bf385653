package rfb

// hextileMax is the largest content of a tile: 255 subrectangles of four
// bytes for the color and two for the area, and two colors.
const hextileMax = 1 + 255*(4+2) + 2*4

// hextileDecoder reads EncodingHextile: squares of 16 pixels, which are raw or
// a background with subrectangles. It draws a square when it is there as a
// whole.
type hextileDecoder struct {
	tiles      tiles
	background [4]byte // of the square before, as long as none is given
	foreground [4]byte
}

func (d *hextileDecoder) begin(*target) {
	*d = hextileDecoder{tiles: tiles{side: hextileSide}}
}

func (d *hextileDecoder) decode(t *target, p []byte) (n int, done bool, err error) {
	for {
		tile, ok := d.tiles.tile(t.rect)
		if !ok {
			return n, true, nil
		}
		r := reader{p: p[n:]}
		if err := d.draw(t, &r, tile, r.byte()); r.short || err != nil {
			return n, false, err
		}
		n += r.at
		d.tiles.next(t.rect)
	}
}

// draw reads the content of a square. If that is short, nothing has happened
// that would not happen again.
func (d *hextileDecoder) draw(t *target, r *reader, tile Rect, parts byte) error {
	if r.short {
		return nil
	}
	if parts&hextileRaw != 0 {
		drawTile(t.fb, tile, t.pixels, r.take(tile.Area()*t.pixels.Size()))
		return nil
	}
	background, foreground := d.background, d.foreground
	if parts&hextileBackground != 0 {
		background = r.color(t.pixels)
	}
	if parts&hextileForeground != 0 {
		foreground = r.color(t.pixels)
	}
	count := 0
	if parts&hextileSubrects != 0 {
		count = int(r.byte())
	}
	size := 2
	if parts&hextileColored != 0 {
		size += t.pixels.Size()
	}
	subrects := r.take(count * size)
	if r.short {
		return nil
	}
	d.background, d.foreground = background, foreground
	t.fb.Fill(tile, background)
	for ; len(subrects) > 0; subrects = subrects[size:] {
		if size > 2 {
			foreground = t.pixels.RGBA(subrects)
		}
		at, dim := subrects[size-2], subrects[size-1]
		sub := Rect{int(at >> 4), int(at & 15), int(dim>>4) + 1, int(dim&15) + 1}
		if sub.X+sub.Width > tile.Width || sub.Y+sub.Height > tile.Height {
			return ErrMalformed
		}
		sub.X, sub.Y = sub.X+tile.X, sub.Y+tile.Y
		t.fb.Fill(sub, foreground)
	}
	return nil
}

// drawTile converts the pixels of an area; p has all of them, or is nil.
func drawTile(fb *Framebuffer, tile Rect, pixels *Pixels, p []byte) {
	if p == nil {
		return
	}
	size := tile.Width * pixels.Size()
	for y := range tile.Height {
		pixels.ToRGBA(fb.Row(tile.X, tile.Y+y, tile.Width), p[y*size:(y+1)*size])
	}
}
