//go:build linux

package load_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/everwire/everwire/bench/socketio/load"
)

// server is a Socket.IO server on WebSockets whose faults a test writes down:
// answer makes what is sent for each packet.
func server(t *testing.T, answer func(packet string) []string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hs := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			serve(conn, rw.Reader, r, answer)
		}()
	})}
	go hs.Serve(ln)
	t.Cleanup(func() { hs.Close() })
	return ln.Addr().String()
}

func serve(conn net.Conn, in *bufio.Reader, r *http.Request, answer func(string) []string) {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	for packet := ""; ; {
		for _, p := range answer(packet) {
			if _, err := io.WriteString(conn, "\x81"+string(rune(len(p)))+p); err != nil {
				return
			}
		}
		var head [6]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return
		}
		payload := make([]byte, head[1]&0x7f)
		if _, err := io.ReadFull(in, payload); err != nil {
			return
		}
		for i := range payload {
			payload[i] ^= head[2+i%4]
		}
		packet = string(payload)
	}
}

// good answers as a server should.
func good(packet string) []string {
	switch {
	case packet == "":
		return []string{`0{"sid":"abc"}`}
	case packet == "40":
		return []string{`40{"sid":"def"}`}
	case strings.HasPrefix(packet, "42"):
		id, rest, _ := strings.Cut(packet[2:], `["echo",`)
		return []string{"43" + id + "[" + rest}
	}
	return nil
}

// good3 answers as a server of Engine.IO 3 should, whose encoder of JSON ends
// with a line feed.
func good3(packet string) []string {
	switch {
	case packet == "":
		return []string{`0{"sid":"abc","pingInterval":20}`, "40"}
	case packet == "2":
		return []string{"3"}
	case strings.HasPrefix(packet, `42["shout",`):
		return []string{`42["news",` + packet[len(`42["shout",`):]}
	case strings.HasPrefix(packet, "42"):
		id, rest, _ := strings.Cut(packet[2:], `["echo",`)
		return []string{"43" + id + "[" + rest + "\n"}
	}
	return []string{"packet of another version"}
}

// idleUntil keeps the clients until done reports true.
func idleUntil(t *testing.T, c *load.Crowd, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); {
		if err := c.Idle(20 * time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(end) {
			t.Fatal("it never came to that")
		}
	}
}

