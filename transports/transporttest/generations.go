package transporttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// enter gives the server's family the place in the table that its codec has, and
// the ways of its generation.
func (s *Server) enter(codec eio.Codec) {
	f := s.Family
	switch codec {
	case eio.V3:
		f.Config.ClientPings, f.Undouble = true, true
		base64, cfg := *f, *f.Config
		base64.Codec, base64.Config = eio.V3Base64, &cfg
		f.Base64 = &base64
		s.table.V3 = f
	case eio.Gen06:
		f.Generation = transports.Gen06
		s.table.Gen06 = f
	default:
		s.table.V4 = f
	}
}

// target is that of the polls of Engine.IO 3, and callback stands in its scripts.
const (
	target   = "/?EIO=3&transport=polling"
	callback = "/**/___eio[1]("
)

// PollsClient speaks Engine.IO 3 by polling.
type PollsClient struct {
	pings
	scripts bool
	url     string
	http    *http.Client
	ctx     context.Context
	cut     context.CancelFunc
	queue   []session.Packet // of Receive
}

// DialPolls returns what opens sessions of Engine.IO 3 by polling, with
// XMLHttpRequest or with scripts.
func DialPolls(scripts bool) func(testing.TB, *Server) Client {
	return func(t testing.TB, s *Server) Client {
		t.Helper()
		c := &PollsClient{pings: newPings(), scripts: scripts, url: s.URL + Path + target, http: &http.Client{Transport: &http.Transport{}}}
		if scripts {
			c.url += "&j=1"
		}
		c.ctx, c.cut = context.WithCancel(context.Background())
		t.Cleanup(c.Cut)
		if err := c.begin(); err != nil {
			t.Fatal("dial:", err)
		}
		return c
	}
}

// begin opens the session.
func (c *PollsClient) begin() error {
	body, binary, err := c.do(http.MethodGet, nil)
	if err != nil {
		return err
	}
	// A handler may have said something by then, in bytes.
	if err := c.take(body, binary); err != nil {
		return err
	}
	if len(c.queue) == 0 || c.queue[0].Type != session.PacketOpen {
		return fmt.Errorf("the first packets are %v", c.queue)
	}
	open, err := eio.ParseOpen(c.queue[0].Data)
	c.queue = c.queue[1:]
	c.url += "&sid=" + open.SID
	return err
}

// do sends a request and returns the payload of its answer, and whether it is
// one of bytes.
func (c *PollsClient) do(method string, body []byte) (payload []byte, binary bool, err error) {
	req, err := http.NewRequestWithContext(c.ctx, method, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, false, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "text/plain;charset=UTF-8")
		if c.scripts {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, false, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return nil, false, err
	case resp.StatusCode != http.StatusOK:
		return nil, false, &Refused{resp.StatusCode, string(answer)}
	case method == http.MethodPost || !c.scripts:
		return answer, resp.Header.Get("Content-Type") == "application/octet-stream", nil
	}
	literal, ok := strings.CutPrefix(strings.TrimSuffix(string(answer), ");"), callback)
	var text string
	if err := json.Unmarshal([]byte(literal), &text); !ok || err != nil {
		return nil, false, fmt.Errorf("transporttest: %.80q is no call of %s: %w", answer, callback, err)
	}
	return []byte(text), false, nil
}

// take decodes a payload.
func (c *PollsClient) take(body []byte, binary bool) error {
	packets := eio.V3.DecodePayload(body)
	if bp, ok := eio.V3.(eio.BinaryPayloader); ok && binary {
		packets = bp.DecodeBinaryPayload(body)
	}
	for p, err := range packets {
		if err != nil {
			return err
		}
		c.queue = append(c.queue, p)
	}
	return nil
}

// Send posts a message.
func (c *PollsClient) Send(m session.Message) error {
	return c.send(session.Packet{Type: session.PacketMessage, Kind: m.Kind, Data: m.Data})
}

func (c *PollsClient) send(p session.Packet) error {
	body, err := eio.V3.AppendPayload(nil, []session.Packet{p})
	if err != nil {
		return err
	}
	if c.scripts {
		// A line end needs no escape where no browser is.
		body = bytes.ReplaceAll(body, []byte(`\n`), []byte(`\\n`))
		body = []byte("d=" + url.QueryEscape(string(body)))
	}
	answer, _, err := c.do(http.MethodPost, body)
	if err == nil && string(answer) != "ok" {
		err = fmt.Errorf("%w but %q", errNotOK, answer)
	}
	return err
}

// Receive polls until there is a message.
func (c *PollsClient) Receive() (session.Message, error) {
	for {
		for len(c.queue) > 0 {
			p := c.queue[0]
			c.queue = c.queue[1:]
			switch p.Type {
			case session.PacketMessage:
				return session.Message{Kind: p.Kind, Data: p.Data}, nil
			case session.PacketClose:
				return session.Message{}, &Closed{}
			}
		}
		body, binary, err := c.do(http.MethodGet, nil)
		if err == nil {
			err = c.take(body, binary)
		}
		if err != nil {
			return session.Message{}, err
		}
	}
}

// Close posts a close packet.
func (c *PollsClient) Close() error { return c.send(session.Packet{Type: session.PacketClose}) }

// Cut aborts all requests.
func (c *PollsClient) Cut() {
	c.cut()
	c.http.CloseIdleConnections()
}

// OldWebSocketClient speaks Engine.IO 3 or Socket.IO 0.6 over a WebSocket.
type OldWebSocketClient struct{ *WebSocketClient }

// DialOldWebSocket opens a session over a WebSocket in the generation of the
// server's codec: eio.V3 or eio.Gen06.
func DialOldWebSocket(t testing.TB, s *Server) Client {
	t.Helper()
	codec := s.Family.Codec
	c := &OldWebSocketClient{}
	target := Path + "/?EIO=3&transport=websocket"
	if codec == eio.Gen06 {
		target = Path + "/websocket"
	}
	var err error
	if c.WebSocketClient, err = connect(s, target, codec, ws.ClientHandshake{}); err != nil {
		t.Fatal("dial:", err)
	}
	t.Cleanup(c.Cut)
	if _, err := c.packet(); err != nil {
		t.Fatal("dial:", err)
	}
	return c
}

// Receive reads until there is a message. A heartbeat comes back as it came: what
// is a pong to the one who reads is a ping of the one who writes.
func (c *OldWebSocketClient) Receive() (session.Message, error) {
	c.read.Lock()
	defer c.read.Unlock()
	for {
		p, err := c.packet()
		if err != nil {
			return session.Message{}, err
		}
		switch p.Type {
		case session.PacketMessage:
			return session.Message{Kind: p.Kind, Data: p.Data}, nil
		case session.PacketPong:
			if err := c.SendPacket(session.Packet{Type: session.PacketPing, Data: p.Data}); err != nil {
				return session.Message{}, err
			}
			c.answered()
		}
	}
}
