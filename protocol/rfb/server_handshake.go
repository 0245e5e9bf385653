package rfb

import (
	"bytes"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// ErrRefused means that a Server has refused a client: there is no type of security
// that both know, or the client could not prove who it is. A client that was
// refused gets a *RefusedError.
var ErrRefused = errors.New("rfb: client refused")

// isVeNCrypt reports whether a type is a subtype of VeNCrypt that a server can
// offer.
func (t SecurityType) isVeNCrypt() bool {
	switch t {
	case VeNCryptPlain, VeNCryptX509None, VeNCryptX509Vnc, VeNCryptX509Plain:
		return true
	}
	return false
}

// Phase returns how far the handshake has come, or had when it failed.
func (s *Server) Phase() Phase {
	state := s.state
	if state == serverFailed {
		state = s.failed
	}
	switch state {
	case serverVersion:
		return PhaseVersion
	case serverDecision:
		return PhaseResult
	case serverClientInit, serverStart:
		return PhaseInit
	case serverRunning:
		return PhaseReady
	}
	return PhaseSecurity
}

func (s *Server) receiveHandshake(p []byte) (int, ServerEvent, error) {
	switch s.state {
	case serverVersion:
		return s.receiveVersion(p)
	case serverSecurityType:
		if len(p) < 1 {
			return 0, ServerEvent{}, nil
		}
		ev, err := s.chooseSecurity(SecurityType(p[0]))
		return 1, ev, err
	case serverVeNCryptVersion:
		return s.receiveVeNCryptVersion(p)
	case serverVeNCryptSubtype:
		return s.receiveVeNCryptSubtype(p)
	case serverVNCResponse:
		if len(p) < VNCChallengeLength {
			return 0, ServerEvent{}, nil
		}
		s.state = serverDecision
		return VNCChallengeLength, ServerEvent{
			Kind: ServerEventAuthenticate, Security: s.security,
			challenge: s.challenge, response: [VNCChallengeLength]byte(p),
		}, nil
	case serverPlain:
		return s.receivePlain(p)
	case serverClientInit:
		if len(p) < 1 {
			return 0, ServerEvent{}, nil
		}
		s.state = serverStart
		return 1, ServerEvent{Kind: ServerEventInit, Shared: p[0] != 0}, nil
	}
	return 0, ServerEvent{}, fmt.Errorf("%w: more bytes than the handshake has", ErrMalformed)
}

func (s *Server) receiveVersion(p []byte) (int, ServerEvent, error) {
	if !beginsGreeting(p) {
		return 0, ServerEvent{}, notRFB(p, firstWord(p))
	}
	if len(p) < VersionLength {
		return 0, ServerEvent{}, nil
	}
	v, err := ParseVersion(p[:VersionLength])
	if err != nil {
		return 0, ServerEvent{}, notRFB(p, firstWord(p))
	}
	if v.Major != 3 {
		return 0, ServerEvent{}, fmt.Errorf("%w: %v", ErrVersion, v)
	}
	// What is not one of the three behaves like 3.3 below 3.7, and like 3.8
	// above it; nobody may ask for more than was offered.
	switch minor := min(v.Minor, s.config.Version.Minor); {
	case minor < 7:
		s.version = Version33
	case minor == 7:
		s.version = Version37
	default:
		s.version = Version38
	}
	if s.version == Version33 {
		ev, err := s.dictateSecurity()
		return VersionLength, ev, err
	}
	types := s.offered()
	s.out = AppendSecurityTypes(s.out, types)
	if len(types) == 0 {
		s.out = AppendReason(s.out, "no security type is offered")
		return 0, ServerEvent{}, fmt.Errorf("%w: no security type is offered", ErrRefused)
	}
	s.state = serverSecurityType
	return VersionLength, ServerEvent{}, nil
}

// firstWord is what may be told of what a stranger has sent: a request's
// address may have a secret in it.
func firstWord(p []byte) []byte {
	if at := bytes.IndexAny(p, " ?"); at >= 0 {
		p = p[:at]
	}
	return p
}

// offered returns the types of the configuration, in which VeNCrypt stands
// once for its subtypes.
func (s *Server) offered() []SecurityType {
	var types []SecurityType
	for _, t := range s.config.Security {
		if t.isVeNCrypt() {
			t = SecurityVeNCrypt
		}
		if (t == SecurityNone || t == SecurityVNC || t == SecurityVeNCrypt) && !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types
}

// dictateSecurity is the handshake of version 3.3, in which the server decides
// (RFC 6143 appendix A).
func (s *Server) dictateSecurity() (ServerEvent, error) {
	for _, t := range s.config.Security {
		if t == SecurityNone || t == SecurityVNC {
			s.out = binary.BigEndian.AppendUint32(s.out, uint32(t))
			return s.beginSecurity(t), nil
		}
	}
	const why = "version 3.3 has no security type that is offered"
	s.out = binary.BigEndian.AppendUint32(s.out, uint32(SecurityInvalid))
	s.out = AppendReason(s.out, why)
	return ServerEvent{}, fmt.Errorf("%w: %s", ErrRefused, why)
}

func (s *Server) chooseSecurity(t SecurityType) (ServerEvent, error) {
	if !slices.Contains(s.offered(), t) {
		return ServerEvent{}, s.refuse(fmt.Sprintf("%v was not offered", t))
	}
	if t == SecurityVeNCrypt {
		s.beginVeNCrypt()
		return ServerEvent{}, nil
	}
	return s.beginSecurity(t), nil
}

// beginSecurity begins what a type consists of, inside of TLS if it has that.
func (s *Server) beginSecurity(t SecurityType) ServerEvent {
	s.security = t
	switch t {
	case SecurityVNC, VeNCryptX509Vnc:
		s.challenge = s.config.Challenge()
		s.out = append(s.out, s.challenge[:]...)
		s.state = serverVNCResponse
	case VeNCryptPlain, VeNCryptX509Plain:
		s.state = serverPlain
	default:
		s.accept()
	}
	return ServerEvent{}
}

// accept ends the security handshake. Before version 3.8, None has no result.
func (s *Server) accept() {
	if s.security != SecurityNone || s.version.Minor >= 8 {
		s.out = AppendSecurityResult(s.out, s.version, SecurityOK, "")
	}
	s.state = serverClientInit
}

func (s *Server) refuse(why string) error {
	s.out = AppendSecurityResult(s.out, s.version, SecurityFailed, why)
	s.fail()
	return fmt.Errorf("%w: %s", ErrRefused, why)
}

// CheckPassword reports whether a client that has to authenticate knows a
// password. SecurityVNC looks at the first eight bytes only.
func (ev ServerEvent) CheckPassword(password string) bool {
	switch ev.Security {
	case SecurityVNC, VeNCryptX509Vnc:
		want := AppendVNCResponse(nil, ev.challenge, password)
		return subtle.ConstantTimeCompare(ev.response[:], want) == 1
	case VeNCryptPlain, VeNCryptX509Plain:
		return subtle.ConstantTimeCompare([]byte(ev.password), []byte(password)) == 1
	}
	return false
}

// Authenticated answers ServerEventAuthenticate. If ok is false the client is
// told why, from version 3.8 on, and the error is ErrRefused: the connection
// is over when the output has been sent.
func (s *Server) Authenticated(ok bool, why string) error {
	if s.state != serverDecision {
		return fmt.Errorf("%w: nobody has to be authenticated", ErrRefused)
	}
	if !ok {
		return s.refuse(why)
	}
	s.accept()
	return nil
}

// Start answers ServerEventInit with the desktop, whose format the client may
// change. The error is that of PixelFormat.Validate.
func (s *Server) Start(init ServerInit) error {
	if s.state != serverStart {
		return fmt.Errorf("%w: no client is ready", ErrRefused)
	}
	if err := init.PixelFormat.Validate(); err != nil {
		return err
	}
	s.out = AppendServerInit(s.out, init)
	s.state = serverRunning
	s.name = init.Name
	s.width, s.height = init.Width, init.Height
	s.shown.width, s.shown.height = init.Width, init.Height
	s.screens = []Screen{{Rect: Rect{0, 0, init.Width, init.Height}}}
	s.encoding = EncodingRaw
	return s.setPixelFormat(init.PixelFormat)
}
