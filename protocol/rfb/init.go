package rfb

import "encoding/binary"

// MaxNameLength is the longest name of a desktop, in bytes, that is accepted.
const MaxNameLength = 4096

// AppendClientInit appends what a client sends first after the security
// handshake: whether other clients may stay (RFC 6143 section 7.3.1).
func AppendClientInit(dst []byte, shared bool) []byte { return append(dst, flag(shared)) }

// A ServerInit is the server's answer (RFC 6143 section 7.3.2).
type ServerInit struct {
	Width, Height int
	PixelFormat   PixelFormat // what the server uses until it is told otherwise
	Name          string      // of the desktop: not to be trusted, and of no certain encoding
}

// AppendServerInit appends the message.
func AppendServerInit(dst []byte, s ServerInit) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(s.Width))
	dst = binary.BigEndian.AppendUint16(dst, uint16(s.Height))
	dst = AppendPixelFormat(dst, s.PixelFormat)
	return appendString(dst, s.Name)
}

// ParseServerInit reads the message at the start of p. It returns the length,
// or 0 if p ends before the message does. A name over MaxNameLength gives
// ErrTooLarge.
func ParseServerInit(p []byte) (s ServerInit, n int, err error) {
	if len(p) < 24 {
		return s, 0, nil
	}
	name, n, err := parseString(p[20:], MaxNameLength)
	if n == 0 {
		return s, 0, err
	}
	s = ServerInit{Width: u16(p), Height: u16(p[2:]), Name: string(name)}
	s.PixelFormat, err = ParsePixelFormat(p[4:])
	return s, 20 + n, err
}

// appendString appends a length of 32 bits and the bytes.
func appendString(dst []byte, s string) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(s)))
	return append(dst, s...)
}

// parseString reads what appendString writes. n is 0 if p is too short.
func parseString(p []byte, limit int) (s []byte, n int, err error) {
	if len(p) < 4 {
		return nil, 0, nil
	}
	size := u32(p)
	if uint64(size) > uint64(limit) {
		return nil, 0, ErrTooLarge
	}
	if uint64(len(p)-4) < uint64(size) {
		return nil, 0, nil
	}
	return p[4 : 4+size], 4 + int(size), nil
}

// AppendSecurityTypes appends a server's list of at most 255 types, as from
// version 3.7 on (RFC 6143 section 7.1.2). An empty list must be followed by
// AppendReason.
func AppendSecurityTypes(dst []byte, types []SecurityType) []byte {
	dst = append(dst, byte(len(types)))
	for _, t := range types {
		dst = append(dst, byte(t))
	}
	return dst
}

// AppendReason appends the text that tells why a server refuses.
func AppendReason(dst []byte, reason string) []byte { return appendString(dst, reason) }

// AppendSecurityResult appends the result of the security handshake in the
// form of a version: only from 3.8 on a failure has a reason (RFC 6143 section
// 7.1.3).
func AppendSecurityResult(dst []byte, v Version, result uint32, reason string) []byte {
	dst = binary.BigEndian.AppendUint32(dst, result)
	if result != SecurityOK && v.Minor >= 8 {
		dst = AppendReason(dst, reason)
	}
	return dst
}
