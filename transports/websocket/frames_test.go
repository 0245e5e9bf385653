package websocket_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
	"github.com/everwire/everwire/transports/websocket"
)

// TestFramesAtTheBoundsOfALengthsForm: the client's decoder takes nothing but
// the shortest form (RFC 6455 section 5.2). Each message goes out alone, and
// behind another one in the same write.
func TestFramesAtTheBoundsOfALengthsForm(t *testing.T) {
	sizes := []int{0, 1, 123, 124, 125, 126, 127, 128, 65532, 65533, 65534, 65535, 65536, 65537, 65538}
	for _, codec := range []eio.Codec{eio.Raw, eio.V4} {
		t.Run(codec.Name(), func(t *testing.T) {
			srv, _ := respond(t, codec, transporttest.Options{}, func(s session.Session, m session.Message) error {
				for _, data := range [][]byte{[]byte("first"), m.Data, []byte("last")} {
					if err := s.Send(s.Context(), session.Message{Kind: m.Kind, Data: data}); err != nil {
						return err
					}
				}
				return nil
			})
			c := dial(t, srv)
			for _, kind := range []session.Kind{session.Text, session.Binary} {
				for _, size := range sizes {
					data := strings.Repeat("0123456789", size/10+1)[:size]
					if err := c.Send(session.Message{Kind: kind, Data: []byte(data)}); err != nil {
						t.Fatal(err)
					}
					for _, want := range []string{"first", data, "last"} {
						if m, err := c.Receive(); err != nil || m.Kind != kind || string(m.Data) != want {
							t.Fatalf("%v of %d bytes: %d bytes of kind %v, %v", kind, size, len(m.Data), m.Kind, err)
						}
					}
				}
			}
		})
	}
}

// TestASlowReaderGetsEverythingInOrder: writes of the reader's goroutine end in
// the middle of a frame, and another goroutine goes on with them.
func TestASlowReaderGetsEverythingInOrder(t *testing.T) {
	const requests, sizes = 600, 60_000
	var n uint32 // of the one session
	srv, _ := respond(t, eio.Raw, transporttest.Options{}, func(s session.Session, m session.Message) error {
		data := bytes.Repeat(binary.BigEndian.AppendUint32(nil, n), int(n)*7919%sizes/4+1)
		n++
		return s.Send(s.Context(), session.Message{Kind: session.Binary, Data: data})
	})
	c := transporttest.NewRawClient(t, srv)
	sent := make(chan error, 1)
	go func() {
		for i := range requests {
			if err := c.Send(session.Message{Data: []byte("more")}); err != nil {
				sent <- err
				return
			}
			c.WriteFrame(ws.OpPing, []byte(fmt.Sprint(i)))
		}
		sent <- c.WriteFrame(ws.OpPing, []byte("last"))
	}()
	await(t, 1, "(*carrier).drain", "IO wait") // the kernel takes no more
	r := rand.New(rand.NewPCG(1, 2))
	for i, last := uint32(0), false; i < requests || !last; {
		ev, err := c.Event()
		switch {
		case err != nil:
			t.Fatalf("after %d messages: %v", i, err)
		case ev.Type == ws.Pong:
			last = last || string(ev.Data) == "last"
			continue
		case !bytes.Equal(ev.Data, bytes.Repeat(binary.BigEndian.AppendUint32(nil, i), int(i)*7919%sizes/4+1)):
			t.Fatalf("message %d has %d bytes, of %x", i, len(ev.Data), ev.Data[:4])
		}
		if i++; r.IntN(10) == 0 {
			<-time.After(time.Millisecond)
		}
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// TestTheAnswerToACloseComesBehindAHalfClose, every time.
func TestTheAnswerToACloseComesBehindAHalfClose(t *testing.T) {
	srv, _ := respond(t, eio.Raw, transporttest.Options{}, echo)
	for i := range 200 {
		c := transporttest.NewRawClient(t, srv)
		c.WriteFrame(ws.OpClose, []byte{0x0f, 0xa0})
		c.Conn.(*net.TCPConn).CloseWrite()
		if closed, err := c.ReadEnd(); err != nil || closed.Code != 4000 {
			t.Fatalf("round %d ended with %v, %v", i, closed, err)
		}
	}
	noTakeovers(t, srv)
}

// TestTheAnswerToACloseComesBehindALargeMessage that the client reads slowly.
func TestTheAnswerToACloseComesBehindALargeMessage(t *testing.T) {
	const size = 16 << 20
	begun := make(chan struct{}, 1)
	srv, _ := respond(t, eio.Raw, transporttest.Options{}, func(s session.Session, m session.Message) error {
		defer func() { begun <- struct{}{} }()
		return s.Send(s.Context(), session.Message{Kind: session.Binary, Data: make([]byte, size)})
	})
	for range 3 {
		c := transporttest.NewRawClient(t, srv)
		c.Send(session.Message{Data: []byte("go")})
		<-begun
		await(t, 1, "(*carrier).drain", "IO wait")
		c.WriteFrame(ws.OpClose, []byte{0x0f, 0xa0})
		c.Conn.(*net.TCPConn).CloseWrite()
		rest, err := io.ReadAll(c.Conn)
		want := len(ws.AppendHeader(nil, ws.OpBinary, true, false, size)) + size
		if err != nil || len(rest) != want+4 || string(rest[len(rest)-4:]) != "\x88\x02\x0f\xa0" {
			t.Fatalf("%d bytes, %v, want %d and the close frame", len(rest), err, want)
		}
	}
	noTakeovers(t, srv)
}

// TestAPanicOfTheFirstWriteEndsTheConnection: what is sent at once is written
// before there is a reader.
func TestAPanicOfTheFirstWriteEndsTheConnection(t *testing.T) {
	var log transporttest.Log
	conns := make(chan *session.Conn, 1)
	srv := transporttest.NewServer(t, transporttest.Options{Session: session.Config{Logger: log.Logger()},
		Accept: func(s *session.Conn) {
			s.SetSink(&record{})
			s.Send(context.Background(), session.Message{Data: []byte("boom")})
			conns <- s
		}}, faulty{eio.Raw}, websocket.Transport{})
	srv.Family.Raw = true
	conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, "GET / HTTP/1.1\r\n"+upgrade+key+v13+"\r\n")
	if _, err := io.ReadAll(conn); err != nil {
		t.Error("the connection stays:", err)
	}
	cause(t, <-conns)
	if !strings.Contains(log.String(), "on purpose") {
		t.Errorf("log: %s", log.String())
	}
	noTakeovers(t, srv)
}
