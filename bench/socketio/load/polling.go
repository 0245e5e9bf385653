//go:build linux

package load

import (
	"bytes"
	"fmt"

	"github.com/everwire/everwire/bench/internal/wire"
)

// separator stands between the packets of a payload (Engine.IO 4).
const separator = '\x1e'

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
}

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
	addr := p.client.crowd.cfg.Addr
	p.poll = wire.AppendGet(nil, addr, path+"polling")
	return p.get()
}

func (p *polls) opened(sid string) error {
	addr, target := p.client.crowd.cfg.Addr, path+"polling&sid="+sid
	p.poll = wire.AppendGet(nil, addr, target)
	p.post = wire.AppendPost(nil, addr, target)
	return nil
}

func (p *polls) get() error {
	p.polling = true
	return p.down.write(p.poll)
}

func (p *polls) sending() bool { return p.posting || len(p.queue) > 0 }

func (p *polls) send(packet []byte) error {
	if len(p.queue) > 0 {
		p.queue = append(p.queue, separator)
	}
	p.queue = append(p.queue, packet...)
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
	if string(body) != "ok" {
		return fmt.Errorf("request with packets answered with %.40q", body)
	}
	return nil
}

func (p *polls) polled(body []byte) error {
	p.polling = false
	for packet := range bytes.SplitSeq(body, []byte{separator}) {
		if err := p.client.packet(packet); err != nil {
			return err
		}
	}
	return nil
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
