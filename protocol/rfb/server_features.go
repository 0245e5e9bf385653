package rfb

// pendingRects are pseudo-rectangles that the client has to be sent.
type pendingRects struct {
	size    bool // the size of the desktop, and its screens
	reason  int  // of ExtendedDesktopSize: who asked for it
	status  int  // of ExtendedDesktopSize: what became of it
	cursor  bool
	name    bool
	leds    bool
	qemuKey bool // the client may send key events with scan codes
	buttons bool // the client may send pointer events with nine buttons
}

// any reports whether there is something that may come with pixels.
func (p *pendingRects) any() bool {
	return p.cursor || p.name || p.leds || p.qemuKey || p.buttons
}

// setEncodings notes what the client understands, and tells it what the server
// does.
func (s *Server) setEncodings(list []Encoding) {
	before := s.listed
	s.listed = make(map[Encoding]bool, min(len(list), 64))
	s.encoding = EncodingRaw
	s.quality, s.level = 0, 0
	chosen := false
	for _, e := range list {
		switch {
		case e >= EncodingQualityLevel0 && e <= EncodingQualityLevel9:
			// JPEG's scale, in tenths.
			s.quality = 10 * int(e-EncodingQualityLevel0+1)
		case e >= EncodingCompressLevel0 && e <= EncodingCompressLevel9:
			s.level = int(e - EncodingCompressLevel0)
		case Encodes(e) && s.allows(e):
			if !chosen {
				s.encoding, chosen = e, true
			}
			s.listed[e] = true
		case known(e) && s.allows(e):
			s.listed[e] = true
		}
	}
	s.announce(before)
}

// known reports whether an encoding other than those of pixels is spoken. The
// list of a client may have 65,535 others, which are not kept.
func known(e Encoding) bool {
	switch e {
	case EncodingCopyRect, EncodingDesktopSize, EncodingExtendedDesktopSize, EncodingLastRect, EncodingCursor, EncodingXCursor,
		EncodingCursorWithAlpha, EncodingQEMUExtendedKey, EncodingQEMULEDState, EncodingVMwareLEDState, EncodingDesktopName,
		EncodingFence, EncodingContinuousUpdates, EncodingExtendedMouseButtons, EncodingExtendedClipboard:
		return true
	}
	return false
}

// allows reports whether the configuration lets an encoding be used.
func (s *Server) allows(e Encoding) bool {
	if s.config.Encodings == nil || e == EncodingRaw || known(e) && e != EncodingCopyRect {
		return true
	}
	for _, a := range s.config.Encodings {
		if a == e {
			return true
		}
	}
	return false
}

// announce tells the client of what it has listed for the first time.
func (s *Server) announce(before map[Encoding]bool) {
	fresh := func(e Encoding) bool { return s.listed[e] && !before[e] }
	if fresh(EncodingFence) {
		s.out = AppendServerFence(s.out, FenceRequest|FenceBlockBefore, nil)
	}
	if fresh(EncodingContinuousUpdates) {
		s.out = AppendEndOfContinuousUpdates(s.out)
	}
	if s.listed[EncodingExtendedClipboard] {
		s.announceClipboard()
	}
	p := &s.pending
	p.qemuKey = p.qemuKey || fresh(EncodingQEMUExtendedKey)
	p.buttons = p.buttons || fresh(EncodingExtendedMouseButtons)
	p.leds = p.leds || fresh(EncodingQEMULEDState) || fresh(EncodingVMwareLEDState)
	p.size = p.size || fresh(EncodingExtendedDesktopSize)
	if s.cursor != nil && (fresh(EncodingCursorWithAlpha) || fresh(EncodingCursor) || fresh(EncodingXCursor)) {
		p.cursor = true
	}
	if s.width != s.shown.width || s.height != s.shown.height {
		p.size = p.size || s.resizable()
	}
}

// resizable reports whether the client can be told of another size.
func (s *Server) resizable() bool {
	return s.listed[EncodingDesktopSize] || s.listed[EncodingExtendedDesktopSize]
}

// Reasons of a size, which a client that knows EncodingExtendedDesktopSize is
// told.
const (
	ResizedByServer = 0
	ResizedByClient = 1 // by this one
	ResizedByOther  = 2 // by another client
)

// Results of a client's wish for another size.
const (
	ResizeDone       = 0
	ResizeProhibited = 1 // by the server's administrator
	ResizeNoMemory   = 2 // or anything else that is used up
	ResizeInvalid    = 3 // screens that cannot be
	ResizeForwarded  = 4 // it may be done later
)

// Resize tells the client that the desktop has another size, or other screens;
// without screens there is one, with the number 0. All has to be sent again. A
// client that cannot be told goes on seeing as much as it had.
func (s *Server) Resize(width, height int, screens []Screen, reason int) {
	if screens == nil {
		screens = []Screen{{Rect: Rect{0, 0, width, height}}}
	}
	s.width, s.height, s.screens = width, height, screens
	s.copies = s.copies[:0]
	s.damage.clear()
	s.damage.add(Rect{0, 0, s.shown.width, s.shown.height})
	if s.resizable() {
		s.pending.size = true
		if s.pending.reason != ResizedByClient {
			s.pending.reason = reason
		}
	}
}

// AnswerResize answers ServerEventResize with one of the results.
func (s *Server) AnswerResize(status int) {
	if s.listed[EncodingExtendedDesktopSize] {
		s.pending.size, s.pending.reason, s.pending.status = true, ResizedByClient, status
	}
}

// SetCursor gives the pointer a shape; nil hides it. The cursor must not be
// changed afterwards. Clients that draw no cursor show none of it.
func (s *Server) SetCursor(c *Cursor) {
	if c == nil {
		c = &Cursor{}
	}
	s.cursor = c
	s.pending.cursor = s.listed[EncodingCursorWithAlpha] || s.listed[EncodingCursor] || s.listed[EncodingXCursor]
}

// SetName gives the desktop another name.
func (s *Server) SetName(name string) {
	s.name = name
	s.pending.name = s.listed[EncodingDesktopName]
}

// SetLEDs tells the client of the keyboard's lamps.
func (s *Server) SetLEDs(l LEDs) {
	s.leds = l
	s.pending.leds = s.listed[EncodingQEMULEDState] || s.listed[EncodingVMwareLEDState]
}

// Bell rings.
func (s *Server) Bell() { s.out = AppendBell(s.out) }

// ValidScreens reports whether a desktop can have a size and screens: within
// the limits of a Framebuffer, with at least one pixel, all screens inside, and
// no two of one number. No screens mean one of the whole size.
func ValidScreens(width, height int, screens []Screen) bool {
	if width < 1 || height < 1 || width > MaxSide || height > MaxSide {
		return false
	}
	seen := make(map[uint32]bool, len(screens))
	for _, s := range screens {
		if seen[s.ID] || s.Rect.Empty() || s.Rect.Intersect(Rect{0, 0, width, height}) != s.Rect {
			return false
		}
		seen[s.ID] = true
	}
	return true
}
