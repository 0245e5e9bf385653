package transporttest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// StreamClient speaks Engine.IO 4 and receives by a stream. It sends by POST,
// as a PollingClient does.
type StreamClient struct {
	*PollingClient
	// Streams is how many streams it has opened.
	Streams int

	stream string // the address of the next one
	body   io.ReadCloser
	in     *bufio.Reader
}

// DialStream returns what opens a session by a stream of the given transport,
// eventsource or xhr-streaming, and fails the test if it cannot.
func DialStream(transport string) func(testing.TB, *Server) Client {
	return func(t testing.TB, s *Server) Client { return NewStreamClient(t, s, transport) }
}

// NewStreamClient is DialStream for tests that need the client's own methods.
func NewStreamClient(t testing.TB, s *Server, transport string) *StreamClient {
	t.Helper()
	base := s.URL + Path + "/?EIO=4&transport="
	p := &PollingClient{pings: newPings(), url: base + "polling", http: &http.Client{Transport: &http.Transport{}}}
	if s.http2 != nil {
		p.http.Transport = s.http2
	}
	p.ctx, p.cut = context.WithCancel(context.Background())
	c := &StreamClient{PollingClient: p, stream: base + transport}
	t.Cleanup(c.Cut)
	if err := c.read(); err != nil {
		t.Fatal("dial:", err)
	}
	if c.queue[0].Type != session.PacketOpen {
		t.Fatalf("dial: the first packet is %v", c.queue[0])
	}
	var err error
	if c.Open, err = eio.ParseOpen(c.queue[0].Data); err != nil {
		t.Fatal("dial:", err)
	}
	c.queue = nil
	c.url += "&sid=" + c.Open.SID
	c.stream += "&sid=" + c.Open.SID
	return c
}

// open opens the next stream.
func (c *StreamClient) open() error {
	req, err := http.NewRequestWithContext(c.ctx, http.MethodGet, c.stream, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return &Refused{resp.StatusCode, string(body)}
	}
	c.Streams++
	c.body, c.in = resp.Body, bufio.NewReader(resp.Body)
	return nil
}

// read reads up to the next packet and queues it.
func (c *StreamClient) read() error {
	for {
		if c.body == nil {
			if err := c.open(); err != nil {
				return err
			}
		}
		line, err := c.in.ReadBytes('\n')
		if err != nil {
			c.body.Close()
			if errors.Is(err, io.EOF) && c.ctx.Err() == nil {
				return &Closed{}
			}
			return err
		}
		line = bytes.TrimPrefix(bytes.TrimSpace(line), []byte("data: "))
		switch {
		case string(line) == "null":
			c.body.Close()
			c.body = nil
		case len(line) > 0 && line[0] == '"':
			return c.packet(line)
		}
	}
}

// packet queues a packet that stands in a JSON string.
func (c *StreamClient) packet(line []byte) error {
	var text string
	if err := json.Unmarshal(line, &text); err != nil {
		return err
	}
	if strings.HasPrefix(text, "b") {
		for p, err := range eio.V4.DecodePayload([]byte(text)) {
			if err != nil {
				return err
			}
			c.queue = append(c.queue, p)
		}
		return nil
	}
	p, err := eio.V4.DecodeMessage([]byte(text), false)
	if err != nil {
		return fmt.Errorf("%.40q: %w", text, err)
	}
	c.queue = append(c.queue, p)
	return nil
}

// Receive reads until there is a message.
func (c *StreamClient) Receive() (session.Message, error) {
	c.poll.Lock()
	defer c.poll.Unlock()
	for {
		m, ok, err := c.next()
		if ok || err != nil {
			return m, err
		}
		if err := c.read(); err != nil {
			return session.Message{}, err
		}
	}
}
