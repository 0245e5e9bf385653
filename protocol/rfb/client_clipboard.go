package rfb

import "errors"

// clipboardState is what both sides know of their extended clipboards.
type clipboardState struct {
	extended bool // the server has told what it understands
	theirs   ClipboardFlags
	text     string // ours, for when the server asks
	have     bool
	provided bool // since output was last taken
}

// handleClipboard answers a message of the extended clipboard. Text that is
// there is asked for at once.
func (c *Client) handleClipboard(p []byte) (Event, error) {
	m, err := ParseClipboard(p)
	if err != nil {
		return Event{}, err
	}
	s := &c.clip
	switch {
	case m.Flags&ClipboardCaps != 0:
		s.extended, s.theirs = true, m.Flags
		ours := ClipboardMessage{Flags: ClipboardText | ClipboardCaps | ClipboardRequest | ClipboardPeek | ClipboardNotify | ClipboardProvide}
		ours.Sizes[0] = uint32(c.config.MaxText)
		c.out = AppendClientClipboard(c.out, ours)
	case m.Flags&ClipboardProvide != 0:
		text, err := m.Text(c.config.MaxText)
		switch {
		case errors.Is(err, ErrTooLarge):
			return Event{}, nil // as every text that is too long
		case err != nil || m.Flags&ClipboardText == 0:
			return Event{}, err
		}
		return Event{Kind: EventCutText, Text: text}, nil
	case m.Flags&ClipboardNotify != 0:
		if m.Flags&ClipboardText != 0 {
			c.out = AppendClientClipboard(c.out, ClipboardMessage{Flags: ClipboardRequest | ClipboardText})
		}
	case m.Flags&ClipboardRequest != 0:
		// Once for each time that output is taken: asking is cheap, and the
		// answer may be long.
		if m.Flags&ClipboardText != 0 && s.have && !s.provided {
			c.out = AppendClientClipboard(c.out, ClipboardProvideText(s.text))
			s.provided = true
		}
	case m.Flags&ClipboardPeek != 0:
		c.notifyClipboard()
	}
	return Event{}, nil
}

func (c *Client) notifyClipboard() {
	flags := ClipboardNotify
	if c.clip.have {
		flags |= ClipboardText
	}
	c.out = AppendClientClipboard(c.out, ClipboardMessage{Flags: flags})
}

// SetClipboard tells the server that text is in this side's clipboard. A
// server with an extended clipboard is told that there is some, and asks for
// it; another one gets it at once, in Latin-1. The error is ErrState before
// EventReady, or ErrTooLarge for more than MaxText bytes.
func (c *Client) SetClipboard(text string) error {
	if err := c.mustBeReady(); err != nil {
		return err
	}
	if len(text) > c.config.MaxText {
		return ErrTooLarge
	}
	c.clip.text, c.clip.have = text, true
	if !c.clip.extended {
		c.out = AppendClientCutText(c.out, AppendLatin1(nil, text))
		return nil
	}
	if c.clip.theirs&ClipboardNotify != 0 {
		c.notifyClipboard()
	} else {
		c.out = AppendClientClipboard(c.out, ClipboardProvideText(text))
	}
	return nil
}
