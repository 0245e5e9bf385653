package transporttest_test

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
	"github.com/everwire/everwire/transports/websocket"
)

// BenchmarkEcho measures a message there and back over loopback, the client's
// part included.
func BenchmarkEcho(b *testing.B) {
	raw := func(b *testing.B) transporttest.Client {
		return transporttest.NewRawClient(b, transporttest.NewServer(b, transporttest.Options{Handler: transporttest.Echo}, eio.Raw, websocket.Transport{}))
	}
	polling := func(b *testing.B) transporttest.Client {
		return transporttest.NewPollingClient(b, start(b, transporttest.Options{Handler: transporttest.Echo}))
	}
	for _, bb := range []struct {
		name string
		dial func(*testing.B) transporttest.Client
	}{{"raw websocket", raw}, {"polling", polling}} {
		for _, size := range []int{32, 4 << 10, 256 << 10} {
			b.Run(fmt.Sprintf("%s/%d", bb.name, size), func(b *testing.B) {
				c := bb.dial(b)
				m := session.Message{Kind: session.Binary, Data: bytes.Repeat([]byte("x"), size)}
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					if err := c.Send(m); err != nil {
						b.Fatal(err)
					}
					if _, err := c.Receive(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkIdleWebSocket measures what an idle raw WebSocket with a ping timer
// holds on the server after a collection, in heap and in stacks, without and
// with a handler that waits. The clients are bare sockets of the same process;
// what a pair of sockets holds by itself is measured first and taken off.
func BenchmarkIdleWebSocket(b *testing.B) {
	const n = 2000
	for _, bb := range []struct {
		name string
		transporttest.Options
	}{
		{"sink", transporttest.Options{Accept: func(c *session.Conn) { c.SetSink(nothing{}) }}},
		{"handler", transporttest.Options{Handler: transporttest.Echo}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				bareHeap, bareStack := pairs(b, n)
				srv := transporttest.NewServer(b, bb.Options, eio.Raw, websocket.Transport{})
				clients := make([]*transporttest.WebSocketClient, n)
				heap, stack := inUse()
				for i := range clients {
					clients[i] = transporttest.NewRawClient(b, srv)
					clients[i].Forget()
				}
				heapNow, stackNow := inUse()
				b.ReportMetric((heapNow-heap-bareHeap)/n/1024, "heap-KiB/conn")
				b.ReportMetric((stackNow-stack-bareStack)/n/1024, "stack-KiB/conn")
				runtime.KeepAlive(srv)
				for _, c := range clients {
					c.Cut()
				}
			}
		})
	}
}

// nothing is a sink that ignores what it gets.
type nothing struct{}

func (nothing) Deliver(session.Packet) error { return nil }
func (nothing) Over(error)                   {}

// pairs returns what n idle pairs of connected sockets hold.
func pairs(b *testing.B, n int) (heap, stack float64) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	conns := make([]net.Conn, 0, 2*n)
	heap, stack = inUse()
	for range n {
		near, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		far, err := ln.Accept()
		if err != nil {
			b.Fatal(err)
		}
		conns = append(conns, near, far)
	}
	heapNow, stackNow := inUse()
	for _, c := range conns {
		c.Close()
	}
	return heapNow - heap, stackNow - stack
}

// inUse is the memory in use.
func inUse() (heap, stack float64) {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc), float64(m.StackInuse)
}
