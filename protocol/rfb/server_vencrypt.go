package rfb

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// maxCredential is the longest name or password, in bytes.
const maxCredential = 1024

// VeNCrypt (the community's specification, "VeNCrypt"):
//
//	server: 0 2                             the version
//	client: 0 2
//	server: 0                               accepted
//	server: count (U8), subtypes (U32)
//	client: subtype (U32)
//	server: 1                               accepted; not for Plain
//	TLS, and inside of it what the subtype says; for Plain
//	client: lengths of name and password (U32), name, password

func (s *Server) beginVeNCrypt() {
	s.out = append(s.out, 0, 2)
	s.state = serverVeNCryptVersion
}

func (s *Server) receiveVeNCryptVersion(p []byte) (int, ServerEvent, error) {
	if len(p) < 2 {
		return 0, ServerEvent{}, nil
	}
	if p[0] != 0 || p[1] != 2 {
		s.out = append(s.out, 255)
		return 0, ServerEvent{}, fmt.Errorf("%w: version %d.%d of VeNCrypt", ErrRefused, p[0], p[1])
	}
	subtypes := s.subtypes()
	s.out = append(s.out, 0, byte(len(subtypes)))
	for _, t := range subtypes {
		s.out = binary.BigEndian.AppendUint32(s.out, uint32(t))
	}
	s.state = serverVeNCryptSubtype
	return 2, ServerEvent{}, nil
}

func (s *Server) subtypes() []SecurityType {
	var subtypes []SecurityType
	for _, t := range s.config.Security {
		if t.isVeNCrypt() && !slices.Contains(subtypes, t) {
			subtypes = append(subtypes, t)
		}
	}
	return subtypes
}

func (s *Server) receiveVeNCryptSubtype(p []byte) (int, ServerEvent, error) {
	if len(p) < 4 {
		return 0, ServerEvent{}, nil
	}
	t := SecurityType(u32(p))
	if !slices.Contains(s.subtypes(), t) {
		s.out = append(s.out, 0)
		return 0, ServerEvent{}, fmt.Errorf("%w: %v was not offered", ErrRefused, t)
	}
	if t == VeNCryptPlain {
		return 4, s.beginSecurity(t), nil
	}
	s.out = append(s.out, 1)
	s.security, s.state = t, serverTLS
	return 4, ServerEvent{Kind: ServerEventStartTLS, Security: t}, nil
}

// SecuredByTLS says that the TLS handshake of ServerEventStartTLS is done. What
// the server has to say inside of TLS is in the output.
func (s *Server) SecuredByTLS() error {
	if s.state != serverTLS {
		return fmt.Errorf("%w: no TLS was asked for", ErrRefused)
	}
	s.beginSecurity(s.security)
	return nil
}

func (s *Server) receivePlain(p []byte) (int, ServerEvent, error) {
	if len(p) < 8 {
		return 0, ServerEvent{}, nil
	}
	name, password := u32(p), u32(p[4:])
	if name > maxCredential || password > maxCredential {
		return 0, ServerEvent{}, ErrTooLarge
	}
	n := 8 + int(name) + int(password)
	if len(p) < n {
		return 0, ServerEvent{}, nil
	}
	s.state = serverDecision
	return n, ServerEvent{
		Kind: ServerEventAuthenticate, Security: s.security,
		User: string(p[8 : 8+name]), password: string(p[8+name : n]),
	}, nil
}
