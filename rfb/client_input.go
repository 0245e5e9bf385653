package rfb

// SendKey tells that a key went down or up. The keysym is X11's; scanCode is
// what an XT keyboard would send, used by servers that prefer it, or 0. It does
// not block. The error of this method and of those below is what has ended the
// connection, or ErrUnsent.
func (c *Client) SendKey(down bool, keysym, scanCode uint32) error {
	return c.send(func() error { return c.core.SendKey(down, keysym, scanCode) })
}

// SendPointer tells where the pointer is and which buttons are down: bit 0 is
// the left one, 1 the middle, 2 the right, 3 to 6 are the wheel up, down, left
// and right, 7 and 8 go back and forward.
func (c *Client) SendPointer(x, y int, buttons uint16) error {
	return c.send(func() error { return c.core.SendPointer(x, y, buttons) })
}

// SetClipboard tells the server what is in this side's clipboard. Servers
// without an extended clipboard get it in Latin-1, with question marks for what
// that has not. More than Config.MaxText bytes give ErrTooLarge of
// protocol/rfb.
func (c *Client) SetClipboard(text string) error {
	return c.send(func() error { return c.core.SetClipboard(text) })
}

// Resize asks the server for another size. It reports whether the server takes
// such wishes; whether it grants this one is told by an Update.
func (c *Client) Resize(width, height int) (asked bool, err error) {
	err = c.send(func() error {
		asked, err = c.core.SetDesktopSize(width, height)
		return err
	})
	return asked, err
}

// Refresh asks for all of the framebuffer anew.
func (c *Client) Refresh() error {
	return c.send(func() error { return c.core.RequestUpdate(false, c.core.Framebuffer().Bounds()) })
}

// send has the core write something, and wakes the writer.
func (c *Client) send(write func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	if len(c.unsent) > maxUnsent {
		return ErrUnsent
	}
	if err := write(); err != nil {
		return err
	}
	c.flushLocked()
	return nil
}

// flushLocked takes what the core has to say.
func (c *Client) flushLocked() {
	c.unsent = c.core.AppendOutput(c.unsent)
	if len(c.unsent) == 0 {
		return
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// requestLocked asks for changes of the whole framebuffer, unless they come by
// themselves.
func (c *Client) requestLocked(incremental bool) error {
	if c.continuous && incremental {
		return nil
	}
	return c.core.RequestUpdate(incremental, c.core.Framebuffer().Bounds())
}

// continueLocked has the server send changes of the whole framebuffer without
// being asked.
func (c *Client) continueLocked() error {
	on, err := c.core.EnableContinuousUpdates(true, c.core.Framebuffer().Bounds())
	c.continuous = on
	return err
}
