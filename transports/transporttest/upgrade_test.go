package transporttest_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/transporttest"
)

// traffic is how many messages go each way in a test of upgrades.
const traffic = 40

func number(i int) session.Message {
	return session.Message{Kind: session.Binary, Data: binary.BigEndian.AppendUint32(nil, uint32(i))}
}

// receiveAll counts messages until there are n or an error, and checks that
// none is missing, double or out of order.
func receiveAll(n int, receive func() (session.Message, error)) (got int, err error) {
	for got < n {
		m, err := receive()
		if err != nil {
			return got, err
		}
		if len(m.Data) != 4 || binary.BigEndian.Uint32(m.Data) != uint32(got) {
			panic(fmt.Sprintf("message %d is %x", got, m.Data))
		}
		got++
	}
	return got, nil
}

// both is a handler that sends and receives a numbered stream at once. When it
// has all of the client's, it sends one message more.
func both(received chan<- int) session.Handler {
	return session.HandlerFunc(func(s session.Session) {
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range traffic {
				if s.Send(s.Context(), number(i)) != nil {
					return
				}
			}
		})
		got, _ := receiveAll(traffic, func() (session.Message, error) { return s.Receive(s.Context()) })
		wg.Wait()
		if got == traffic {
			s.Send(s.Context(), number(traffic))
		}
		received <- got
		<-s.Context().Done()
	})
}

func TestUpgradeInMidStreamLosesNothing(t *testing.T) {
	runUpgrades(t, 120, false)
}

func TestUpgradeCutAtAnyMomentDoublesAndReordersNothing(t *testing.T) {
	runUpgrades(t, 60, true)
}

// runUpgrades runs upgrades with traffic both ways, several at a time.
func runUpgrades(t *testing.T, n int, cut bool) {
	received := make(chan int)
	timeout := time.Minute
	if cut {
		timeout = 5 * time.Second // what ends a session that no client polls any more
	}
	srv := start(t, transporttest.Options{Handler: both(received),
		Session: session.Config{PingInterval: 300 * time.Millisecond, PingTimeout: timeout}})
	const parallel = 8
	results := make(chan string)
	for w := range parallel {
		go func() {
			for i := w; i < n; i += parallel {
				results <- oneUpgrade(t, srv, rand.New(rand.NewPCG(uint64(i), 4)), cut)
			}
		}()
	}
	upgraded, streams := 0, 0
	deadline := time.After(2 * time.Minute)
	for done := 0; done < 2*n; done++ {
		select {
		case failure := <-results:
			if failure != "" {
				t.Error(failure)
			} else {
				upgraded++
			}
		case got := <-received:
			streams++
			if !cut && got != traffic {
				t.Errorf("the server received %d of %d messages", got, traffic)
			}
		case <-deadline:
			t.Fatalf("%d upgrades and %d streams have ended, want %d", upgraded, streams, n)
		}
	}
}

// oneUpgrade upgrades a session at a random moment of its traffic, and with cut
// drops its connections at another. It returns what went wrong.
func oneUpgrade(t *testing.T, srv *transporttest.Server, r *rand.Rand, cut bool) string {
	c := transporttest.NewUpgradingClient(t, srv)
	defer c.Cut()
	upgradeAt, cutAt := r.IntN(traffic), r.IntN(2*traffic)
	var sent atomic.Int64
	begin := make(chan struct{})
	event := func() { // one message more in either direction
		switch n := int(sent.Add(1)); {
		case n == upgradeAt:
			close(begin)
		case cut && n == cutAt:
			c.Cut()
		}
	}
	if upgradeAt == 0 {
		close(begin)
	}
	var wg sync.WaitGroup
	var sendErr, upgradeErr error
	over, end := context.WithCancel(context.Background())
	wg.Go(func() {
		select {
		case <-begin:
			upgradeErr = c.Upgrade()
		case <-over.Done():
		}
	})
	wg.Go(func() {
		for i := range traffic {
			if sendErr = c.Send(number(i)); sendErr != nil {
				return
			}
			event()
		}
	})
	got, receiveErr := receiveAll(traffic, func() (session.Message, error) {
		m, err := c.Receive()
		event()
		return m, err
	})
	if cut {
		c.Cut() // ends what still waits
	}
	end()
	wg.Wait()
	if !cut && receiveErr == nil {
		// What the server has not read yet would be lost with the connection.
		if _, err := c.Receive(); err != nil {
			receiveErr = fmt.Errorf("the last: %w", err)
		}
	}
	if !cut && (got != traffic || receiveErr != nil || sendErr != nil || upgradeErr != nil) {
		return fmt.Sprintf("upgrade at %d: received %d (%v), sent: %v, upgrade: %v", upgradeAt, got, receiveErr, sendErr, upgradeErr)
	}
	return ""
}

