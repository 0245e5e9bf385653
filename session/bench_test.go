package session_test

import (
	"context"
	"runtime"
	"strconv"
	"testing"

	"github.com/everwire/everwire/session"
)

// BenchmarkSendToCarrier is one message on its way out.
func BenchmarkSendToCarrier(b *testing.B) {
	c := session.NewConn(context.Background(), "id", &session.Config{}, session.Peer{})
	defer c.Kill(&session.CloseError{})
	l, err := c.Attach(stream, func() {})
	if err != nil {
		b.Fatal(err)
	}
	ctx, m := context.Background(), session.Message{Data: make([]byte, 32)}
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Send(ctx, m); err != nil {
			b.Fatal(err)
		}
		batch, err := l.TryNext(maxBatch)
		if err != nil {
			b.Fatal(err)
		}
		batch.Commit()
	}
}

// BenchmarkPoll is a message answered by a poll of its own.
func BenchmarkPoll(b *testing.B) {
	c := session.NewConn(context.Background(), "id", pinging(), session.Peer{})
	defer c.Kill(&session.CloseError{})
	ctx, m := context.Background(), session.Message{Data: make([]byte, 32)}
	b.ReportAllocs()
	for b.Loop() {
		c.Send(ctx, m)
		l, err := c.Attach(poll, nil)
		if err != nil {
			b.Fatal(err)
		}
		batch, err := l.Next(ctx, maxBatch)
		if err != nil {
			b.Fatal(err)
		}
		batch.Commit()
		l.Release()
	}
}

// BenchmarkDeliverReceive is one message on its way in; its one allocation is
// the copy that the handler owns.
func BenchmarkDeliverReceive(b *testing.B) {
	c := session.NewConn(context.Background(), "id", &session.Config{}, session.Peer{})
	defer c.Kill(&session.CloseError{})
	gate := make(chan struct{})
	defer close(gate)
	c.Serve(session.HandlerFunc(func(session.Session) { <-gate }))
	if _, err := c.Attach(stream, func() {}); err != nil {
		b.Fatal(err)
	}
	ctx, p := context.Background(), session.Packet{Type: session.PacketMessage, Data: make([]byte, 32)}
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Deliver(p); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Receive(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRespond is one message in and its echo out, as a stream's reader
// carries them. It has no allocation: the copy lies in a buffer that is used
// again.
func BenchmarkRespond(b *testing.B) {
	for _, size := range []int{256, 4096} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			c := session.NewConn(context.Background(), "id", pinging(), session.Peer{})
			defer c.Kill(&session.CloseError{})
			c.Serve(echo)
			l, err := c.Attach(stream, func() { b.Error("woken") })
			if err != nil {
				b.Fatal(err)
			}
			if _, err := l.TryNext(maxBatch); err != session.ErrIdle {
				b.Fatal(err)
			}
			p := session.Packet{Type: session.PacketMessage, Data: make([]byte, size)}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				l.Hold()
				if err := c.Deliver(p); err != nil {
					b.Fatal(err)
				}
				if !l.Flush() {
					b.Fatal("nothing to flush")
				}
				batch, err := l.TryNext(maxBatch)
				if err != nil {
					b.Fatal(err)
				}
				if !batch.CommitAndArm() {
					b.Fatal("not idle")
				}
			}
			l.Lost(nil)
		})
	}
}

// BenchmarkBroadcast offers one prepared packet to 1,000 sessions, whose
// carriers take it.
func BenchmarkBroadcast(b *testing.B) {
	const n = 1000
	conns, leases := make([]*session.Conn, n), make([]*session.Lease, n)
	for i := range conns {
		conns[i] = session.NewConn(context.Background(), "id", &session.Config{}, session.Peer{})
		defer conns[i].Kill(&session.CloseError{})
		var err error
		if leases[i], err = conns[i].Attach(stream, func() {}); err != nil {
			b.Fatal(err)
		}
	}
	data := make([]byte, 32)
	build := func() []byte { return data }
	b.ReportAllocs()
	for b.Loop() {
		p := session.Packet{Type: session.PacketMessage, Data: data, Prepared: new(session.Prepared)}
		for _, c := range conns {
			if err := c.Offer(p); err != nil {
				b.Fatal(err)
			}
		}
		for _, l := range leases {
			batch, err := l.TryNext(maxBatch)
			if err != nil {
				b.Fatal(err)
			}
			batch.Packets[0].Prepared.Frame(0, build)
			batch.Commit()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/delivery")
}

// BenchmarkIdleConn measures what an idle session holds: a Conn in a Manager
// with a timer that runs, a lease, and a sink.
func BenchmarkIdleConn(b *testing.B) {
	cfg, s := pinging(), &sink{}
	m := session.NewManager()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for ; n < b.N || n < 1000; n++ {
		c, err := m.Open(cfg, session.Peer{})
		if err != nil {
			b.Fatal(err)
		}
		c.SetSink(s)
		l, err := c.Attach(stream, func() {})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := l.TryNext(maxBatch); err != session.ErrIdle {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n), "B/conn")
	b.StopTimer()
	for c := range m.All() {
		c.Kill(&session.CloseError{})
	}
}
