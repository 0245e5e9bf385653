package websocket_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/polling"
	"github.com/everwire/everwire/transports/transporttest"
	"github.com/everwire/everwire/transports/websocket"
)

// serveBoth is serve with the transports that Engine.IO may have.
func serveBoth(t *testing.T) (*transporttest.Server, <-chan session.Session) {
	t.Helper()
	sessions := make(chan session.Session, 10)
	handler := session.HandlerFunc(func(s session.Session) { sessions <- s; transporttest.Echo.ServeSession(s) })
	return transporttest.NewServer(t, transporttest.Options{Handler: handler}, eio.V4,
		polling.Transport{}, websocket.Transport{}, websocket.Transport{Flash: true}), sessions
}

func TestTransportNames(t *testing.T) {
	for want, tr := range map[string]websocket.Transport{"websocket": {}, "flashsocket": {Flash: true}} {
		if tr.Name() != want {
			t.Errorf("got %s, want %s", tr.Name(), want)
		}
	}
}

// TestASessionKnowsItsFlashSocket: the request's word is the only difference.
func TestASessionKnowsItsFlashSocket(t *testing.T) {
	for name, dial := range map[string]func(testing.TB, *transporttest.Server) transporttest.Client{
		"flashsocket": transporttest.DialFlashSocket, "websocket": transporttest.DialOf(ws.Hixie76),
	} {
		t.Run(name, func(t *testing.T) {
			srv, sessions := serveBoth(t)
			c := dial(t, srv)
			p := (<-sessions).Peer()
			if p.Transport != name || p.Dialect != "Hixie76" || !p.Binary {
				t.Errorf("the peer is %+v", p)
			}
			if err := c.Send(session.Message{Kind: session.Text, Data: []byte("héllo")}); err != nil {
				t.Fatal(err)
			}
			if m, err := c.Receive(); err != nil || string(m.Data) != "héllo" {
				t.Errorf("got %q, %v", m.Data, err)
			}
		})
	}
}

// TestAPollMovesToAFlashSocket, though no handshake offers it: a client that
// has one may try.
func TestAPollMovesToAFlashSocket(t *testing.T) {
	srv, sessions := serveBoth(t)
	c := transporttest.NewPollingClient(t, srv)
	if got := strings.Join(c.Open.Upgrades, " "); got != "websocket" {
		t.Errorf("the upgrades are %q", got)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(conn, strings.Replace(hixie76, "/demo", transporttest.Path+"/?EIO=4&transport=flashsocket&sid="+c.Open.SID, 1)+
		"\r\nTm[K T2u\x002probe\xff")
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp, err)
	}
	if _, err := in.Discard(16); err != nil { // the digest
		t.Fatal(err)
	}
	if got, err := in.ReadString(0xff); got != "\x003probe\xff" || err != nil {
		t.Fatalf("the probe is answered with %q, %v", got, err)
	}
	io.WriteString(conn, "\x005\xff\x004here\xff")
	if got, err := in.ReadString(0xff); got != "\x004here\xff" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if p := (<-sessions).Peer(); p.Transport != "flashsocket" {
		t.Errorf("the peer is %+v", p)
	}
}
