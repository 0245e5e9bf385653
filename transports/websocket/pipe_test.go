package websocket_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
	"github.com/everwire/everwire/transports/websocket"
)

// hijacked is a response whose connection is one end of a pipe.
type hijacked struct {
	*httptest.ResponseRecorder
	conn net.Conn
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

// piped runs f in a bubble with a raw session over a pipe, on which every write
// waits for its reader and time is fake.
func piped(t *testing.T, f func(t *testing.T, c *session.Conn, client net.Conn)) {
	pipedTo(t, eio.Raw, func(*session.Conn) session.Sink { return quiet{} }, f)
}

// pipedTo is piped with a codec and a sink.
func pipedTo(t *testing.T, codec eio.Codec, sink func(*session.Conn) session.Sink, f func(t *testing.T, c *session.Conn, client net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		var c *session.Conn
		e := transports.NewEngine(session.NewManager(), nil, websocket.Transport{})
		family := &transports.Family{Codec: codec, Raw: true, Config: &session.Config{}, MaxPayload: 1000,
			Accept: func(s *session.Conn) { c = s; s.SetSink(sink(s)) }}
		r := httptest.NewRequest("GET", "/", nil)
		for name, v := range map[string]string{"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
			r.Header.Set(name, v)
		}
		e.Serve(hijacked{httptest.NewRecorder(), far}, r, transports.Route{Family: family, Transport: transports.WebSocket}, session.Peer{})
		resp, err := http.ReadResponse(bufio.NewReaderSize(near, 16), nil)
		if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
			t.Fatal(resp, err)
		}
		defer near.Close()
		f(t, c, near)
		near.Close()
		if err := e.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

type quiet struct{}

func (quiet) Deliver(session.Packet) error { return nil }
func (quiet) Over(error)                   {}

func code(t *testing.T, c *session.Conn) session.Code {
	t.Helper()
	synctest.Wait()
	ce, ok := errors.AsType[*session.CloseError](context.Cause(c.Context()))
	if !ok {
		t.Fatalf("the session is %v", c.State())
	}
	return ce.Code
}

// TestClosesCrossWhileOursIsBeingWritten: the answer must not cut it short.
func TestClosesCrossWhileOursIsBeingWritten(t *testing.T) {
	piped(t, func(t *testing.T, c *session.Conn, client net.Conn) {
		c.Close(4002, "bye")
		synctest.Wait() // the close frame is under way
		io.WriteString(client, frame(ws.OpClose, "\x03\xe8"))
		synctest.Wait()
		got, err := io.ReadAll(client)
		if want := "\x88\x05\x0f\xa2bye"; string(got) != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	})
}

func TestACloseWaitsTwoSeconds(t *testing.T) {
	piped(t, func(t *testing.T, c *session.Conn, client net.Conn) {
		c.Close(4002, "")
		io.ReadFull(client, make([]byte, 4))
		began := time.Now()
		if n, err := client.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("read %d, %v", n, err)
		}
		if d := time.Since(began); d != 2*time.Second {
			t.Errorf("it waited %v", d)
		}
		if got := code(t, c); got != 4002 {
			t.Errorf("cause %v", got)
		}
	})
}

func TestAClientThatTakesNothingIsGiven20Seconds(t *testing.T) {
	piped(t, func(t *testing.T, c *session.Conn, client net.Conn) {
		c.Send(t.Context(), session.Message{Data: []byte("never read")})
		time.Sleep(20*time.Second - 1)
		synctest.Wait()
		if c.State() != session.Open {
			t.Error("the session ended too early")
		}
		time.Sleep(time.Nanosecond)
		if got := code(t, c); got != session.TransportLost {
			t.Errorf("cause %v", got)
		}
	})
}

func TestAMessageIsGiven30Seconds(t *testing.T) {
	piped(t, func(t *testing.T, c *session.Conn, client net.Conn) {
		for range 3 { // whole messages begin anew
			io.WriteString(client, frame(ws.OpText, "whole")+"\x81")
			time.Sleep(29 * time.Second)
			io.WriteString(client, frame(ws.OpText, "x")[1:])
			time.Sleep(time.Hour)
		}
		if synctest.Wait(); c.State() != session.Open {
			t.Fatal("the session ended too early")
		}
		io.WriteString(client, "\x81")
		go io.Copy(io.Discard, client)
		time.Sleep(30*time.Second - 1)
		synctest.Wait()
		if c.State() != session.Open {
			t.Error("the session ended too early")
		}
		time.Sleep(time.Nanosecond)
		if got := code(t, c); got != session.PolicyViolated {
			t.Errorf("cause %v", got)
		}
	})
}

// TestPongsDoNotGrow: a client that pings and does not read gets the latest
// pongs, and what comes before them is whole.
func TestPongsDoNotGrow(t *testing.T) {
	piped(t, func(t *testing.T, c *session.Conn, client net.Conn) {
		c.Send(t.Context(), session.Message{Data: []byte("first")})
		synctest.Wait() // the writer is stuck
		payload := make([]byte, ws.MaxControl)
		for i := range 1000 {
			payload[0] = byte(i)
			io.WriteString(client, frame(ws.OpPing, string(payload)))
		}
		io.WriteString(client, frame(ws.OpPing, "last"))
		synctest.Wait()
		client.SetReadDeadline(time.Now().Add(time.Second))
		got, _ := io.ReadAll(client)
		d := ws.NewDecoder(ws.DecoderOptions{Role: ws.Client})
		var last string
		for i := 0; ; i++ {
			n, ev, err := d.Decode(got)
			if err != nil {
				t.Fatal(err)
			}
			if ev.Type == ws.None {
				break
			}
			if i == 0 && string(ev.Data) != "first" {
				t.Errorf("first %v %q", ev.Type, ev.Data)
			}
			last, got = string(ev.Data), got[n:]
			if i > 300 {
				t.Fatal("too many pongs were kept")
			}
		}
		if last != "last" {
			t.Errorf("the last pong is %q", last)
		}
	})
}

// busy takes a message only when its session is over.
type busy struct{ c *session.Conn }

func (b busy) Deliver(session.Packet) error { <-b.c.Context().Done(); return nil }
func (busy) Over(error)                     {}

// faulty is a codec whose encoder panics.
type faulty struct{ eio.Codec }

func (faulty) AppendMessage([]byte, session.Packet) ([]byte, bool, error) { panic("on purpose") }

// TestAPanicOfTheWriterEndsTheSession even while its reader waits for it.
func TestAPanicOfTheWriterEndsTheSession(t *testing.T) {
	sink := func(c *session.Conn) session.Sink { return busy{c} }
	pipedTo(t, faulty{eio.Raw}, sink, func(t *testing.T, c *session.Conn, client net.Conn) {
		defer c.Kill(&session.CloseError{Code: session.Normal}) // for the reader's sake
		io.WriteString(client, frame(ws.OpText, "x"))
		synctest.Wait() // the reader delivers
		c.Send(t.Context(), session.Message{Data: []byte("boom")})
		if got := code(t, c); got != session.TransportLost {
			t.Errorf("cause %v", got)
		}
	})
}
