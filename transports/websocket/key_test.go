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
	"github.com/everwire/everwire/transports/transporttest"
)

// TestKeysOfOldClients: servers before Engine.IO 4 looked at no key. From then on
// it has 16 bytes (RFC 6455 section 4.2.1, item 5).
func TestKeysOfOldClients(t *testing.T) {
	const longer = "Qocz1L3f5MRs4E1QH/5an4ccVNU=" // 20 bytes
	b := newBefore1(t)
	modern, _ := serve(t, eio.V4, transporttest.Options{})
	raw, _ := serve(t, eio.Raw, transporttest.Options{})
	const query = "transport=websocket&EIO="
	for _, tt := range []struct {
		name, url, target, key string
		status                 int
	}{
		{"0.9", b.url, "/1/websocket/" + b.handshake09().ID(), longer, http.StatusSwitchingProtocols},
		{"Engine.IO 2", b.url, "/?" + query + "2", longer, http.StatusSwitchingProtocols},
		{"Engine.IO 3", b.url, "/?" + query + "3", longer, http.StatusSwitchingProtocols},
		{"0.9 without a key", b.url, "/1/websocket/" + b.handshake09().ID(), "", http.StatusBadRequest},
		{"Engine.IO 4", modern.URL, transporttest.Path + "/?" + query + "4", longer, http.StatusBadRequest},
		{"raw", raw.URL, transporttest.Path, longer, http.StatusBadRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(tt.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(patience))
			io.WriteString(conn, "GET "+tt.target+" HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
				"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "+tt.key+"\r\n\r\n")
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if tt.status == http.StatusSwitchingProtocols {
				want = ws.AcceptKey(tt.key)
			}
			if got := resp.Header.Get("Sec-WebSocket-Accept"); resp.StatusCode != tt.status || got != want {
				t.Errorf("%d, accepted with %q, want %d and %q", resp.StatusCode, got, tt.status, want)
			}
		})
	}
}
