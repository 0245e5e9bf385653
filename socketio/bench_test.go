package socketio_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// enterQuietly is enter without the fake clock.
func enterQuietly(b *testing.B, srv *socketio.Server) *peer {
	srv.Of("/")
	p := dial(b, srv, nil)
	if err := p.send(`0`); err != nil {
		b.Fatal(err)
	}
	p.packets()
	return p
}

func (p *peer) hangUp() { p.conn.Kill(&session.CloseError{Code: session.Normal}) }

// From a packet's text to the handler.
func BenchmarkEvent(b *testing.B) {
	for _, bb := range []struct{ name, packet string }{
		{"string", `2["e","0123456789abcdef"]`},
		{"struct", `2["p",{"x":1,"y":2}]`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			srv := socketio.NewServer(socketio.Config{})
			done := make(chan struct{}, 256)
			socketio.On(srv.Of("/"), "e", func(context.Context, *socketio.Socket, string) error { done <- struct{}{}; return nil })
			socketio.On(srv.Of("/"), "p", func(context.Context, *socketio.Socket, point) error { done <- struct{}{}; return nil })
			p := enterQuietly(b, srv)
			q := session.Packet{Type: session.PacketMessage, Data: []byte(bb.packet)}
			b.ReportAllocs()
			for b.Loop() {
				p.conn.Deliver(q)
				<-done
			}
			p.hangUp()
		})
	}
}

func BenchmarkEmit(b *testing.B) {
	srv := socketio.NewServer(socketio.Config{})
	p := enterQuietly(b, srv)
	s := only(b, srv.Of("/"))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Emit("e", "0123456789abcdef", 7); err != nil {
			b.Fatal(err)
		}
		batch, err := p.lease.TryNext(1 << 16)
		if err != nil {
			b.Fatal(err)
		}
		batch.Commit()
	}
	p.hangUp()
}

func BenchmarkBroadcast1000(b *testing.B) {
	srv := socketio.NewServer(socketio.Config{})
	srv.Of("/")
	peers := make([]*peer, 1000)
	for i := range peers {
		peers[i] = enterQuietly(b, srv)
	}
	b.ReportAllocs()
	for b.Loop() {
		srv.Of("/").Emit("e", "0123456789abcdef")
		for _, p := range peers {
			batch, err := p.lease.TryNext(1 << 16)
			if err != nil {
				b.Fatal(err)
			}
			batch.Commit()
		}
	}
	for _, p := range peers {
		p.hangUp()
	}
}

// What an idle client in one namespace costs beside its session, in bytes.
func BenchmarkIdleMemory(b *testing.B) {
	const clients = 5000
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	idle := func(accept func(*session.Conn)) int64 {
		conns := make([]*session.Conn, clients)
		before := heap()
		for i := range conns {
			conns[i] = session.NewConn(context.Background(), session.NewID(), &session.Config{}, session.Peer{})
			accept(conns[i])
			lease, err := conns[i].Attach(carrier, func() {})
			if err != nil {
				b.Fatal(err)
			}
			conns[i].Deliver(session.Packet{Type: session.PacketMessage, Data: []byte("0")})
			for batch, err := lease.TryNext(1 << 16); err == nil; batch, err = lease.TryNext(1 << 16) {
				batch.Commit()
			}
		}
		used := heap() - before
		for _, c := range conns {
			c.Kill(&session.CloseError{Code: session.Normal})
		}
		return used / clients
	}
	for b.Loop() {
		srv := socketio.NewServer(socketio.Config{})
		srv.Of("/")
		with := idle(srv.Accept)
		without := idle(func(c *session.Conn) { c.SetSink(mute{c}) })
		b.ReportMetric(float64(with-without), "B/client")
		b.ReportMetric(0, "ns/op")
	}
}

// mute answers every packet and keeps nothing.
type mute struct{ c *session.Conn }

func (m mute) Deliver(session.Packet) error {
	return m.c.Offer(session.Packet{Type: session.PacketMessage, Data: []byte("0")})
}

func (mute) Over(error) {}
