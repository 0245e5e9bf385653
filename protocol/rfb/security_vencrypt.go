package rfb

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// readVeNCryptVersion agrees on 0.2, the only version in use.
func (c *Client) readVeNCryptVersion() (Event, error) {
	p := c.next(2)
	if p == nil {
		return Event{}, errMore
	}
	if p[0] == 0 && p[1] < 2 {
		c.out = append(c.out, 0, 0) // the way to say no
		return Event{}, fmt.Errorf("%w: version %d.%d of VeNCrypt, where 0.2 is needed", ErrVersion, p[0], p[1])
	}
	c.out = append(c.out, 0, 2)
	c.step = (*Client).readVeNCryptTypes
	return Event{}, nil
}

// readVeNCryptTypes chooses a subtype.
func (c *Client) readVeNCryptTypes() (Event, error) {
	if len(c.in) >= 1 && c.in[0] != 0 {
		return Event{}, &RefusedError{What: "version 0.2 of VeNCrypt"}
	}
	if len(c.in) < 2 {
		return Event{}, errMore
	}
	p := c.next(2 + 4*int(c.in[1]))
	if p == nil {
		return Event{}, errMore
	}
	var offered []SecurityType
	for p = p[2:]; len(p) > 0; p = p[4:] {
		offered = append(offered, SecurityType(u32(p)))
	}
	t, err := c.chooseVeNCrypt(offered)
	if err != nil {
		return Event{}, err
	}
	c.out = binary.BigEndian.AppendUint32(c.out, uint32(t))
	if t == VeNCryptPlain {
		return c.startVeNCryptInner(t)
	}
	c.step = func(c *Client) (Event, error) { return c.readVeNCryptAck(t) }
	return Event{}, nil
}

func (c *Client) chooseVeNCrypt(offered []SecurityType) (SecurityType, error) {
	for _, t := range c.config.Security {
		switch t {
		case VeNCryptPlain, VeNCryptX509None, VeNCryptX509Vnc, VeNCryptX509Plain:
			if slices.Contains(offered, t) {
				return t, nil
			}
		}
	}
	anonymous := func(t SecurityType) bool {
		return t == VeNCryptTLSNone || t == VeNCryptTLSVnc || t == VeNCryptTLSPlain
	}
	if len(offered) > 0 && !slices.ContainsFunc(offered, func(t SecurityType) bool { return !anonymous(t) }) {
		return 0, ErrAnonymousTLS
	}
	return 0, &SecurityTypesError{Offered: offered}
}

// readVeNCryptAck waits for the server to agree to TLS.
func (c *Client) readVeNCryptAck(t SecurityType) (Event, error) {
	p := c.next(1)
	if p == nil {
		return Event{}, errMore
	}
	if p[0] != 1 {
		return Event{}, &RefusedError{What: "TLS, which it has offered"}
	}
	c.security.tls = t
	c.step = (*Client).wait
	return Event{Kind: EventTLS, Security: t}, nil
}

// startVeNCryptInner goes on inside of TLS, or without.
func (c *Client) startVeNCryptInner(t SecurityType) (Event, error) {
	switch t {
	case VeNCryptX509None:
		return c.securityDone(true) // there is a result in version 3.7 too
	case VeNCryptX509Vnc:
		c.step = (*Client).readVNCChallenge
		return Event{}, nil
	}
	if t == VeNCryptPlain {
		return c.askPlain(t)
	}
	// TLSDone cannot return an event, so the next step does.
	c.step = func(c *Client) (Event, error) { return c.askPlain(t) }
	return Event{}, nil
}

// askPlain asks for a name and a password, which are sent as they are.
func (c *Client) askPlain(t SecurityType) (Event, error) {
	return c.askCredentials(t, true, func(cr Credentials) (Event, error) {
		if err := checkLengths(cr, maxCredential); err != nil {
			return Event{}, err
		}
		c.out = binary.BigEndian.AppendUint32(c.out, uint32(len(cr.Username)))
		c.out = binary.BigEndian.AppendUint32(c.out, uint32(len(cr.Password)))
		c.out = append(append(c.out, cr.Username...), cr.Password...)
		return c.securityDone(true)
	})
}
