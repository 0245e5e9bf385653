package rfb

import (
	"errors"
	"strings"
)

// clipboardUnasked is how much text is sent unasked to a client that has not
// said how much it takes. The specification allows 20 MiB, but LibVNCClient
// ends the connection above 1 MiB. It says nothing of itself, and ignores offers;
// others that say nothing are offered a longer text, and ask for it.
const clipboardUnasked = 1 << 20

// A serverClipboard is what a server knows of both clipboards.
type serverClipboard struct {
	text  string
	set   bool
	flags ClipboardFlags // what the client understands
	size  uint32         // how much text it takes without being asked
}

// announceClipboard answers a list with EncodingExtendedClipboard. What the
// client has said of itself outlives its lists.
func (s *Server) announceClipboard() {
	if s.clipboard.flags == 0 {
		s.clipboard.flags = ClipboardText | ClipboardRequest | ClipboardNotify | ClipboardProvide
		s.clipboard.size = clipboardUnasked
	}
	caps := ClipboardMessage{Flags: ClipboardCaps | ClipboardText | ClipboardRequest | ClipboardPeek | ClipboardNotify | ClipboardProvide}
	// No text is wanted unasked: it is asked for when a client tells of it.
	s.out = AppendServerClipboard(s.out, caps)
}

// KeepClipboard notes a text that was copied before the client came. The client
// is not told, for its user may have copied another one, but may ask for it if
// it has the extended clipboard. Lines end with LF.
func (s *Server) KeepClipboard(text string) {
	s.clipboard.text, s.clipboard.set = text, true
}

// SetClipboard tells the client that a text has been copied. One with the
// extended clipboard is sent the text if it takes that much unasked, and else
// offered it, and asks for it when it needs it. Until it has said what it takes,
// that is 1 MiB. Others get Latin-1. Lines end with LF.
func (s *Server) SetClipboard(text string) {
	s.KeepClipboard(text)
	if !s.listed[EncodingExtendedClipboard] {
		s.out = AppendServerCutText(s.out, AppendLatin1(nil, text))
		return
	}
	switch c := &s.clipboard; {
	case c.flags&ClipboardText == 0:
	case c.flags&ClipboardProvide != 0 && clipboardTextLength(text) <= int64(c.size):
		s.out = AppendServerClipboard(s.out, ClipboardProvideText(text))
	case c.flags&ClipboardNotify != 0:
		s.out = AppendServerClipboard(s.out, ClipboardMessage{Flags: ClipboardNotify | ClipboardText})
	}
}

func (s *Server) receiveText(m ClientMessage) (ServerEvent, error) {
	if !m.Extended {
		text := strings.ReplaceAll(Latin1(m.Text), "\r\n", "\n")
		return ServerEvent{Kind: ServerEventClipboard, Text: text}, nil
	}
	if !s.listed[EncodingExtendedClipboard] {
		return ServerEvent{}, ErrMalformed
	}
	c, err := ParseClipboard(m.Text)
	if err != nil {
		return ServerEvent{}, err
	}
	switch {
	case c.Flags&ClipboardCaps != 0:
		s.clipboard.flags, s.clipboard.size = c.Flags, c.Sizes[0]
	case c.Flags&ClipboardRequest != 0:
		if s.clipboard.set && c.Flags&ClipboardText != 0 {
			s.out = AppendServerClipboard(s.out, ClipboardProvideText(s.clipboard.text))
		}
	case c.Flags&ClipboardPeek != 0:
		flags := ClipboardNotify
		if s.clipboard.set {
			flags |= ClipboardText
		}
		s.out = AppendServerClipboard(s.out, ClipboardMessage{Flags: flags})
	case c.Flags&ClipboardNotify != 0:
		if c.Flags&ClipboardText != 0 {
			s.out = AppendServerClipboard(s.out, ClipboardMessage{Flags: ClipboardRequest | ClipboardText})
		}
	case c.Flags&ClipboardProvide != 0 && c.Flags&ClipboardText != 0:
		text, err := c.Text(s.parse.maxText())
		if errors.Is(err, ErrTooLarge) {
			break // as every text that is too long
		}
		if err != nil {
			return ServerEvent{}, err
		}
		return ServerEvent{Kind: ServerEventClipboard, Text: text}, nil
	}
	return ServerEvent{}, nil
}
