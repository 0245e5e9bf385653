package server_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
)

// alive fails unless the server still answers and has no session.
func (s *site) alive(after string) {
	s.t.Helper()
	if got := s.do("GET", "/healthz", ""); got.status != http.StatusOK {
		s.t.Errorf("after %s: %d", after, got.status)
	}
	if n := s.Sessions(); n != 0 {
		s.t.Errorf("after %s: %d sessions", after, n)
	}
}

// CVE-2022-41940: a connection that was reset during an upgrade which was being
// refused ended the server.
func TestCVE2022_41940ResetDuringABadUpgrade(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	for _, query := range []string{"EIO=4&transport=websocket&sid=none", "EIO=4&transport=none", "EIO=9&transport=websocket",
		"EIO=3&transport=polling", "transport=websocket&sid=../.."} {
		for range 20 {
			conn := s.raw("GET /socket.io/?" + query + " HTTP/1.1\r\nHost: " + s.host + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
				"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
			conn.(*net.TCPConn).SetLinger(0) // closing resets the connection
			conn.Close()
		}
	}
	s.alive("the resets")
}

// CVE-2023-31125: a transport that is a property of every object in JavaScript
// ended the server.
func TestCVE2023_31125NamesThatObjectsHave(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	for _, name := range []string{"constructor", "__proto__", "toString", "hasOwnProperty", "", "polling%00", "POLLING", "websocket,polling"} {
		for _, eio := range []string{"3", "4"} {
			if got := s.do("GET", "/socket.io/?EIO="+eio+"&transport="+name, ""); got.status != http.StatusBadRequest {
				t.Errorf("transport %q of EIO=%s: %d", name, eio, got.status)
			}
		}
		if name == "" {
			continue // no sid opens a session
		}
		if got := s.do("GET", "/socket.io/?EIO=4&transport=polling&sid="+name, ""); got.status != http.StatusBadRequest {
			t.Errorf("sid %q: %d", name, got.status)
		}
		// Servers of 0.9 closed the connection.
		if got, err := io.ReadAll(s.raw("GET /socket.io/1/" + name + "/none HTTP/1.1\r\nHost: " + s.host + "\r\nConnection: close\r\n\r\n")); err != nil ||
			strings.Contains(string(got), " 500 ") {
			t.Errorf("transport %q of 0.9: %q, %v", name, got, err)
		}
	}
	s.alive("odd names")
}

// CVE-2022-21676: a frame with reserved bits ended the server.
func TestCVE2022_21676ReservedBits(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{})})
	for _, first := range []byte{0xC1, 0xB1, 0xA1, 0xF1, 0xFF} {
		conn := s.raw("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: " + s.host + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
		in := bufio.NewReader(conn)
		if res, err := http.ReadResponse(in, nil); err != nil || res.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("handshake: %v %v", res, err)
		}
		conn.Write(append([]byte{first, 0x85, 0, 0, 0, 0}, "42[1]"...))
		rest, err := io.ReadAll(in) // the open packet, a close frame, the end
		if err != nil || !strings.Contains(string(rest), "0{") {
			t.Errorf("first byte %#x: %q, %v", first, rest, err)
		}
		conn.Close()
	}
	s.alive("reserved bits")
}
