//go:build linux

package load

import "time"

// due is the next ping of a client of Engine.IO 3, where clients ping and the
// server answers.
type due struct {
	client *client
	at     time.Time
}

var ping = []byte("2")

// pingFrom has a client ping from now on. All have the same interval, so that
// the pings are due in the order in which they were noted. A polling client
// without an uplink cannot ping while its poll waits.
func (c *Crowd) pingFrom(now time.Time, cl *client) {
	if cl.interval > 0 && (c.cfg.Transport == WebSocket || c.cfg.Uplink) {
		c.pings = append(c.pings, due{cl, now.Add(cl.interval)})
	}
}

// ping sends the pings that are due and returns how long poll may wait, at most
// as long as it is told.
func (c *Crowd) ping(wait time.Duration) (time.Duration, error) {
	if len(c.pings) == 0 {
		return wait, nil
	}
	now := time.Now()
	for len(c.pings) > 0 && !c.pings[0].at.After(now) {
		cl := c.pings[0].client
		c.pings = c.pings[1:]
		c.pingFrom(now, cl)
		cl.pinged++
		if err := cl.carrier.send(ping); err != nil {
			return 0, err
		}
	}
	return min(wait, time.Until(c.pings[0].at)), nil
}