// closedWith reads until the server's close frame and checks its code.
func closedWith(t *testing.T, w *transporttest.WebSocketClient, code uint16) {
	t.Helper()
	_, err := w.Receive()
	if c, ok := errors.AsType[*transporttest.Closed](err); !ok || c.Code != code {
		t.Errorf("the WebSocket ended with %v, want close code %d", err, code)
	}
}

func candidate(t *testing.T, c *transporttest.UpgradingClient) *transporttest.WebSocketClient {
	t.Helper()
	w, err := c.Candidate()
	if err != nil {
		t.Fatal("candidate:", err)
	}
	t.Cleanup(w.Cut)
	return w
}

// echoesOnce checks that the session lives.
func echoesOnce(t *testing.T, c transporttest.Client) {
	t.Helper()
	if err := c.Send(number(7)); err != nil {
		t.Fatal("send:", err)
	}
	if m, err := c.Receive(); err != nil || string(m.Data) != string(number(7).Data) {
		t.Fatalf("received %q, %v", m.Data, err)
	}
}

func TestCandidates(t *testing.T) {
	packet := func(typ session.PacketType, data string) session.Packet {
		return session.Packet{Type: typ, Data: []byte(data)}
	}
	for _, tt := range []struct {
		name string
		send []session.Packet
	}{
		{"probe of another content", []session.Packet{packet(session.PacketPing, "prob")}},
		{"message instead of a probe", []session.Packet{packet(session.PacketMessage, "hello")}},
		{"pong", []session.Packet{packet(session.PacketPong, "probe")}},
		{"close", []session.Packet{packet(session.PacketClose, "")}},
		{"message and an upgrade", []session.Packet{packet(session.PacketMessage, "hello"),
			packet(session.PacketPing, "probe"), packet(session.PacketUpgrade, "")}},
	} {
		t.Run(tt.name+" ends the candidate only", func(t *testing.T) {
			c := transporttest.NewUpgradingClient(t, start(t, transporttest.Options{Handler: transporttest.Echo}))
			w := candidate(t, c)
			for _, p := range tt.send {
				if err := w.SendPacket(p); err != nil {
					t.Fatal(err)
				}
			}
			closedWith(t, w, ws.CodeNoStatus)
			echoesOnce(t, c)
		})
		t.Run(tt.name+" after the probe ends the candidate only", func(t *testing.T) {
			c := transporttest.NewUpgradingClient(t, start(t, transporttest.Options{Handler: transporttest.Echo}))
			w := candidate(t, c)
			if err := transporttest.Probe(w); err != nil {
				t.Fatal(err)
			}
			for _, p := range tt.send {
				if err := w.SendPacket(p); err != nil {
					t.Fatal(err)
				}
			}
			closedWith(t, w, ws.CodeNoStatus)
			echoesOnce(t, c)
		})
	}
	t.Run("an upgrade without a probe moves the session", func(t *testing.T) {
		c := transporttest.NewUpgradingClient(t, start(t, transporttest.Options{Handler: transporttest.Echo}))
		w := candidate(t, c)
		if err := c.Send(number(1)); err != nil {
			t.Fatal(err)
		}
		if err := w.SendPacket(packet(session.PacketUpgrade, "")); err != nil {
			t.Fatal(err)
		}
		if m, err := w.Receive(); err != nil || string(m.Data) != string(number(1).Data) {
			t.Errorf("what was queued for the next poll came as %q, %v", m.Data, err)
		}
		echoesOnce(t, w)
		closedWith(t, candidate(t, c), ws.CodeNoStatus)
		echoesOnce(t, w)
	})
	t.Run("an upgrade without a probe does not take another's probe", func(t *testing.T) {
		c := transporttest.NewUpgradingClient(t, start(t, transporttest.Options{Handler: transporttest.Echo}))
		first, second := candidate(t, c), candidate(t, c)
		if err := transporttest.Probe(first); err != nil {
			t.Fatal(err)
		}
		if err := second.SendPacket(packet(session.PacketUpgrade, "")); err != nil {
			t.Fatal(err)
		}
		closedWith(t, second, ws.CodeNoStatus)
		echoesOnce(t, c)
		if err := first.SendPacket(packet(session.PacketUpgrade, "")); err != nil {
			t.Fatal(err)
		}
		echoesOnce(t, first)
	})
	t.Run("a second candidate is closed, the first goes on", func(t *testing.T) {
		c := transporttest.NewUpgradingClient(t, start(t, transporttest.Options{Handler: transporttest.Echo}))
		first, second := candidate(t, c), candidate(t, c)
		if err := transporttest.Probe(first); err != nil {
			t.Fatal(err)
		}
		if err := transporttest.Probe(second); err == nil {
			t.Error("the second probe was answered")
		}
		if err := first.SendPacket(packet(session.PacketUpgrade, "")); err != nil {
			t.Fatal(err)
		}
		echoesOnce(t, first)
	})
	t.Run("a second candidate is deaf", func(t *testing.T) {
		c := transporttest.NewUpgradingClient(t, start(t, transporttest.Options{Handler: transporttest.Echo}))
		first, second := candidate(t, c), candidate(t, c)
		for _, p := range []session.Packet{packet(session.PacketPing, "probe"), packet(session.PacketUpgrade, "")} {
			if err := second.SendPacket(p); err != nil {
				t.Fatal(err)
			}
		}
		if closed, err := second.ReadEnd(); err != nil || closed.Code != ws.CodeNoStatus {
			t.Errorf("the second ended with %v, %v", closed, err)
		}
		echoesOnce(t, c)
		if err := transporttest.Probe(first); err != nil {
			t.Error("the first:", err)
		}
	})
	t.Run("a WebSocket after the upgrade is closed, the session goes on", func(t *testing.T) {
		c := transporttest.DialUpgrading(t, start(t, transporttest.Options{Handler: transporttest.Echo})).(*transporttest.UpgradingClient)
		closedWith(t, candidate(t, c), ws.CodeNoStatus)
		echoesOnce(t, c)
	})
	t.Run("a lost candidate changes nothing", func(t *testing.T) {
		c := transporttest.NewUpgradingClient(t, start(t, transporttest.Options{Handler: transporttest.Echo}))
		w := candidate(t, c)
		if err := transporttest.Probe(w); err != nil {
			t.Fatal(err)
		}
		w.Cut()
		echoesOnce(t, c)
	})
	t.Run("a probe that is not finished in time ends alone", func(t *testing.T) {
		c := transporttest.NewUpgradingClient(t, start(t, transporttest.Options{Handler: transporttest.Echo,
			Session: session.Config{UpgradeTimeout: 500 * time.Millisecond}}))
		w := candidate(t, c)
		if err := transporttest.Probe(w); err != nil {
			t.Fatal(err)
		}
		closedWith(t, w, ws.CodeNoStatus)
		echoesOnce(t, c)
	})
	t.Run("messages go out by polling until the upgrade", func(t *testing.T) {
		c := transporttest.NewUpgradingClient(t, start(t, transporttest.Options{Handler: transporttest.Echo}))
		if err := transporttest.Probe(candidate(t, c)); err != nil {
			t.Fatal(err)
		}
		echoesOnce(t, c)
	})
}
