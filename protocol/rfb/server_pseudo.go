package rfb

import "encoding/binary"

// appendSize appends the rectangle with the desktop's size, and takes the
// client to know it from now on.
func (s *Server) appendSize(dst []byte) []byte {
	p := &s.pending
	r := Rect{Width: s.width, Height: s.height}
	if s.listed[EncodingExtendedDesktopSize] {
		r.X, r.Y = p.reason, p.status
		dst = AppendRectHeader(dst, r, EncodingExtendedDesktopSize)
		dst = AppendScreens(dst, s.screens)
	} else {
		dst = AppendRectHeader(dst, r, EncodingDesktopSize)
	}
	if s.width != s.shown.width || s.height != s.shown.height {
		s.waits = false // what the client has asked for is of the size before
		s.shown.width, s.shown.height = s.width, s.height
		s.copies = s.copies[:0]
		s.damage.clear()
		s.damage.add(s.visible())
	}
	p.size, p.reason, p.status = false, 0, 0
	return dst
}

// appendPseudoRects appends what is not about pixels and returns the number of
// rectangles.
func (s *Server) appendPseudoRects(u *Update) (n int) {
	p := &s.pending
	if p.cursor {
		u.head = s.appendCursor(u.head, u.encoder)
		n++
	}
	if p.name {
		u.head = appendString(AppendRectHeader(u.head, Rect{}, EncodingDesktopName), s.name)
		n++
	}
	if p.qemuKey {
		u.head = AppendRectHeader(u.head, Rect{}, EncodingQEMUExtendedKey)
		n++
	}
	if p.buttons {
		u.head = AppendRectHeader(u.head, Rect{}, EncodingExtendedMouseButtons)
		s.parse.ExtendedMouseButtons = true
		n++
	}
	if p.leds {
		if s.listed[EncodingQEMULEDState] {
			u.head = append(AppendRectHeader(u.head, Rect{}, EncodingQEMULEDState), byte(s.leds))
		} else {
			u.head = AppendRectHeader(u.head, Rect{}, EncodingVMwareLEDState)
			u.head = binary.BigEndian.AppendUint32(u.head, uint32(s.leds))
		}
		n++
	}
	s.pending = pendingRects{}
	return n
}

// appendCursor appends the cursor in the best form that the client knows.
func (s *Server) appendCursor(dst []byte, e *Encoder) []byte {
	c := s.cursor
	r := Rect{c.HotX, c.HotY, c.Width, c.Height}
	switch {
	case s.listed[EncodingCursorWithAlpha]:
		dst = AppendRectHeader(dst, r, EncodingCursorWithAlpha)
		// Red, green, blue, alpha, in any format of the client.
		dst = binary.BigEndian.AppendUint32(dst, uint32(EncodingRaw))
		return append(dst, c.Pix...)
	case s.listed[EncodingCursor]:
		dst = AppendRectHeader(dst, r, EncodingCursor)
		dst = e.pixel.appendRaster(dst, e.load(cursorPicture{c}, Rect{0, 0, c.Width, c.Height}))
		return c.appendMask(dst, c.opaque)
	}
	dst = AppendRectHeader(dst, r, EncodingXCursor)
	if c.Width*c.Height == 0 {
		return dst
	}
	dst = append(dst, 0, 0, 0, 255, 255, 255) // the colors of bits that are set, and are not
	dst = c.appendMask(dst, c.dark)
	return c.appendMask(dst, c.opaque)
}

// appendMask appends a bit for each pixel, the leftmost in the highest bit,
// each row from a new byte on.
func (c *Cursor) appendMask(dst []byte, is func(at int) bool) []byte {
	for y := range c.Height {
		row := len(dst)
		dst = append(dst, make([]byte, (c.Width+7)/8)...)
		for x := range c.Width {
			if is(4 * (y*c.Width + x)) {
				dst[row+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return dst
}

// opaque reports whether a pixel covers more than half.
func (c *Cursor) opaque(at int) bool { return c.Pix[at+3] >= 128 }

// dark reports whether a pixel is nearer to black than to white.
func (c *Cursor) dark(at int) bool {
	return int(c.Pix[at])+int(c.Pix[at+1])+int(c.Pix[at+2]) < 3*128
}

// A cursorPicture shows a cursor's colors, not multiplied by alpha, because
// pixels behind a mask have none.
type cursorPicture struct{ c *Cursor }

func (p cursorPicture) ReadPixels(dst []byte, _ Rect) {
	for i := 0; i+4 <= len(p.c.Pix) && i+4 <= len(dst); i += 4 {
		alpha := max(int(p.c.Pix[i+3]), 1)
		for j := range 3 {
			dst[i+j] = byte(min(int(p.c.Pix[i+j])*255/alpha, 255))
		}
	}
}
