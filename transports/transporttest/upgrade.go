package transporttest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
)

// UpgradingClient opens its session by polling and moves to a WebSocket when it
// is told to.
type UpgradingClient struct {
	*PollingClient
	server *Server

	mu      sync.Mutex // guards below
	pausing bool
	moved   chan struct{} // closed when socket is set, or the upgrade has failed
	socket  *WebSocketClient
	gone    bool
}

// DialUpgrading opens a session by polling and moves it to a WebSocket at once.
func DialUpgrading(t testing.TB, s *Server) Client {
	t.Helper()
	c := NewUpgradingClient(t, s)
	err := c.Upgrade()
	if err == nil {
		err = c.confirm()
	}
	if err != nil {
		t.Fatal("upgrade:", err)
	}
	return c
}

// confirm waits until the server has moved the session: a pong comes after
// what was sent before its ping was taken.
func (c *UpgradingClient) confirm() error {
	c.poll.Lock()
	defer c.poll.Unlock()
	if err := c.socket.WriteFrame(ws.OpPing, nil); err != nil {
		return err
	}
	for {
		ev, err := c.socket.Event()
		if err != nil || ev.Type == ws.Pong {
			return err
		}
		p, err := eio.V4.DecodeMessage(append([]byte(nil), ev.Data...), ev.Type == ws.Binary)
		if err != nil {
			return err
		}
		c.queue = append(c.queue, p)
	}
}

// NewUpgradingClient opens a session by polling.
func NewUpgradingClient(t testing.TB, s *Server) *UpgradingClient {
	t.Helper()
	c := &UpgradingClient{PollingClient: NewPollingClient(t, s), server: s, moved: make(chan struct{})}
	t.Cleanup(c.Cut)
	return c
}

// errProbe says that the server did not answer a probe as it should.
var errProbe = errors.New("transporttest: unexpected answer to a probe")

// Candidate opens a WebSocket for the session and does not probe with it.
func (c *UpgradingClient) Candidate() (*WebSocketClient, error) {
	return connect(c.server, Path+"/?EIO=4&transport=websocket&sid="+c.PollingClient.Open.SID, eio.V4, ws.ClientHandshake{})
}

// Probe sends a probe and waits for its answer.
func Probe(w *WebSocketClient) error {
	if err := w.SendPacket(session.Packet{Type: session.PacketPing, Data: []byte("probe")}); err != nil {
		return err
	}
	p, err := w.packet()
	if err != nil {
		return err
	}
	if p.Type != session.PacketPong || string(p.Data) != "probe" {
		return fmt.Errorf("%w: %v %q", errProbe, p.Type, p.Data)
	}
	return nil
}

// Upgrade moves the session to a WebSocket, as browsers do: probe, wait for the
// poll and the POST that are under way, then 5. Another goroutine has to call
// Receive meanwhile only if a poll is pending. It is called once.
func (c *UpgradingClient) Upgrade() error {
	w, err := c.Candidate()
	if err != nil {
		return err
	}
	defer close(c.moved)
	if err := Probe(w); err != nil {
		w.Cut()
		return err
	}
	c.mu.Lock()
	c.pausing = true
	c.mu.Unlock()
	c.poll.Lock()
	defer c.poll.Unlock()
	c.post.Lock()
	defer c.post.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		w.Cut()
		return errors.New("transporttest: cut while upgrading")
	}
	c.socket = w
	return w.SendPacket(session.Packet{Type: session.PacketUpgrade})
}

// Socket is the WebSocket after the upgrade, nil before.
func (c *UpgradingClient) Socket() *WebSocketClient {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.socket
}

func (c *UpgradingClient) paused() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pausing
}

// Receive polls, and after the upgrade reads from the WebSocket.
func (c *UpgradingClient) Receive() (session.Message, error) {
	for {
		if c.paused() {
			<-c.moved
			m, ok, err := c.next() // what the last polls have brought
			if ok || err != nil {
				return m, err
			}
			w := c.Socket()
			if w == nil {
				return m, errProbe
			}
			return w.Receive()
		}
		c.poll.Lock()
		m, ok, err := c.next()
		if !ok && err == nil && !c.paused() {
			err = c.get()
		}
		c.poll.Unlock()
		if ok || err != nil {
			return m, err
		}
	}
}

// next is PollingClient.next, with pongs that go where the session is.
func (c *UpgradingClient) next() (session.Message, bool, error) {
	for len(c.queue) > 0 && c.queue[0].Type == session.PacketPing && c.Socket() != nil {
		c.queue = c.queue[1:] // the upgrade was proof enough
	}
	return c.PollingClient.next()
}

// Send posts, and after the upgrade writes to the WebSocket.
func (c *UpgradingClient) Send(m session.Message) error {
	c.post.Lock()
	w := c.Socket()
	if w == nil {
		defer c.post.Unlock()
		return c.postLocked(session.Packet{Type: session.PacketMessage, Kind: m.Kind, Data: m.Data})
	}
	c.post.Unlock()
	return w.Send(m)
}

// Close closes the session.
func (c *UpgradingClient) Close() error {
	if w := c.Socket(); w != nil {
		return w.Close()
	}
	return c.PollingClient.Close()
}

// Cut drops all connections.
func (c *UpgradingClient) Cut() {
	c.mu.Lock()
	c.gone = true
	w := c.socket
	c.mu.Unlock()
	c.PollingClient.Cut()
	if w != nil {
		w.Cut()
	}
}

// Pings has the pings of either transport.
func (c *UpgradingClient) Pings() <-chan struct{} {
	if w := c.Socket(); w != nil {
		return w.Pings()
	}
	return c.PollingClient.Pings()
}
