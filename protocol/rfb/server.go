package rfb

import "crypto/rand"

// A ServerConfig says how a server greets a client.
type ServerConfig struct {
	// Version is the highest version that is offered: Version33, Version37 or
	// Version38. The zero value means Version38.
	Version Version
	// Security are the types that are offered, the best first: SecurityNone,
	// SecurityVNC, and the subtypes of VeNCrypt Plain, X509None, X509Vnc and
	// X509Plain, for which SecurityVeNCrypt need not be listed. There is no
	// default: without any, every client is refused.
	Security []SecurityType
	// Encodings are those of pixels that may be used, next to EncodingRaw,
	// which always may. The default is all that Encodes knows, and
	// EncodingCopyRect.
	Encodings []Encoding
	// LastRect makes updates say where they end, not how many rectangles they
	// have, to clients that have listed EncodingLastRect.
	LastRect bool
	// MaxText bounds the texts of clipboards, in bytes: longer ones of the
	// client are dropped. 0 means DefaultMaxText.
	MaxText int
	// Challenge returns the sixteen bytes of SecurityVNC. The default asks
	// crypto/rand; another one is for tests.
	Challenge func() [VNCChallengeLength]byte
}

// A Server is a server's side of one connection: it takes the bytes of a
// client and says what they mean, collects the bytes of answers, and makes
// updates of the framebuffer out of what has changed. It does no input or
// output. See the package comment of package rfb for one that does.
//
//	handshake:  Receive → ServerEventStartTLS → SecuredByTLS
//	            Receive → ServerEventAuthenticate → Authenticated
//	            Receive → ServerEventInit → Start
//	then:       Receive → keys, pointer, clipboard, resizing
//	            Damage, Copy, SetCursor, Resize, Bell, …
//	            BeginUpdate → Update.Append … → EndUpdate
//	always:     AppendOutput → to the client
//
// A Server is used by one goroutine at a time, or under a lock. An Update that
// has begun may be appended beside calls of other methods.
type Server struct {
	config  ServerConfig
	version Version
	state   serverState
	failed  serverState // the one that was left for serverFailed
	out     []byte

	// Handshake.
	security  SecurityType // what the client has chosen; a subtype of VeNCrypt
	challenge [VNCChallengeLength]byte

	// What the client has said.
	format      PixelFormat
	listed      map[Encoding]bool
	encoding    Encoding // for pixels
	quality     int      // of JPEG, from 1 to 100; 0 if the client gave none
	level       int      // of zlib, 0 if the client gave none
	wanted      Rect     // the area of requests that wait for an update
	waits       bool     // there is such a request
	asked       bool     // there was one ever
	continuous  bool
	continuousR Rect
	parse       ParseOptions
	skip        int // bytes of a text that is too long

	// What the client has to be told.
	width, height int // of the desktop
	shown         struct{ width, height int }
	screens       []Screen
	damage        region
	inFlight      region // of the update that is being made
	copies        []areaCopy
	pending       pendingRects
	cursor        *Cursor
	name          string
	leds          LEDs
	clipboard     serverClipboard

	fences     int    // of ours that were not answered
	fenceID    uint32 // of the last one
	syncReply  []byte // to a fence, after the next message
	syncWaits  bool
	isUpdating bool
	update     Update
}

// A serverState is what a server waits for.
type serverState uint8

const (
	serverVersion serverState = iota
	serverSecurityType
	serverVeNCryptVersion
	serverVeNCryptSubtype
	serverTLS // for the front
	serverVNCResponse
	serverPlain
	serverDecision // for Authenticated
	serverClientInit
	serverStart // for Start
	serverRunning
	serverFailed
)

