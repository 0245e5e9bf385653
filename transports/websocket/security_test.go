package websocket_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
)

// Tests of what has broken WebSocket servers before, over real connections and
// in all layers at once. Package ws has those of its codecs.

var dialects = []ws.Dialect{ws.RFC6455, ws.Hybi08, ws.Hybi07, ws.Hixie76, ws.Hixie75}

// live is how much memory is in use.
func live() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools kept through the first
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// spent is how much f allocates, on both sides of the connection.
func spent(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// end waits for the server's end of a connection and returns its close code;
// 0 is a connection that ended without one.
func end(t *testing.T, c *transporttest.WebSocketClient) uint16 {
	t.Helper()
	c.Conn.SetReadDeadline(time.Now().Add(patience))
	for {
		ev, err := c.Event()
		switch {
		case err == nil && ev.Type == ws.Close:
			return ev.Code
		case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), err != nil && strings.Contains(err.Error(), "reset"):
			return 0
		case err != nil:
			t.Fatal(err)
		}
	}
}

// TestOneByteFragmentsDoNotAmplifyMemory: a message of 131,000 fragments of one
// byte each, with no end, must not pin a multiple of the payload limit
// (CVE-2026-48779). What is allowed of it pins hardly anything.
func TestOneByteFragmentsDoNotAmplifyMemory(t *testing.T) {
	const conns = 20
	part := func(op ws.Opcode) []byte {
		f, err := ws.AppendMaskedFrame(nil, op, false, false, [4]byte{1, 2, 3, 4}, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first, more := part(ws.OpBinary), part(ws.OpContinuation)
	for _, tt := range []struct {
		fragments int
		cut       bool
	}{{400, false}, {131_000, true}} {
		t.Run(fmt.Sprint(tt.fragments), func(t *testing.T) {
			srv, _ := serve(t, eio.Raw, transporttest.Options{MaxPayload: 1_000_000})
			var clients []*transporttest.WebSocketClient
			for range conns {
				c := transporttest.NewRawClient(t, srv)
				c.WriteFrame(ws.OpPing, nil) // warms up both sides
				if ev, err := c.Event(); err != nil || ev.Type != ws.Pong {
					t.Fatal(ev, err)
				}
				clients = append(clients, c)
			}
			flood := append(bytes.Clone(first), bytes.Repeat(more, tt.fragments-1)...)
			before := live()
			for _, c := range clients {
				c.WriteRaw(flood) // it fails where the server has had enough
				if tt.cut {
					if code := end(t, c); code != ws.CodePolicyViolation && code != ws.CodeTooBig && code != 0 {
						t.Errorf("ended with %d", code)
					}
					continue
				}
				c.WriteFrame(ws.OpPing, nil) // may come between fragments
				if ev, err := c.Event(); err != nil || ev.Type != ws.Pong {
					t.Fatal(ev, err)
				}
			}
			if grown := live() - before; grown > conns*16<<10 {
				t.Errorf("%d connections pin %d bytes", conns, grown)
			}
			runtime.KeepAlive(flood)
		})
	}
}

// TestHugeLengthsAreBounded: a declared length allocates nothing, whether or
// not it can be true, and a text without end is cut at the limit
// (CVE-2026-27889, CVE-2020-27813).
func TestHugeLengthsAreBounded(t *testing.T) {
	long := func(n uint64) []byte {
		return append(binary.BigEndian.AppendUint64([]byte{0x82, 0xFF}, n), 1, 2, 3, 4)
	}
	sevens := func(n uint64) []byte {
		b := []byte{0x80}
		for shift := 63; shift > 0; shift -= 7 {
			b = append(b, 0x80|byte(n>>shift))
		}
		return append(b, byte(n&0x7F))
	}
	const limit = 64 << 10
	for _, d := range dialects {
		attacks := map[string][]byte{}
		for name, n := range map[string]uint64{"2^31": 1 << 31, "2^32-1": 1<<32 - 1, "2^32": 1 << 32, "2^32+1": 1<<32 + 1,
			"2^63-1": 1<<63 - 1, "2^63": 1 << 63, "2^64-1": 1<<64 - 1} {
			attacks[name] = long(n)
			if !d.HasBinary() {
				attacks[name] = sevens(n)
			}
		}
		if d == ws.RFC6455 { // the drafts tolerate it
			attacks["5 in 8 bytes"] = long(5)
			attacks["125 in 2 bytes"] = []byte{0x82, 0xFE, 0, 125, 1, 2, 3, 4}
		}
		if !d.HasBinary() {
			attacks["ten FF"] = append([]byte{0x80}, bytes.Repeat([]byte{0xFF}, 10)...)
			attacks["text without end"] = append([]byte{0}, bytes.Repeat([]byte("x"), 4*limit)...)
			attacks["discarded without end"] = append([]byte{0x7F}, bytes.Repeat([]byte("x"), 4*limit)...)
		}
		for name, attack := range attacks {
			t.Run(d.String()+" "+name, func(t *testing.T) {
				srv, sessions := serve(t, eio.Raw, transporttest.Options{MaxPayload: limit})
				c := transporttest.NewClientOf(t, srv, d)
				s := <-sessions
				var code uint16
				grown := spent(func() {
					c.WriteRaw(attack)
					code = end(t, c)
				})
				if grown > 8*limit {
					t.Errorf("%d bytes allocated", grown)
				}
				if d.HasBinary() && code != ws.CodeTooBig && code != ws.CodeProtocolError {
					t.Errorf("ended with %d", code)
				}
				if ce := cause(t, s); !ce.Remote || ce.Code != session.Code(ws.CodeTooBig) && ce.Code != session.Code(ws.CodeProtocolError) {
					t.Errorf("the session's cause is %v", ce)
				}
			})
		}
	}
}

// TestDeflateBombIsCutAtMaxPayload: the limit counts after inflating, and a
// stream that is broken or has something behind it harms its connection only
// (CVE-2026-29785).
func TestDeflateBombIsCutAtMaxPayload(t *testing.T) {
	const limit = 100_000
	packed := func(n int) string {
		z := ws.NewDeflater(&ws.Deflate{ClientNoContextTakeover: true, Level: 9}, ws.Client)
		b, err := z.AppendCompressed(nil, make([]byte, n))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	bomb := packed(50 * limit) // a thousand to one
	if len(bomb) > 50*limit/900 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	srv, _ := serve(t, eio.Raw, transporttest.Options{MaxPayload: limit, Compression: true})
	send := func(c *transporttest.WebSocketClient, payload string) {
		f, err := ws.AppendMaskedFrame(nil, ws.OpBinary, true, true, [4]byte{1, 2, 3, 4}, []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		c.WriteRaw(f)
	}
	bystander := transporttest.NewDeflateClient(t, srv)
	for _, tt := range []struct {
		name, payload string
		code          uint16
	}{
		{"a bomb", bomb[:len(bomb)*9/10], ws.CodeTooBig},
		{"one byte over the limit", packed(limit + 1), ws.CodeTooBig},
		{"at the limit", packed(limit), 0},
		{"reserved block type", "\x06", ws.CodeInvalidPayload},
		{"garbage", "\xff\xff\xff\xff", ws.CodeInvalidPayload},
		{"cut off", packed(1000)[:3], ws.CodeInvalidPayload},
		{"before the beginning", "\x02\x02\x00\x00", ws.CodeInvalidPayload},
		{"streams without end", strings.Repeat("\x03\x00", 10_000), ws.CodeInvalidPayload},
		{"its own flush again", packed(10) + "\x00\x00\xff\xff", ws.CodeInvalidPayload},
		{"half a flush", packed(10) + "\x00\x00\xff", ws.CodeInvalidPayload},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := transporttest.NewDeflateClient(t, srv)
			if tt.code == 0 {
				send(c, tt.payload)
				if m, err := c.Receive(); err != nil || strings.Trim(string(m.Data), "\x00") != "" {
					t.Errorf("got %d bytes, %v", len(m.Data), err)
				}
			} else {
				var code uint16
				grown := spent(func() {
					send(c, tt.payload)
					code = end(t, c)
				})
				if code != tt.code || grown > 20*limit {
					t.Errorf("ended with %d, want %d; %d bytes allocated", code, tt.code, grown)
				}
			}
			want := session.Message{Kind: session.Text, Data: []byte("all is well")}
			if err := bystander.Send(want); err != nil {
				t.Fatal(err)
			}
			if m, err := bystander.Receive(); err != nil || string(m.Data) != string(want.Data) {
				t.Errorf("another client got %q, %v", m.Data, err)
			}
		})
	}
}

// TestPongRepeatsThePingByteForByte, and what one client gets never has a byte
// of another's: the buffers are shared, the bytes are not (the disclosures of
// uninitialised memory in npm's ws). Each client has a byte of its own.
func TestPongRepeatsThePingByteForByte(t *testing.T) {
	srv, _ := serve(t, eio.Raw, transporttest.Options{Compression: true})
	var running sync.WaitGroup
	for i := range 8 {
		c := transporttest.NewRawClient(t, srv)
		if i%2 == 1 {
			c = transporttest.NewDeflateClient(t, srv)
		}
		running.Go(func() {
			own := []byte{byte('a' + i)}
			rng := rand.New(rand.NewPCG(uint64(i), 1))
			for range 60 {
				ping := bytes.Repeat(own, rng.IntN(126))
				half := bytes.Repeat(own, rng.IntN(5_000))
				c.WritePart(ws.OpText, false, half)
				c.WriteFrame(ws.OpPing, ping)
				c.WritePart(ws.OpContinuation, true, half)
				for _, want := range [][]byte{ping, slices.Concat(half, half)} {
					ev, err := c.Event()
					if err != nil || !bytes.Equal(ev.Data, want) || ev.Type != ws.Pong && ev.Type != ws.Text {
						t.Errorf("client %c: %v of %d bytes, want %d; %d are its own; %v", own[0], ev.Type, len(ev.Data), len(want), bytes.Count(ev.Data, own), err)
						return
					}
				}
			}
		})
	}
	running.Wait()
}
