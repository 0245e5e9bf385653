//go:build linux

package load

import (
	"bytes"
	"fmt"
	"time"
)

// Await calls trigger and waits until every client has had the event news with
// the text once. It returns how long that took.
func (c *Crowd) Await(text []byte, trigger func() error) (time.Duration, error) {
	latencies, err := c.Hear(text, trigger)
	if err != nil {
		return 0, err
	}
	return latencies[len(latencies)-1], nil
}

// Hear is Await that returns when each client has had the event, counted from
// trigger and in the order of arrival.
func (c *Crowd) Hear(text []byte, trigger func() error) ([]time.Duration, error) {
	waiting, news := len(c.clients), fmt.Appendf(nil, `42["news","%s"]`, text)
	for _, cl := range c.clients {
		cl.waiting = true
	}
	var start time.Time
	latencies := make([]time.Duration, 0, waiting)
	c.take = func(cl *client, packet []byte) error {
		if !cl.waiting {
			return refuse(cl, packet)
		}
		if !bytes.Equal(packet, news) {
			return fmt.Errorf("%.60q has come for %.60q", packet, news)
		}
		latencies = append(latencies, time.Since(start))
		cl.waiting = false
		waiting--
		return nil
	}
	start = time.Now()
	if err := trigger(); err != nil {
		return nil, err
	}
	if err := c.until(func() bool { return waiting == 0 }); err != nil {
		return nil, fmt.Errorf("%d of %d clients have no event: %w", waiting, len(c.clients), err)
	}
	return latencies, nil
}
