package rfb

// maxCursorSide bounds cursors, in pixels.
const maxCursorSide = 512

// cursorSize returns ErrTooLarge for a cursor that is.
func cursorSize(r Rect) error {
	if r.Width > maxCursorSide || r.Height > maxCursorSide {
		return ErrTooLarge
	}
	return nil
}

func newCursor(r Rect) *Cursor {
	return &Cursor{Width: r.Width, Height: r.Height, HotX: r.X, HotY: r.Y, Pix: make([]byte, 4*r.Area())}
}

// mask makes those pixels opaque that have a bit, and the others transparent
// and black. Rows of bits begin at a byte.
func (c *Cursor) mask(bits []byte) {
	stride := (c.Width + 7) / 8
	for y := range c.Height {
		for x := range c.Width {
			pixel := c.Pix[4*(y*c.Width+x):][:4]
			if bits[y*stride+x/8]>>(7-x%8)&1 == 0 {
				clear(pixel)
			} else {
				pixel[3] = 255
			}
		}
	}
}

// readCursor reads EncodingCursor: pixels, and a mask (RFC 6143 section
// 7.8.1).
func (c *Client) readCursor(r Rect) (Event, error) {
	if err := cursorSize(r); err != nil {
		return Event{}, err
	}
	pixels := r.Area() * c.target.pixels.Size()
	p := c.next(pixels + (r.Width+7)/8*r.Height)
	if p == nil {
		return Event{}, errMore
	}
	cursor := newCursor(r)
	c.target.pixels.ToRGBA(cursor.Pix, p[:pixels])
	cursor.mask(p[pixels:])
	return Event{Kind: EventCursor, Cursor: cursor}, nil
}

// readXCursor reads EncodingXCursor: two colors, bits that choose between
// them, and a mask. An empty one has nothing.
func (c *Client) readXCursor(r Rect) (Event, error) {
	if err := cursorSize(r); err != nil {
		return Event{}, err
	}
	if r.Empty() {
		return Event{Kind: EventCursor, Cursor: newCursor(r)}, nil
	}
	stride := (r.Width + 7) / 8
	p := c.next(6 + 2*stride*r.Height)
	if p == nil {
		return Event{}, errMore
	}
	cursor := newCursor(r)
	bits := p[6:]
	for i := range r.Area() {
		x, y := i%r.Width, i/r.Width
		color := p[3:6]
		if bits[y*stride+x/8]>>(7-x%8)&1 == 1 {
			color = p[:3]
		}
		copy(cursor.Pix[4*i:], color)
	}
	cursor.mask(bits[stride*r.Height:])
	return Event{Kind: EventCursor, Cursor: cursor}, nil
}

// An alphaCursor is a cursor with alpha that has begun to arrive.
type alphaCursor struct {
	cursor  *Cursor
	target  *target
	decoder decoder
}

// readAlphaCursor reads EncodingCursorWithAlpha: an encoding, and in it pixels
// of RGBA.
func (c *Client) readAlphaCursor(r Rect) (Event, error) {
	if c.alpha.cursor == nil {
		if err := cursorSize(r); err != nil {
			return Event{}, err
		}
		p := c.next(4)
		if p == nil {
			return Event{}, errMore
		}
		d := c.decoderOf(Encoding(u32(p)))
		if d == nil {
			return Event{}, unknownEncoding(Encoding(u32(p)))
		}
		cursor := newCursor(r)
		fb := &Framebuffer{Width: r.Width, Height: r.Height, Pix: cursor.Pix}
		a := alphaPixels
		c.alpha = alphaCursor{cursor, &target{fb: fb, rect: fb.Bounds(), format: PixelFormatRGBA, pixels: a, cpixels: a, tpixels: a}, d}
		// All bytes count, so nothing is left out of a pixel.
		c.alpha.target.format.Depth = 32
		d.begin(c.alpha.target)
	}
	n, done, err := c.alpha.decoder.decode(c.alpha.target, c.in)
	c.in = c.in[n:]
	if err != nil {
		return Event{}, err
	}
	if !done {
		return Event{}, errMore
	}
	cursor := c.alpha.cursor
	c.alpha = alphaCursor{}
	return Event{Kind: EventCursor, Cursor: cursor}, nil
}

// alphaPixels takes RGBA as it is.
var alphaPixels = func() *Pixels {
	f := PixelFormatRGBA
	f.Depth = 32
	p := newPixels(f, nil, 4, 0)
	p.alpha = true
	return p
}()