// NewServer returns a server that is about to send its greeting.
func NewServer(c ServerConfig) *Server {
	if c.Version == (Version{}) {
		c.Version = Version38
	}
	if c.Challenge == nil {
		c.Challenge = func() (p [VNCChallengeLength]byte) {
			// It never fails.
			_, _ = rand.Read(p[:])
			return p
		}
	}
	s := &Server{config: c, parse: ParseOptions{MaxText: c.MaxText}}
	s.out = AppendVersion(nil, c.Version)
	return s
}

// A ServerEventKind says what a ServerEvent is about.
type ServerEventKind uint8

// Kinds of events.
const (
	// ServerEventNone is a message that the server has dealt with itself.
	ServerEventNone ServerEventKind = iota
	// ServerEventStartTLS asks for a TLS handshake, after all output has been
	// sent. The answer is SecuredByTLS. The bytes that follow go into TLS, and
	// what comes out of it goes into Receive.
	ServerEventStartTLS
	// ServerEventAuthenticate has what the client proves itself with. The
	// answer is Authenticated.
	ServerEventAuthenticate
	// ServerEventInit asks for Start.
	ServerEventInit
	// ServerEventKey is a key event. ScanCode is 0 if the client gave none.
	ServerEventKey
	// ServerEventPointer is a pointer event: where it is, and which buttons are
	// down.
	ServerEventPointer
	// ServerEventClipboard has the text of the client's clipboard.
	ServerEventClipboard
	// ServerEventResize asks for another size of the desktop. The answer is
	// Resize and AnswerResize, or AnswerResize alone to refuse.
	ServerEventResize
)

// A ServerEvent is what Receive has found. Kind says which fields count.
type ServerEvent struct {
	Kind ServerEventKind
	// ServerEventAuthenticate: the type, a subtype of VeNCrypt if it is one,
	// and the name of the Plain types.
	Security            SecurityType
	User                string
	password            string
	challenge, response [VNCChallengeLength]byte
	// ServerEventInit: other clients may stay.
	Shared bool
	// Message has the fields of keys, pointer and resizing.
	Message ClientMessage
	Text    string // ServerEventClipboard
}

// Receive reads one message at the start of p. It returns its length, or 0 if
// p ends before the message does; then it is to be called again with more. A
// text that is too long is taken piece by piece.
//
// Receive must not be called between ServerEventStartTLS and the bytes from
// TLS, nor before the answer to ServerEventAuthenticate and ServerEventInit.
//
// After an error the connection is over, once the output has been sent, which
// may tell the client why: ErrVersion, ErrRefused, ErrMalformed, ErrTooLarge,
// ErrMessageType, ErrPixelFormat.
func (s *Server) Receive(p []byte) (n int, ev ServerEvent, err error) {
	switch s.state {
	case serverRunning:
		n, ev, err = s.receiveMessage(p)
	case serverFailed:
		return 0, ev, ErrRefused
	default:
		n, ev, err = s.receiveHandshake(p)
	}
	if err != nil {
		s.fail()
		return 0, ServerEvent{}, err
	}
	return n, ev, nil
}

func (s *Server) fail() {
	if s.state != serverFailed {
		s.failed, s.state = s.state, serverFailed
	}
}

// AppendOutput appends what has to be sent, and forgets it. While an update is
// made there is nothing: the output has its place behind it.
func (s *Server) AppendOutput(dst []byte) []byte {
	if s.isUpdating {
		return dst
	}
	dst = append(dst, s.out...)
	s.out = s.out[:0]
	if cap(s.out) > 1<<16 {
		s.out = nil
	}
	return dst
}

// OutputLength returns the length of what has to be sent. A caller who reads
// from the client only while it is small bounds it.
func (s *Server) OutputLength() int { return len(s.out) }

// Version returns what both sides speak, which is known after the greeting.
func (s *Server) Version() Version { return s.version }

// PixelFormat returns the client's format of the pixels.
func (s *Server) PixelFormat() PixelFormat { return s.format }

// Encoding returns the encoding that pixels are sent in.
func (s *Server) Encoding() Encoding { return s.encoding }

