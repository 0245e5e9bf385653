//go:build linux

package load

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Stormed is what a storm has brought.
type Stormed struct {
	Sent int // echoes, and as many shouts
	Acks int // of the echoes
	News int // that have come, of Sent for each client
}

// errStorm is what came in a storm and was not to come, or not once more.
var errStorm = errors.New("answer that is wrong or one too many")

// Storm has each client emit the event echo with a text of size bytes and the
// event shout with the same, which the server sends on to all clients as news:
// both at once, and again each pace, as often as it is told. What is not there
// within the grace after the last is missing in the result, and no error.
func (c *Crowd) Storm(size, times int, pace, grace time.Duration) (Stormed, error) {
	var got Stormed
	texts := Texts(size)
	acked := make([]int, len(c.clients)) // how many of each client's echoes
	heard := make([]int, len(c.clients))
	c.take = func(cl *client, packet []byte) error {
		n := cl.number
		if bytes.HasPrefix(packet, []byte(`42["news",`)) {
			got.News++
			heard[n]++
			if heard[n] > times*len(c.clients) {
				return fmt.Errorf("%w: %.60q", errStorm, packet)
			}
			return nil
		}
		// The acks of one client come in the order of its echoes.
		if want := fmt.Appendf(nil, `43%d["%s"]`, acked[n], texts[acked[n]%variety]); !bytes.Equal(packet, want) {
			return fmt.Errorf("%w: %.60q for %.60q", errStorm, packet, want)
		}
		got.Acks++
		acked[n]++
		return nil
	}
	all := times * len(c.clients)
	start := time.Now()
	for round := range times {
		text := texts[round%variety]
		echo := append(strconv.AppendInt([]byte("42"), int64(round), 10), fmt.Sprintf(`["echo","%s"]`, text)...)
		shout := fmt.Appendf(nil, `42["shout","%s"]`, text)
		for _, cl := range c.clients {
			if err := errors.Join(cl.carrier.send(echo), cl.carrier.send(shout)); err != nil {
				return got, err
			}
			got.Sent++
		}
		if err := c.keep(start.Add(time.Duration(round+1)*pace), func() bool { return false }); err != nil {
			return got, err
		}
	}
	return got, c.keep(time.Now().Add(grace), func() bool { return got.Acks == all && got.News == all*len(c.clients) })
}
