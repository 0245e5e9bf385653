//go:build linux

package load

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/everwire/everwire/bench/internal/wire"
)

// variety is how many different texts the connections send in turn, so that
// the answer to another message, or to another connection, is noticed.
const variety = 16

// Limit ends an echo: no message is sent after either. Zero is no limit, but
// one of the two must be set.
type Limit struct {
	Messages int
	Time     time.Duration
}

// Echoed is what an echo has brought.
type Echoed struct {
	Messages  int             // that were sent and came back
	Elapsed   time.Duration   // from the first message to the last answer
	Latencies []time.Duration // of every message, sorted
}

// Echo has each connection send a text message of size bytes, the next when the
// answer is there, and returns when all are answered. An answer that is not the
// message is an error.
func (c *Crowd) Echo(size int, limit Limit) (Echoed, error) {
	texts := Texts(size)
	frames := make([][]byte, len(texts))
	for i, text := range texts {
		frames[i] = wire.AppendFrame(nil, wire.OpText, mask, text)
	}
	start := time.Now()
	sent, waiting := 0, 0
	latencies := make([]time.Duration, 0, 1<<16)
	send := func(cn *conn, now time.Time) error {
		if limit.Messages > 0 && sent >= limit.Messages || limit.Time > 0 && now.Sub(start) >= limit.Time {
			return nil
		}
		cn.turn = (cn.turn + 1) % variety
		cn.sent, cn.waiting = now, true
		sent++
		waiting++
		return cn.write(frames[cn.turn])
	}
	c.take = func(cn *conn, text []byte) error {
		if !cn.waiting {
			return errUnasked
		}
		if !bytes.Equal(text, texts[cn.turn]) {
			return fmt.Errorf("%.40q came back as %.40q", texts[cn.turn], text)
		}
		now := time.Now()
		latencies = append(latencies, now.Sub(cn.sent))
		cn.waiting = false
		waiting--
		return send(cn, now)
	}
	for i, cn := range c.conns {
		cn.turn = i % variety
		if err := send(cn, time.Now()); err != nil {
			return Echoed{}, err
		}
	}
	if err := c.until(func() bool { return waiting == 0 }); err != nil {
		return Echoed{}, fmt.Errorf("%d of %d messages are not answered: %w", waiting, sent, err)
	}
	slices.Sort(latencies)
	return Echoed{Messages: sent, Elapsed: time.Since(start), Latencies: latencies}, nil
}

// Await calls trigger and waits until every connection has had the text once. It
// returns how long that took.
func (c *Crowd) Await(text []byte, trigger func() error) (time.Duration, error) {
	waiting := len(c.conns)
	for _, cn := range c.conns {
		cn.waiting = true
	}
	c.take = func(cn *conn, got []byte) error {
		if !cn.waiting {
			return errUnasked
		}
		if !bytes.Equal(got, text) {
			return fmt.Errorf("%.40q has come for %.40q", got, text)
		}
		cn.waiting = false
		waiting--
		return nil
	}
	start := time.Now()
	if err := trigger(); err != nil {
		return 0, err
	}
	if err := c.until(func() bool { return waiting == 0 }); err != nil {
		return 0, fmt.Errorf("%d of %d connections have no message: %w", waiting, len(c.conns), err)
	}
	return time.Since(start), nil
}

// Texts returns different texts of printable ASCII, each of size bytes.
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
