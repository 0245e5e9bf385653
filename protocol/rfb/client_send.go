package rfb

// mustBeReady returns ErrState before EventReady, and what has gone wrong.
func (c *Client) mustBeReady() error {
	if c.err != nil {
		return c.err
	}
	if c.fb == nil {
		return ErrState
	}
	return nil
}

// RequestUpdate asks for an area, if incremental only for what has changed in
// it since it was last sent (RFC 6143 section 7.5.3). The error of this method
// and of those below is ErrState before EventReady, or that of the connection.
func (c *Client) RequestUpdate(incremental bool, r Rect) error {
	if err := c.mustBeReady(); err != nil {
		return err
	}
	c.out = AppendFramebufferUpdateRequest(c.out, incremental, r)
	return nil
}

// SendKey tells that a key went down or up. The keysym is X11's; the scan code
// is that of an XT keyboard, and is sent to servers that take it unless it is
// 0.
func (c *Client) SendKey(down bool, keysym, scanCode uint32) error {
	if err := c.mustBeReady(); err != nil {
		return err
	}
	if scanCode != 0 && c.offered.qemuKeys {
		c.out = AppendQEMUKeyEvent(c.out, down, keysym, scanCode)
	} else {
		c.out = AppendKeyEvent(c.out, down, keysym)
	}
	return nil
}

// SendPointer tells where the pointer is and which buttons are down: bit 0 is
// the left one, 1 the middle, 2 the right; 3 to 6 are the wheel up, down, left
// and right; 7 and 8 go back and forward, and are sent to servers that take
// them.
func (c *Client) SendPointer(x, y int, buttons uint16) error {
	if err := c.mustBeReady(); err != nil {
		return err
	}
	x, y = min(max(x, 0), 0xffff), min(max(y, 0), 0xffff)
	if c.offered.mouseButtons && buttons > 0x7f {
		c.out = AppendExtendedPointerEvent(c.out, x, y, buttons)
	} else {
		c.out = AppendPointerEvent(c.out, x, y, buttons)
	}
	return nil
}

// SetDesktopSize asks for another size of the framebuffer. It reports whether
// the server takes such wishes at all; the answer is an EventScreens. The first
// screen, if there is any, keeps its number.
func (c *Client) SetDesktopSize(width, height int) (bool, error) {
	if err := c.mustBeReady(); err != nil {
		return false, err
	}
	if !c.offered.desktopSize {
		return false, nil
	}
	screen := Screen{Rect: Rect{Width: width, Height: height}}
	if len(c.screens) > 0 {
		screen.ID, screen.Flags = c.screens[0].ID, c.screens[0].Flags
	}
	c.out = AppendSetDesktopSize(c.out, width, height, []Screen{screen})
	return true, nil
}

// EnableContinuousUpdates has the server send changes of an area without being
// asked, or stops that. It reports whether the server can.
func (c *Client) EnableContinuousUpdates(enable bool, r Rect) (bool, error) {
	if err := c.mustBeReady(); err != nil {
		return false, err
	}
	if !c.offered.continuous {
		return false, nil
	}
	c.out = AppendEnableContinuousUpdates(c.out, enable, r)
	return true, nil
}

// SendFence sends a fence, which the server answers with an EventFence when it
// has done what came before. It reports whether the server can.
func (c *Client) SendFence(payload []byte) (bool, error) {
	if err := c.mustBeReady(); err != nil {
		return false, err
	}
	if !c.offered.fence {
		return false, nil
	}
	c.out = AppendClientFence(c.out, FenceRequest|FenceBlockBefore, payload)
	return true, nil
}
