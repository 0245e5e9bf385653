package eio

import (
	"fmt"

	"github.com/everwire/everwire/session"
)

// What the generations before Engine.IO have in common: all is text, several
// packets may share a WebSocket message, and some packets have no form.

var (
	errBinaryUnencodable = fmt.Errorf("%w: binary data in a generation of text", ErrUnencodable)
	errBinary            = fmt.Errorf("%w: binary message in a generation of text", ErrMalformed)
	errFrame             = fmt.Errorf("%w: no frame", ErrMalformed)
	errSeveral           = fmt.Errorf("%w: not one packet", ErrMalformed)
)

// decodeSingle decodes a WebSocket message that must hold one packet.
func decodeSingle(c Codec, data []byte, binary bool) (p session.Packet, err error) {
	if binary {
		return session.Packet{}, errBinary
	}
	n := 0
	for q, err := range c.DecodePayload(data) {
		if n++; err != nil || n > 1 {
			if err == nil {
				err = errSeveral
			}
			return session.Packet{}, err
		}
		p = q
	}
	if n == 0 {
		return session.Packet{}, errSeveral
	}
	return p, nil
}

// former is a generation in which some packets have no form.
type former interface {
	// form returns the size of p in a payload, without what separates it from
	// its neighbours. It is ErrControl if p has no form.
	form(p session.Packet) (size int, err error)
}

// countForms returns how many of ps have a form, or would have one if they
// were sound: the others are left out of a payload. It fails if there is none.
func countForms(c former, ps []session.Packet) (int, error) {
	n := 0
	for _, p := range ps {
		if _, err := c.form(p); err != ErrControl {
			n++
		}
	}
	switch {
	case len(ps) == 0:
		return 0, errEmptyPayload
	case n == 0:
		return 0, ErrControl
	}
	return n, nil
}

// fit is Sizer.Fit where a payload has a number of bytes around the packets
// and between each two of them.
func fit(c former, ps []session.Packet, max, around, between int) int {
	size, n := around-between, 0
	for i, p := range ps {
		form, err := c.form(p)
		if err != nil {
			continue
		}
		if size += between + form; size > max && n > 0 {
			return i
		}
		n++
	}
	return len(ps)
}
