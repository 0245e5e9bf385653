package rfb

import (
	"errors"
	"fmt"
)

// offered is what the server has shown to understand.
type offered struct {
	qemuKeys     bool
	mouseButtons bool
	desktopSize  bool
	fence        bool
	continuous   bool
}

// decoders are those of a connection, made when they are needed: some keep a
// dictionary of 32 KiB or more.
type decoders struct {
	raw      rawDecoder
	copyRect copyRectDecoder
	rre      rreDecoder
	corre    correDecoder
	hextile  hextileDecoder
	zlib     *zlibDecoder
	zlibHex  *zlibHexDecoder
	tight    *tightDecoder
	trle     *trleDecoder
	zrle     *zrleDecoder
}

// decoderOf returns the decoder of an encoding, or nil if there is none.
func (c *Client) decoderOf(e Encoding) decoder {
	d := &c.decode
	switch e {
	case EncodingRaw:
		return &d.raw
	case EncodingCopyRect:
		return &d.copyRect
	case EncodingRRE:
		return &d.rre
	case EncodingCoRRE:
		return &d.corre
	case EncodingHextile:
		return &d.hextile
	case EncodingZlib:
		return made(&d.zlib)
	case EncodingZlibHex:
		return made(&d.zlibHex)
	case EncodingTight, EncodingTightPNG:
		t := made(&d.tight)
		t.png = e == EncodingTightPNG
		return t
	case EncodingTRLE:
		return made(&d.trle)
	case EncodingZRLE:
		return made(&d.zrle)
	}
	return nil
}

func made[T any](p **T) *T {
	if *p == nil {
		*p = new(T)
	}
	return *p
}

// readMessage reads a message (RFC 6143 section 7.6), of an update only the
// head.
func (c *Client) readMessage() (Event, error) {
	m, n, err := ParseServerMessage(c.in, ParseOptions{MaxText: c.config.MaxText})
	if err != nil {
		if c.skip = droppedText(c.in, byte(ServerCutText)); c.skip > 0 {
			c.step = (*Client).skipText
			return Event{}, nil
		}
		return Event{}, inMessage(m.Type, err)
	}
	if n == 0 {
		return Event{}, errMore
	}
	ev, err := c.handle(m) // what it borrows is not overwritten before that
	c.in = c.in[n:]
	return ev, inMessage(m.Type, err)
}

// inMessage adds where an error has its place. That of an unknown message says
// so itself.
func inMessage(t ServerMessageType, err error) error {
	if err == nil || errors.Is(err, ErrMessageType) {
		return err
	}
	return fmt.Errorf("%w, in a message of type %d", err, t)
}

// skipText steps over a text that is too long to be kept.
func (c *Client) skipText() (Event, error) {
	n := min(c.skip, len(c.in))
	c.in, c.skip = c.in[n:], c.skip-n
	if c.skip > 0 {
		return Event{}, errMore
	}
	c.step = (*Client).readMessage
	return Event{}, nil
}

func (c *Client) handle(m ServerMessage) (Event, error) {
	switch m.Type {
	case FramebufferUpdate:
		c.update = updateState{left: m.Rects}
		c.step = (*Client).readRectHeader
		return Event{Kind: EventUpdateStart}, nil
	case SetColorMapEntries:
		if err := c.colors.Set(m.FirstColor, m.Colors); err != nil {
			return Event{}, err
		}
		if c.config.PixelFormat.TrueColor {
			return Event{}, nil // no pixel uses them
		}
		if err := c.target.setFormat(c.config.PixelFormat, c.colors); err != nil {
			return Event{}, err
		}
		return Event{Kind: EventColors}, nil
	case Bell:
		return Event{Kind: EventBell}, nil
	case ServerCutText:
		if m.Extended {
			return c.handleClipboard(m.Text)
		}
		return Event{Kind: EventCutText, Text: Latin1(m.Text)}, nil
	case EndOfContinuousUpdates:
		// The first one says that the server knows the extension.
		first := !c.offered.continuous
		c.offered.continuous = true
		return Event{Kind: EventContinuousUpdates, Enabled: first}, nil
	}
	return c.handleFence(m.Flags, m.Payload)
}

// handleFence answers a request. Messages are handled one after the other, so
// all that a fence can ask for is kept already.
func (c *Client) handleFence(flags uint32, payload []byte) (Event, error) {
	c.offered.fence = true
	if flags&FenceRequest == 0 {
		return Event{Kind: EventFence, Text: string(payload)}, nil
	}
	c.out = AppendClientFence(c.out, flags&(FenceBlockBefore|FenceBlockAfter|FenceSyncNext), payload)
	return Event{}, nil
}

// updateState is how far an update has come.
type updateState struct {
	left     int // rectangles, unless EncodingLastRect comes before
	rect     Rect
	encoding Encoding
	decoder  decoder
	later    Event // the second event of a rectangle that has two
}

