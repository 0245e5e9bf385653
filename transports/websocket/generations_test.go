package websocket_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
	"github.com/everwire/everwire/transports/websocket"
)

// before1 is a server of the generations before Engine.IO, and of Engine.IO 3.
type before1 struct {
	t        *testing.T
	url      string
	engine   *transports.Engine
	table    transports.Table
	sessions chan *session.Conn
	manager  *session.Manager
}

// parrot sends every message back.
type parrot struct{ c *session.Conn }

func (p parrot) Deliver(m session.Packet) error {
	m.Data = append([]byte(nil), m.Data...)
	return p.c.Offer(m)
}

func (parrot) Over(error) {}

func newBefore1(t *testing.T) *before1 {
	b := &before1{t: t, sessions: make(chan *session.Conn, 10), manager: session.NewManager()}
	family := func(codec eio.Codec, g transports.Generation, cfg session.Config) *transports.Family {
		return &transports.Family{Codec: codec, Generation: g, Config: &cfg, MaxPayload: 1000, FlashSocket: true, Undouble: g == transports.EngineIO,
			Accept: func(c *session.Conn) { c.SetSink(parrot{c}); b.sessions <- c }}
	}
	b.table = transports.Table{
		V3:    family(eio.V3, transports.EngineIO, session.Config{PingInterval: time.Minute, PingTimeout: time.Minute, ClientPings: true}),
		Gen09: family(eio.Gen09, transports.Gen09, session.Config{DetachGrace: time.Minute, PollGrace: time.Minute, EchoClose: true}),
		Gen06: family(eio.Gen06, transports.Gen06, session.Config{}),
	}
	b.table.V3.Base64 = family(eio.V3Base64, transports.EngineIO, *b.table.V3.Config)
	b.table.Gen06.Undecided = family(eio.Gen0406, transports.Gen06, session.Config{})
	b.engine = transports.NewEngine(b.manager, nil, websocket.Transport{}, websocket.Transport{Flash: true})
	hs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rt, _, err := b.table.Resolve(r, r.URL.EscapedPath())
		if err != nil {
			err.(*transports.NotRouted).Write(w, r)
			return
		}
		b.engine.Serve(w, r, rt, session.Peer{})
	}))
	b.url = hs.URL
	t.Cleanup(func() {
		for c := range b.manager.All() {
			c.Kill(&session.CloseError{Code: session.GoingAway})
		}
		b.engine.Shutdown(t.Context())
		hs.Close()
	})
	return b
}

