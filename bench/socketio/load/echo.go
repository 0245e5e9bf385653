//go:build linux

package load

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// variety is how many different texts the clients send in turn, so that the ack
// of another event, or of another client, is noticed.
const variety = 16

// Limit ends an echo: nothing is sent after either. Zero is no limit, but one
// of the two must be set.
type Limit struct {
	Events int
	Time   time.Duration
}

// Echoed is what an echo has brought.
type Echoed struct {
	Events    int             // that were sent and acknowledged
	Elapsed   time.Duration   // from the first event to the last ack
	Latencies []time.Duration // of every event, sorted
}

// Echo has each client emit the event echo with a text of size bytes, the next
// when the ack is there, and returns when all are answered. An ack without
// the text is an error.
func (c *Crowd) Echo(size int, limit Limit) (Echoed, error) {
	var packets, acks [variety][]byte
	for i, text := range Texts(size) {
		packets[i] = fmt.Appendf(nil, `42%d["echo","%s"]`, i, text)
		acks[i] = fmt.Appendf(nil, `43%d["%s"]`, i, text)
	}
	start := time.Now()
	sent, waiting := 0, 0
	latencies := make([]time.Duration, 0, 1<<16)
	send := func(cl *client) error {
		now := time.Now()
		if limit.Events > 0 && sent >= limit.Events || limit.Time > 0 && now.Sub(start) >= limit.Time {
			return nil
		}
		cl.turn = (cl.turn + 1) % variety
		cl.sent, cl.waiting = now, true
		sent++
		waiting++
		return cl.carrier.send(packets[cl.turn])
	}
	c.take = func(cl *client, packet []byte) error {
		if !cl.waiting {
			return refuse(cl, packet)
		}
		if !bytes.Equal(packet, acks[cl.turn]) {
			return fmt.Errorf("%.60q has come for %.60q", packet, acks[cl.turn])
		}
		latencies = append(latencies, time.Since(cl.sent))
		cl.waiting = false
		waiting--
		return nil
	}
	c.done = send
	defer func() { c.done = nil }()
	for i, cl := range c.clients {
		cl.turn = i % variety
		if err := send(cl); err != nil {
			return Echoed{}, err
		}
	}
	if err := c.until(func() bool { return waiting == 0 }); err != nil {
		return Echoed{}, fmt.Errorf("%d of %d events are not acknowledged: %w", waiting, sent, err)
	}
	c.done = nil
	slices.Sort(latencies)
	return Echoed{Events: sent, Elapsed: time.Since(start), Latencies: latencies}, c.until(c.quiet)
}

// quiet reports whether nothing of any client is under way.
func (c *Crowd) quiet() bool {
	return !slices.ContainsFunc(c.clients, func(cl *client) bool { return cl.carrier.sending() })
}

// Texts returns different texts of letters, each of size bytes.
func Texts(size int) [][]byte {
	texts := make([][]byte, variety)
	for i := range texts {
		text := make([]byte, size)
		for j := range text {
			text[j] = byte('a' + (i+j)%26)
		}
		texts[i] = text
	}
	return texts
}