// readRectHeader reads the header of the next rectangle, if there is one.
func (c *Client) readRectHeader() (Event, error) {
	u := &c.update
	if ev := u.later; ev.Kind != EventNone {
		u.later = Event{}
		return ev, nil
	}
	if u.left == 0 {
		return c.updateDone()
	}
	r, e, ok := ParseRectHeader(c.in)
	if !ok {
		return Event{}, errMore
	}
	c.next(RectHeaderLength)
	u.rect, u.encoding = r, e
	u.left--
	if u.decoder = c.decoderOf(e); u.decoder == nil {
		c.step = (*Client).readPseudoRect
		return Event{}, nil
	}
	if !c.fb.Contains(r) {
		return Event{}, c.inRect(ErrMalformed)
	}
	c.target.rect, c.target.source = r, Rect{}
	u.decoder.begin(c.target)
	c.step = (*Client).readRect
	return Event{}, nil
}

func (c *Client) updateDone() (Event, error) {
	c.update = updateState{}
	c.step = (*Client).readMessage
	return Event{Kind: EventUpdate}, nil
}

// readRect draws a rectangle.
func (c *Client) readRect() (Event, error) {
	u := &c.update
	n, done, err := u.decoder.decode(c.target, c.in)
	c.in = c.in[n:]
	if err != nil {
		return Event{}, c.inRect(err)
	}
	if !done {
		return Event{}, errMore
	}
	c.step = (*Client).readRectHeader
	return Event{Kind: EventRect, Rect: u.rect, Encoding: u.encoding, Source: c.target.source}, nil
}

// readPseudoRect reads a rectangle that draws nothing.
func (c *Client) readPseudoRect() (Event, error) {
	last := c.update.encoding == EncodingLastRect
	ev, err := c.pseudo()
	if err == nil && !last {
		c.step = (*Client).readRectHeader
	}
	return ev, c.inRect(err)
}

// inRect adds where an error has its place. That of an unknown encoding says so
// itself.
func (c *Client) inRect(err error) error {
	if err == nil || errors.Is(err, errMore) || errors.Is(err, ErrEncoding) {
		return err
	}
	r := c.update.rect
	return fmt.Errorf("%w, in a rectangle of %d × %d at %d, %d (%v)", err, r.Width, r.Height, r.X, r.Y, c.update.encoding)
}

func (c *Client) pseudo() (Event, error) {
	r := c.update.rect
	switch c.update.encoding {
	case EncodingLastRect:
		return c.updateDone()
	case EncodingCursor:
		return c.readCursor(r)
	case EncodingXCursor:
		return c.readXCursor(r)
	case EncodingCursorWithAlpha:
		return c.readAlphaCursor(r)
	case EncodingPointerPos:
		return Event{Kind: EventPointer, Rect: Rect{X: r.X, Y: r.Y}}, nil
	case EncodingDesktopSize:
		return c.resize(r.Width, r.Height)
	case EncodingExtendedDesktopSize:
		return c.readExtendedSize(r)
	case EncodingDesktopName:
		name, err := c.nextString(MaxNameLength)
		if err == nil {
			c.name = name
		}
		return Event{Kind: EventName, Text: name}, err
	case EncodingQEMUExtendedKey:
		c.offered.qemuKeys = true
		return Event{}, nil
	case EncodingExtendedMouseButtons:
		c.offered.mouseButtons = true
		return Event{}, nil
	case EncodingQEMULEDState:
		p := c.next(1)
		if p == nil {
			return Event{}, errMore
		}
		return Event{Kind: EventLEDs, LEDs: LEDs(p[0])}, nil
	case EncodingVMwareLEDState:
		p := c.next(4)
		if p == nil {
			return Event{}, errMore
		}
		return Event{Kind: EventLEDs, LEDs: LEDs(u32(p))}, nil
	}
	return Event{}, unknownEncoding(c.update.encoding)
}

// resize makes a new framebuffer, with what fits of the old one. Servers tell
// of the size that it has, too: then nothing happens.
func (c *Client) resize(width, height int) (Event, error) {
	if err := c.checkSize(width, height); err != nil {
		return Event{}, err
	}
	if width == c.fb.Width && height == c.fb.Height {
		return Event{}, nil
	}
	fb, err := NewFramebuffer(width, height)
	if err != nil {
		return Event{}, err
	}
	for y := range min(height, c.fb.Height) {
		n := min(width, c.fb.Width)
		copy(fb.Row(0, y, n), c.fb.Row(0, y, n))
	}
	c.fb, c.target.fb = fb, fb
	return Event{Kind: EventResize, Rect: fb.Bounds()}, nil
}

// readExtendedSize reads the server's screens. The size is new only if the
// change that it tells of was made.
func (c *Client) readExtendedSize(r Rect) (Event, error) {
	screens, n := ParseScreens(c.in)
	if n == 0 {
		return Event{}, errMore
	}
	c.in = c.in[n:]
	c.offered.desktopSize = true
	ev := Event{Kind: EventScreens, Reason: r.X, Status: r.Y, Screens: screens, Rect: Rect{Width: r.Width, Height: r.Height}}
	if r.X == 1 && r.Y != 0 {
		return ev, nil // our wish was refused
	}
	c.screens = screens
	if r.Width != c.fb.Width || r.Height != c.fb.Height {
		// Two events: the size now, the screens with the next step.
		size, err := c.resize(r.Width, r.Height)
		c.update.later = ev
		return size, err
	}
	return ev, nil
}
