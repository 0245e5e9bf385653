package socketio_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// shouting is a Parser whose packets are one binary message each: the usual
// text behind an exclamation mark, and each attachment behind another.
type shouting struct {
	limits chan sio.Limits
}

func (s shouting) Encode(p sio.Packet) (session.Message, [][]byte, error) {
	if bytes.Contains(p.Data, []byte("unspeakable")) {
		return session.Message{}, nil, errUnspeakable
	}
	text, err := sio.AppendPacket([]byte("!"), p)
	for _, b := range p.Binary {
		text = append(append(text, '!'), b...)
	}
	return session.Message{Kind: session.Binary, Data: text}, nil, err
}

var errUnspeakable = errors.New("unspeakable")

func (s shouting) NewDecoder(lim sio.Limits) socketio.Decoder {
	s.limits <- lim
	return &hearing{sio.Decoder{Limits: lim}}
}

type hearing struct{ sio.Decoder }

func (h *hearing) Add([]byte) (sio.Packet, bool, error) {
	return sio.Packet{}, false, errors.New("not loud enough")
}

func (h *hearing) AddBinary(data []byte) (p sio.Packet, done bool, err error) {
	parts := bytes.Split(data, []byte("!"))
	p, done, err = h.Decoder.Add(parts[1])
	for _, b := range parts[2:] {
		if err != nil {
			break
		}
		p, done, err = h.Decoder.AddBinary(b)
	}
	return p, done, err
}

func shouted(cfg socketio.Config) (*socketio.Server, shouting) {
	p := shouting{limits: make(chan sio.Limits, 10)}
	cfg.Parser = p
	return socketio.NewServer(cfg), p
}

// heard is what the client got, each packet as text.
func (p *peer) heard() (all []string) {
	for _, q := range p.packets() {
		if q.Type == session.PacketMessage && q.Kind != session.Binary {
			p.t.Errorf("text %q from a parser that writes binary", q.Data)
		}
		q.Kind = session.Text
		all = append(all, show(q))
	}
	return all
}

func (p *peer) expectHeard(want ...string) {
	p.t.Helper()
	if got := p.heard(); jsonOf(got) != jsonOf(want) {
		p.t.Errorf("client got %q, want %q", got, want)
	}
}

func TestParserCarriesEveryKindOfPacket(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv, _ := shouted(socketio.Config{})
		ns := srv.Of("/")
		got := &notes{}
		socketio.OnAck(ns, "echo", func(_ context.Context, _ *socketio.Socket, in socketio.Args) (socketio.Args, error) {
			got.add("%d arguments", in.Len())
			return in, nil
		})
		p := dial(t, srv, nil)
		p.sendBinary([]byte(`!0{"a":1}`)...)
		settle()
		p.expectHeard(`!0{"sid":SID}`)

		p.sendBinary([]byte(`!20["echo","a",1]`)...)
		p.sendBinary([]byte(`!51-1["echo",{"_placeholder":true,"num":0}]!bytes`)...)
		settle()
		got.expect(t, "2 arguments", "1 arguments")
		p.expectHeard(`!30["a",1]`, `!61-1[{"_placeholder":true,"num":0}]!bytes`)

		s := only(t, ns)
		s.Emit("hello", []byte("b"))
		ns.Emit("all", 7)
		p.expectHeard(`!51-["hello",{"_placeholder":true,"num":0}]!b`, `!2["all",7]`)

		p.sendBinary([]byte(`!0/nowhere,`)...)
		p.expectHeard(`!4/nowhere,{"message":"Invalid namespace"}`)
		s.Disconnect(false)
		p.expectHeard(`!1`)
		p.leave()
	})
}

func TestParserFailsForOnePacketOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv, _ := shouted(socketio.Config{})
		ns := srv.Of("/")
		p := dial(t, srv, nil)
		p.sendBinary([]byte(`!0`)...)
		settle()
		p.heard()
		wantErr(t, only(t, ns).Emit("e", "unspeakable"), errUnspeakable)
		wantErr(t, ns.Emit("e", "unspeakable"), errUnspeakable)
		only(t, ns).Emit("e", 1)
		p.expectHeard(`!2["e",1]`)
		p.leave()
	})
}

func TestParserIsToldTheLimits(t *testing.T) {
	srv, parser := shouted(socketio.Config{MaxAttachments: 3, MaxPayload: 1000})
	p := dial(t, srv, nil)
	defer p.hangUp()
	if got, want := <-parser.limits, (sio.Limits{MaxAttachments: 3, MaxBytes: 3000}); got != want {
		t.Errorf("limits %+v, want %+v", got, want)
	}
}

func TestParserErrorEndsTheConnection(t *testing.T) {
	srv, _ := shouted(socketio.Config{})
	if err := dial(t, srv, nil).send(`0`); err == nil {
		t.Error("text was taken by a parser that refuses it")
	}
	p := dial(t, srv, nil)
	wantErr(t, p.sendBinary([]byte(`!x`)...), sio.ErrProtocol)
	wantErr(t, p.sendBinary([]byte(`!0`)...), session.ErrClosed)
}