// Supports reports whether the client has listed an encoding.
func (s *Server) Supports(e Encoding) bool { return s.listed[e] }

func (s *Server) receiveMessage(p []byte) (int, ServerEvent, error) {
	if s.skip > 0 {
		n := min(s.skip, len(p))
		s.skip -= n
		return n, ServerEvent{}, nil
	}
	m, n, err := ParseClientMessage(p, s.parse)
	if err != nil {
		if s.skip = droppedText(p, byte(ClientCutText)); s.skip > 0 {
			return s.receiveMessage(p)
		}
		return 0, ServerEvent{}, err
	}
	if n == 0 {
		return 0, ServerEvent{}, nil
	}
	sync := s.syncWaits
	ev, err := s.handle(m)
	if sync && err == nil {
		// The reply to a fence with FenceSyncNext comes after the message that
		// it was to be in step with.
		s.out = append(s.out, s.syncReply...)
		s.syncWaits = false
	}
	return n, ev, err
}

func (s *Server) handle(m ClientMessage) (ev ServerEvent, err error) {
	ev.Message = m
	switch m.Type {
	case SetPixelFormat:
		return ServerEvent{}, s.setPixelFormat(m.PixelFormat)
	case SetEncodings:
		s.setEncodings(m.Encodings)
	case FramebufferUpdateRequest:
		s.request(m.Rect, m.Incremental)
	case KeyEvent, QEMUClientMessage:
		ev.Kind = ServerEventKey
		return ev, nil
	case PointerEvent:
		ev.Kind = ServerEventPointer
		return ev, nil
	case ClientCutText:
		return s.receiveText(m)
	case EnableContinuousUpdates:
		s.enableContinuous(m.Enable, m.Rect)
	case ClientFence:
		s.receiveFence(m.Flags, m.Payload)
	case SetDesktopSize:
		ev.Kind = ServerEventResize
		return ev, nil
	}
	return ServerEvent{}, nil
}

func (s *Server) setPixelFormat(f PixelFormat) error {
	if err := f.Validate(); err != nil {
		return err
	}
	s.format = f
	if !f.TrueColor {
		s.out = AppendSetColorMapEntries(s.out, 0, CubeColorMap())
	}
	return nil
}

func (s *Server) request(r Rect, incremental bool) {
	s.asked = true
	r = r.Intersect(Rect{0, 0, s.shown.width, s.shown.height})
	if !incremental {
		s.damage.add(r)
		if s.listed[EncodingExtendedDesktopSize] {
			s.pending.size = true
		}
	}
	if s.waits {
		r = s.wanted.union(r)
	}
	s.wanted, s.waits = r, true
}

func (s *Server) enableContinuous(on bool, r Rect) {
	if !on && s.continuous {
		s.out = AppendEndOfContinuousUpdates(s.out)
	}
	s.continuous, s.continuousR = on, r
	s.asked = s.asked || on
}

// fenceMark begins the payload of our own fences.
const fenceMark = 0x65777266

func (s *Server) receiveFence(flags uint32, payload []byte) {
	if flags&FenceRequest == 0 {
		if len(payload) == 8 && u32(payload) == fenceMark && s.fenceID-u32(payload[4:]) < uint32(s.fences) {
			// An answer says that all before it has been answered, too.
			s.fences = int(s.fenceID - u32(payload[4:]))
		}
		return
	}
	flags &= FenceBlockBefore | FenceBlockAfter | FenceSyncNext
	if flags&FenceSyncNext == 0 {
		s.out = AppendServerFence(s.out, flags, payload)
		return
	}
	if s.syncWaits {
		s.out = append(s.out, s.syncReply...)
	}
	s.syncReply, s.syncWaits = AppendServerFence(s.syncReply[:0], flags, payload), true
}

// Asked reports whether the client has asked for pixels, by when it has listed
// its encodings.
func (s *Server) Asked() bool { return s.asked }
