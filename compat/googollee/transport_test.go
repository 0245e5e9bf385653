package googollee_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/googollee/go-socket.io/engineio"
	"github.com/googollee/go-socket.io/engineio/transport"

	"github.com/everwire/everwire/compat/googollee"
)

// engine serves the original's engineio with our transport; what a client sends
// comes back. The engine is not closed: its Close races with its own sessions.
func engine(t *testing.T, tr transport.Transport) *httptest.Server {
	eio := engineio.NewServer(&engineio.Options{Transports: []transport.Transport{tr}})
	site := httptest.NewServer(eio)
	t.Cleanup(site.Close)
	go func() {
		for {
			conn, err := eio.Accept()
			if err != nil {
				return
			}
			go func() {
				for copyMessage(conn) == nil {
				}
				conn.Close()
			}()
		}
	}()
	return site
}

func copyMessage(conn engineio.Conn) error {
	kind, r, err := conn.NextReader()
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := conn.NextWriter(kind)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, r); err != nil {
		return err
	}
	return w.Close()
}

// wire is a client's WebSocket.
type wire struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func (w *wire) read(n int) []byte {
	w.t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(w.in, b); err != nil {
		w.t.Fatal(err)
	}
	return b
}

// The original's engine has no WebSocket older than version 13: with our transport
// a page of 2010 talks to it, text and binary, and is told when it ends.
func TestTransportCarriesHixie76(t *testing.T) {
	site := engine(t, &googollee.Transport{})
	conn, err := net.Dial("tcp", site.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET /socket.io/?EIO=3&transport=websocket HTTP/1.1\r\nHost: "+site.Listener.Addr().String()+
		"\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: "+site.URL+
		"\r\nSec-WebSocket-Key1: 18x 6]8vM;54 *(5:  {   U1]8  z [  8\r\nSec-WebSocket-Key2: 1_ tx7X d  <  nw  334J702) 7]o}` 0\r\n\r\nTm[K T2u")
	w := &wire{t: t, conn: conn, in: bufio.NewReader(conn)}
	res, err := http.ReadResponse(w.in, nil)
	if err != nil || res.StatusCode != 101 {
		t.Fatal(res, err)
	}
	if digest := string(w.read(16)); digest != "fQJ,fN/4F4!~K~MH" {
		t.Fatalf("digest %q", digest)
	}
	frame := func() string {
		t.Helper()
		text, err := w.in.ReadString(0xff)
		if err != nil || text[0] != 0 {
			t.Fatalf("%q, %v", text, err)
		}
		return text[1 : len(text)-1]
	}
	if open := frame(); !strings.HasPrefix(open, `0{"sid":`) {
		t.Errorf("open packet %s", open)
	}
	binary := base64.StdEncoding.EncodeToString([]byte{0, 255, 1})
	for send, want := range map[string]string{"4héllo": "4héllo", "2probe": "3probe", "b4" + binary: "b4" + binary} {
		conn.Write([]byte("\x00" + send + "\xff"))
		if got := frame(); got != want {
			t.Errorf("%s: %s, want %s", send, got, want)
		}
	}
	conn.Write([]byte("\x001\xff")) // close
	if end, err := io.ReadAll(w.in); err != nil || !bytes.Equal(end, []byte{0xff, 0}) {
		t.Errorf("at the end: %q, %v", end, err)
	}
}

func TestTransportRefusesForeignOrigins(t *testing.T) {
	for name, tr := range map[string]*googollee.Transport{"default": {}, "own": {CheckOrigin: func(*http.Request) bool { return false }}} {
		site := engine(t, tr)
		req, _ := http.NewRequest("GET", site.URL+"/socket.io/?EIO=3&transport=websocket", nil)
		for name, v := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
			"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": "https://evil.example"} {
			req.Header.Set(name, v)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode < 400 {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	if _, err := (&googollee.Transport{}).Dial(nil, nil); err != googollee.ErrServerOnly {
		t.Errorf("Dial: %v", err)
	}
}

func TestTransportRefusesWhatIsNoWebSocket(t *testing.T) {
	site := engine(t, &googollee.Transport{})
	res, err := http.Get(site.URL + "/socket.io/?EIO=3&transport=websocket")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode < 400 {
		t.Error(res.Status)
	}
}
