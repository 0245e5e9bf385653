//go:build linux

package load

import (
	"errors"
	"fmt"

	"github.com/everwire/everwire/bench/internal/wire"
)

// polls is HTTP polling: one request after the other on each connection.
type polls struct {
	client *client
	down   *link // polls
	up     *link // what is sent; the same as down without an uplink

	poll []byte // the request
	post []byte // the head of the other, up to the length of its body

	polling bool   // a poll is under way
	posting bool   // and a request with packets
	queue   []byte // packets that wait for their request

	tries int // sessions that the server did not know
}

// maxTries is how often a client begins anew.
const maxTries = 5

func (p *polls) begin() (err error) {
	if p.down, err = p.client.crowd.connect(p.client); err != nil {
		return err
	}
	p.up = p.down
	if p.client.crowd.cfg.Uplink {
		if p.up, err = p.client.crowd.connect(p.client); err != nil {
			return err
		}
	}
	cfg := &p.client.crowd.cfg
	p.poll = wire.AppendGet(nil, cfg.Addr, cfg.Protocol.path("polling"))
	return p.get()
}

// again begins anew with a session of its own. Some servers answer the handshake
// before they know the session, and refuse the poll that follows at once.
func (p *polls) again() error {
	p.down.close()
	p.up.close()
	p.tries++
	p.client.crowd.anew++
	p.client.stage, p.polling = opening, false
	return p.begin()
}

func (p *polls) opened(sid string) error {
	cfg := &p.client.crowd.cfg
	target := cfg.Protocol.path("polling") + "&sid=" + sid
	p.poll = wire.AppendGet(nil, cfg.Addr, target)
	p.post = wire.AppendPost(nil, cfg.Addr, target)
	return nil
}

func (p *polls) get() error {
	p.polling = true
	return p.down.write(p.poll)
}

func (p *polls) sending() bool { return p.posting || len(p.queue) > 0 }

func (p *polls) send(packet []byte) error {
	p.queue = p.client.crowd.cfg.Protocol.appendPacket(p.queue, packet)
	return p.flush()
}

// flush sends what is queued, if its connection is free.
func (p *polls) flush() error {
	if len(p.queue) == 0 || p.posting || p.polling && p.up == p.down {
		return nil
	}
	request := fmt.Appendf(p.post[:len(p.post):len(p.post)], "%d\r\n\r\n%s", len(p.queue), p.queue)
	p.posting, p.queue = true, p.queue[:0]
	return p.up.write(request)
}

func (p *polls) input(l *link, data []byte) ([]byte, error) {
	for {
		body, length, err := wire.ParseAnswer(data)
		if errors.Is(err, wire.ErrStatus) && p.client.crowd.cfg.Protocol == V3 && p.client.stage == entering && p.tries < maxTries {
			return nil, p.again()
		}
		if err != nil || length == 0 {
			return data, err
		}
		data = data[length:]
		if l == p.up && p.posting {
			err = p.posted(body)
		} else if l == p.down && p.polling {
			err = p.polled(body)
		} else {
			err = fmt.Errorf("answer to no request: %.40q", body)
		}
		if err != nil {
			return nil, err
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

func (p *polls) posted(body []byte) error {
	p.posting = false
	p.client.crowd.moved++
	if string(body) != "ok" {
		return fmt.Errorf("request with packets answered with %.40q", body)
	}
	return nil
}

func (p *polls) polled(body []byte) error {
	p.polling = false
	for {
		packet, rest, err := p.client.crowd.cfg.Protocol.cutPacket(body)
		if err == nil {
			err = p.client.packet(packet)
		}
		if err != nil || len(rest) == 0 {
			return err
		}
		body = rest
	}
}

// next goes on after an answer: what is to be sent comes before the next poll,
// which holds up the connection.
func (p *polls) next() error {
	if err := p.flush(); err != nil {
		return err
	}
	if p.client.crowd.cfg.Park && p.client.stage == inside && !p.polling && !p.posting {
		p.down.close()
		return nil
	}
	if !p.polling && (p.up != p.down || !p.posting) {
		if err := p.get(); err != nil {
			return err
		}
	}
	return p.client.free()
}