// hixie is a connection of draft 75 of the protocol, whose frames can be read by
// eye: 0x00, text, 0xFF.
type hixie struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// dial opens a WebSocket. SID in the target is that of the session.
func (b *before1) dial(target string, c *session.Conn) *hixie {
	b.t.Helper()
	if c != nil {
		target = strings.ReplaceAll(target, "SID", c.ID())
	}
	host := strings.TrimPrefix(b.url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(conn, "GET "+target+" HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nHost: "+host+"\r\nOrigin: http://"+host+"\r\n\r\n")
	h := &hixie{b.t, conn, bufio.NewReader(conn)}
	line, err := h.in.ReadString('\n')
	if err != nil || !strings.Contains(line, " 101 ") {
		b.t.Fatalf("%s: %q, %v", target, line, err)
	}
	for line != "\r\n" && err == nil {
		line, err = h.in.ReadString('\n')
	}
	return h
}

func (h *hixie) send(texts ...string) {
	for _, text := range texts {
		io.WriteString(h.conn, "\x00"+text+"\xff")
	}
}

// expect reads messages.
func (h *hixie) expect(want ...string) {
	h.t.Helper()
	for _, text := range want {
		got, err := h.in.ReadString('\xff')
		if got != "\x00"+text+"\xff" {
			h.t.Fatalf("%q, %v, want %q", got, err, text)
		}
	}
}

// ends reads the end of the connection.
func (h *hixie) ends() {
	h.t.Helper()
	if rest, err := io.ReadAll(h.in); err != nil || len(rest) > 0 {
		h.t.Errorf("%q, %v, want the end", rest, err)
	}
}

// TestBothOldestGenerationsAreSpokenUntilOneIsHeard: the server speaks first.
func TestBothOldestGenerationsAreSpokenUntilOneIsHeard(t *testing.T) {
	for _, tt := range []struct {
		name, say string
		hear      []string
	}{
		{"0.6", `~m~2~m~yo~m~10~m~~j~{"a":1}`, []string{"~m~2~m~yo", `~m~10~m~~j~{"a":1}`}},
		{"0.4", `["yo",{"a":1}]`, []string{`{"messages":["yo"]}`, `{"messages":[{"a":1}]}`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBefore1(t)
			h := b.dial("/websocket", nil)
			c := <-b.sessions
			h.expect("~m~22~m~"+c.ID(), `{"messages":["{\"sessionid\":\"`+c.ID()+`\"}"]}`)
			c.Offer(session.Packet{Type: session.PacketMessage, Data: []byte("for both")})
			h.expect("~m~8~m~for both", `{"messages":["for both"]}`)
			h.send(tt.say)
			h.expect(tt.hear...)
		})
	}
}

// TestUndecidedBroadcast: what is encoded once for all has both forms for the
// undecided, and one for each of the others.
func TestUndecidedBroadcast(t *testing.T) {
	b := newBefore1(t)
	var all []*hixie
	var conns []*session.Conn
	for range 3 {
		h := b.dial("/websocket", nil)
		c := <-b.sessions
		h.expect("~m~22~m~"+c.ID(), `{"messages":["{\"sessionid\":\"`+c.ID()+`\"}"]}`)
		all, conns = append(all, h), append(conns, c)
	}
	all[0].send("~m~1~m~a")
	all[0].expect("~m~1~m~a")
	all[1].send(`["b"]`)
	all[1].expect(`{"messages":["b"]}`)
	p := session.Packet{Type: session.PacketMessage, Data: []byte("news"), Prepared: new(session.Prepared)}
	for range 2 {
		for _, c := range conns {
			c.Offer(p)
		}
		all[0].expect("~m~4~m~news")
		all[1].expect(`{"messages":["news"]}`)
		all[2].expect("~m~4~m~news", `{"messages":["news"]}`)
	}
}

func TestFlashSocketOf06(t *testing.T) {
	b := newBefore1(t)
	h := b.dial("/flashsocket", nil)
	c := <-b.sessions
	h.expect("~m~22~m~" + c.ID())
	if p := c.Peer(); p.Transport != "flashsocket" || p.Binary {
		t.Errorf("peer %+v", p)
	}
	h.conn.Close()
	<-c.Context().Done()
}

// handshake09 opens a session of Socket.IO 0.9.
func (b *before1) handshake09() *session.Conn {
	b.t.Helper()
	resp, err := http.Get(b.url + "/1/")
	if err != nil || resp.StatusCode != 200 {
		b.t.Fatal(resp, err)
	}
	resp.Body.Close()
	return <-b.sessions
}

// TestSessionOf09OnWebSockets goes on when its connection is closed, on another
// one and until its client ends it.
func TestSessionOf09OnWebSockets(t *testing.T) {
	b := newBefore1(t)
	c := b.handshake09()
	h := b.dial("/1/websocket/SID", c)
	h.expect("1::")
	h.send("3:::hi", "2::", "no packet", "\ufffd5\ufffd3:::a\ufffd5\ufffd3:::b")
	h.expect("3:::hi", "3:::a", "3:::b")
	h.conn.(*net.TCPConn).CloseWrite() // all that a client of this draft can close with
	h.ends()
	again := b.dial("/1/flashsocket/SID", c)
	again.send("3:::x")
	again.expect("3:::x")
	// A newer connection takes the place of the older one.
	third := b.dial("/1/websocket/SID", c)
	again.ends()
	third.send("3:::y", "0::")
	third.expect("3:::y", "0::")
	third.ends()
	<-c.Context().Done()
	if ce := c.Cause().(*session.CloseError); !ce.Normal() || !ce.Remote {
		t.Errorf("the cause is %v", ce)
	}
}

func TestServersEndOf09(t *testing.T) {
	// Behind "0::" a client does not come back by itself.
	for code, end := range map[session.Code]string{session.Normal: "0::", session.Forced: "0::", session.GoingAway: "7:::1+0"} {
		b := newBefore1(t)
		c := b.handshake09()
		h := b.dial("/1/websocket/SID", c)
		h.expect("1::")
		c.Close(code, "")
		h.expect(end)
		h.ends()
	}
}

func TestUnknownSessionOf09OnAWebSocket(t *testing.T) {
	b := newBefore1(t)
	h := b.dial("/1/websocket/none", nil)
	h.expect("7:::1+0")
	h.ends()
	if b.manager.Len() != 0 {
		t.Error("a session was opened")
	}
}

// TestEngineIO3OnAWebSocket without binary frames has base64, with the type of
// its packets that Engine.IO 4 left out.
func TestEngineIO3OnAWebSocket(t *testing.T) {
	for _, target := range []string{"/?EIO=3&transport=websocket", "/?transport=websocket", "/?EIO=2&transport=websocket&b64=1"} {
		b := newBefore1(t)
		h := b.dial(target, nil)
		c := <-b.sessions
		h.expect(`0{"sid":"` + c.ID() + `","upgrades":[],"pingInterval":60000,"pingTimeout":60000}`)
		h.send("2", "2abc", "4x", "b4AQID")
		h.expect("3", "3", "4x", "b4AQID")
		// Only a client of 1.0 encodes its messages twice, and decodes ours as often.
		c.Offer(session.Packet{Type: session.PacketMessage, Data: []byte("é")})
		h.expect("4é")
		h.send("4Ã©")
		h.expect("4Ã©")
		p := session.Packet{Type: session.PacketMessage, Data: []byte("é"), Prepared: new(session.Prepared)}
		c.Offer(p)
		h.expect("4Ã©")
		h.send("4€")
		h.expect("4€")
		c.Offer(p)
		h.expect("4é")
		h.send("4Ã©")
		h.expect("4Ã©")
	}
}
