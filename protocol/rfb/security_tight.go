package rfb

import "fmt"

// maxTightCapabilities bounds each list of capabilities.
const (
	maxTightCapabilities = 256
	tightCapability      = 16 // bytes: a number of 32 bits, a vendor, a name
)

// tightList reads a list of capabilities behind a number of 32 bits, and
// returns their numbers.
func (c *Client) tightList() ([]SecurityType, error) {
	if len(c.in) < 4 {
		return nil, errMore
	}
	count := u32(c.in)
	if count > maxTightCapabilities {
		return nil, fmt.Errorf("%w: %d capabilities of Tight", ErrTooLarge, count)
	}
	p := c.next(4 + tightCapability*int(count))
	if p == nil {
		return nil, errMore
	}
	codes := make([]SecurityType, count)
	for i := range codes {
		codes[i] = SecurityType(u32(p[4+tightCapability*i:]))
	}
	return codes, nil
}

// readTightTunnels declines all tunnels, of which no kind was ever defined.
func (c *Client) readTightTunnels() (Event, error) {
	tunnels, err := c.tightList()
	if err != nil {
		return Event{}, err
	}
	if len(tunnels) > 0 {
		c.out = append(c.out, 0, 0, 0, 0)
	}
	c.step = (*Client).readTightTypes
	return Event{}, nil
}

// readTightTypes chooses None or VNC. An empty list means None.
func (c *Client) readTightTypes() (Event, error) {
	offered, err := c.tightList()
	if err != nil {
		return Event{}, err
	}
	c.security.tightUsed = true
	if len(offered) == 0 {
		if !c.allowed(SecurityNone) {
			return Event{}, &SecurityTypesError{Offered: []SecurityType{SecurityNone}}
		}
		return c.securityDone(false)
	}
	for _, t := range c.config.Security {
		if t != SecurityNone && t != SecurityVNC {
			continue
		}
		for _, o := range offered {
			if o == t {
				c.out = append(c.out, 0, 0, 0, byte(t))
				return c.startSecurity(t)
			}
		}
	}
	return Event{}, &SecurityTypesError{Offered: offered}
}

// tightCapabilities returns the length of what follows ServerInit then: three
// lists, for messages of the server, of the client, and encodings.
func tightCapabilities(p []byte) (int, error) {
	if len(p) < 8 {
		return 0, errMore
	}
	count := u16(p) + u16(p[2:]) + u16(p[4:])
	if count > 3*maxTightCapabilities {
		return 0, fmt.Errorf("%w: %d capabilities of Tight", ErrTooLarge, count)
	}
	n := 8 + tightCapability*count
	if len(p) < n {
		return 0, errMore
	}
	return n, nil
}
