package transporttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// PollingClient speaks Engine.IO 4 by polling.
type PollingClient struct {
	pings
	// Open is what the server said in its open packet.
	Open eio.Handshake

	url  string
	http *http.Client
	ctx  context.Context
	cut  context.CancelFunc

	post sync.Mutex // held over each POST: there may be one at a time

	poll  sync.Mutex // held by Receive; guards below
	queue []session.Packet
}

// DialPolling opens a session by polling and fails the test if it cannot.
func DialPolling(t testing.TB, s *Server) Client { return NewPollingClient(t, s) }

// NewPollingClient is DialPolling for tests that need the client's own methods.
func NewPollingClient(t testing.TB, s *Server) *PollingClient {
	t.Helper()
	c := &PollingClient{pings: newPings(), url: s.URL + Path + "/?EIO=4&transport=polling", http: &http.Client{Transport: &http.Transport{}}}
	if s.http2 != nil {
		c.http.Transport = s.http2
	}
	c.ctx, c.cut = context.WithCancel(context.Background())
	t.Cleanup(c.Cut)
	if err := c.get(); err != nil {
		t.Fatal("dial:", err)
	}
	if len(c.queue) == 0 || c.queue[0].Type != session.PacketOpen {
		t.Fatalf("dial: the first packets are %v", c.queue)
	}
	var err error
	if c.Open, err = eio.ParseOpen(c.queue[0].Data); err != nil {
		t.Fatal("dial:", err)
	}
	c.queue = c.queue[1:]
	c.url += "&sid=" + c.Open.SID
	return c
}

// URL is that of the session's requests.
func (c *PollingClient) URL() string { return c.url }

// Do sends one request and returns the body of its answer.
func (c *PollingClient) Do(method, contentType string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(c.ctx, method, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, &Refused{resp.StatusCode, string(answer)}
	}
	return answer, nil
}

// get polls once.
func (c *PollingClient) get() error {
	body, err := c.Do(http.MethodGet, "", nil)
	if err != nil {
		return err
	}
	for p, err := range eio.V4.DecodePayload(body) {
		if err != nil {
			return err
		}
		c.queue = append(c.queue, p)
	}
	return nil
}

var errNotOK = errors.New("transporttest: a POST was not answered with ok")

// Post sends packets.
func (c *PollingClient) Post(ps ...session.Packet) error {
	c.post.Lock()
	defer c.post.Unlock()
	return c.postLocked(ps...)
}

func (c *PollingClient) postLocked(ps ...session.Packet) error {
	body, err := eio.V4.AppendPayload(nil, ps)
	if err != nil {
		return err
	}
	answer, err := c.Do(http.MethodPost, "text/plain;charset=UTF-8", body)
	if err == nil && string(answer) != "ok" {
		err = fmt.Errorf("%w but %q", errNotOK, answer)
	}
	return err
}

// Send posts a message.
func (c *PollingClient) Send(m session.Message) error {
	return c.Post(session.Packet{Type: session.PacketMessage, Kind: m.Kind, Data: m.Data})
}

// Receive polls until there is a message.
func (c *PollingClient) Receive() (session.Message, error) {
	c.poll.Lock()
	defer c.poll.Unlock()
	for {
		m, ok, err := c.next()
		if ok || err != nil {
			return m, err
		}
		if err := c.get(); err != nil {
			return session.Message{}, err
		}
	}
}

// next takes packets that have arrived, up to the first message.
func (c *PollingClient) next() (m session.Message, ok bool, err error) {
	for len(c.queue) > 0 {
		p := c.queue[0]
		c.queue = c.queue[1:]
		switch p.Type {
		case session.PacketMessage:
			return session.Message{Kind: p.Kind, Data: p.Data}, true, nil
		case session.PacketPing:
			if err := c.Post(session.Packet{Type: session.PacketPong}); err != nil {
				return m, false, err
			}
			c.answered()
		case session.PacketClose:
			return m, false, &Closed{}
		}
	}
	return m, false, nil
}

// Close posts a close packet.
func (c *PollingClient) Close() error { return c.Post(session.Packet{Type: session.PacketClose}) }

// Cut aborts all requests.
func (c *PollingClient) Cut() {
	c.cut()
	c.http.CloseIdleConnections()
}