func dial3(t *testing.T, answer func(string) []string) *load.Crowd {
	t.Helper()
	c, err := load.Dial(load.Config{Addr: server(t, answer), Clients: 1, Protocol: load.V3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestClientsOfEngineIO3Ping(t *testing.T) {
	var pings atomic.Int64
	c := dial3(t, func(packet string) []string {
		if packet == "2" {
			pings.Add(1)
		}
		return good3(packet)
	})
	begin := time.Now()
	idleUntil(t, c, func() bool { return pings.Load() >= 2 })
	if got, err := c.Echo(32, load.Limit{Events: 10}); err != nil || got.Events != 10 {
		t.Errorf("%d events, %v", got.Events, err)
	}
	// The first interval begins before the test's own time does.
	if n, most := pings.Load(), int64(time.Since(begin)/(20*time.Millisecond))+2; n > most {
		t.Errorf("%d pings, want at most %d", n, most)
	}
}

func TestAPongThatNobodyAskedForIsNoticed(t *testing.T) {
	c := dial3(t, func(packet string) []string {
		if packet == "2" {
			return []string{"3", "3"}
		}
		return good3(packet)
	})
	if err := c.Idle(time.Second); err == nil || !strings.Contains(err.Error(), "out of place") {
		t.Errorf("error %v", err)
	}
}

func TestAStormCountsWhatCame(t *testing.T) {
	silent := func(beginning string) func(string) []string {
		return func(packet string) []string {
			if strings.HasPrefix(packet, beginning) {
				return nil
			}
			return good3(packet)
		}
	}
	for name, c := range map[string]struct {
		answer func(string) []string
		want   load.Stormed
		grace  time.Duration
	}{
		"all":     {good3, load.Stormed{Sent: 5, Acks: 5, News: 5}, 30 * time.Second},
		"no acks": {silent(`420`), load.Stormed{}, 30 * time.Second},
		"no news": {silent(`42["shout`), load.Stormed{Sent: 5, Acks: 5}, time.Second}, // for the last ack
	} {
		t.Run(name, func(t *testing.T) {
			got, err := dial3(t, c.answer).Storm(32, 5, 5*time.Millisecond, c.grace)
			if name == "no acks" {
				// The ack of the second echo stands where that of the first must.
				if err == nil || !strings.Contains(err.Error(), "one too many") {
					t.Errorf("error %v", err)
				}
				return
			}
			if got != c.want || err != nil {
				t.Errorf("%+v, want %+v, %v", got, c.want, err)
			}
		})
	}
}

func dial(t *testing.T, addr string, n int) *load.Crowd {
	t.Helper()
	c, err := load.Dial(load.Config{Addr: addr, Clients: n})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestEchoCountsEveryEvent(t *testing.T) {
	c := dial(t, server(t, good), 70) // more than come at once
	for range 2 {
		got, err := c.Echo(32, load.Limit{Events: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if got.Events != 1000 || len(got.Latencies) != 1000 || !slices.IsSorted(got.Latencies) || got.Latencies[0] <= 0 {
			t.Errorf("%d events, %d latencies", got.Events, len(got.Latencies))
		}
	}
	if got, err := c.Echo(32, load.Limit{Time: time.Nanosecond}); err != nil || got.Events > 70 {
		t.Errorf("%d events in no time, %v", got.Events, err)
	}
}

func TestPingsAreAnswered(t *testing.T) {
	pongs := make(chan string, 10)
	c := dial(t, server(t, func(packet string) []string {
		switch {
		case packet == "40":
			return append(good(packet), "2")
		case packet == "3":
			pongs <- packet
		}
		return good(packet)
	}), 1)
	idleUntil(t, c, func() bool { return len(pongs) > 0 })
	if len(pongs) != 1 {
		t.Errorf("%d pongs", len(pongs))
	}
}

func TestWhatIsWrongIsNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(string) []string
		want   string
	}{
		"changed": {func(p string) []string {
			return []string{strings.Replace(good(p)[0], "a", "A", 1)}
		}, "has come for"},
		"another's ack": {func(p string) []string {
			return []string{strings.Replace(good(p)[0], "43", "439", 1)}
		}, "has come for"},
		"twice": {func(p string) []string {
			return []string{good(p)[0], good(p)[0]}
		}, "has come for"},
		"out of place": {func(p string) []string {
			return []string{`0{"sid":"abc"}`}
		}, "out of place"},
	} {
		t.Run(name, func(t *testing.T) {
			crowd := dial(t, server(t, func(packet string) []string {
				if strings.HasPrefix(packet, "42") {
					return c.answer(packet)
				}
				return good(packet)
			}), 1)
			_, err := crowd.Echo(32, load.Limit{Events: 5})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestEventsThatNobodyAskedForAreNoticed(t *testing.T) {
	addr := server(t, func(packet string) []string {
		if packet == "40" {
			return append(good(packet), `42["news","x"]`)
		}
		return good(packet)
	})
	c, err := load.Dial(load.Config{Addr: addr, Clients: 1})
	if err == nil {
		defer c.Close()
		err = c.Idle(time.Second)
	}
	if err == nil || !strings.Contains(err.Error(), "nobody asked") {
		t.Errorf("error %v", err)
	}
}

func TestTheErrorOfATriggerEndsTheWait(t *testing.T) {
	c := dial(t, server(t, good), 3)
	if _, err := c.Await(load.Texts(32)[0], func() error { return io.ErrUnexpectedEOF }); err != io.ErrUnexpectedEOF {
		t.Errorf("error %v", err)
	}
}

func TestEachClientsEventIsTimed(t *testing.T) {
	text, now := string(load.Texts(32)[0]), make(chan struct{})
	c := dial(t, server(t, func(packet string) []string {
		switch packet {
		case "40":
			return append(good(packet), "2")
		case "3":
			<-now
			return []string{`42["news","` + text + `"]`}
		}
		return good(packet)
	}), 3)
	got, err := c.Hear([]byte(text), func() error { close(now); return nil })
	if err != nil || len(got) != 3 || !slices.IsSorted(got) || got[0] <= 0 {
		t.Errorf("latencies %v, %v", got, err)
	}
}
