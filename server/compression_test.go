package server_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/transports/transporttest"
)

func TestHTTPCompression(t *testing.T) {
	for _, tt := range []struct {
		options server.Options
		size    int
		want    string
	}{
		{server.Options{}, 5000, ""},
		{server.Options{HTTPCompression: true}, 1022, ""}, // and one byte for the packet's type
		{server.Options{HTTPCompression: true}, 1023, "gzip"},
		{server.Options{HTTPCompression: true, CompressionThreshold: 200}, 199, "gzip"},
	} {
		tt.options.Guard = unlimited(guard.Config{})
		s := newSite(t, tt.options)
		s.HandleEngine("/engine.io", transporttest.Echo)
		s.do("GET", "/engine.io/?EIO=4&transport=polling", "")
		target := "/engine.io/?EIO=4&transport=polling&sid=" + s.the().ID()
		text := "4" + strings.Repeat("x", tt.size)
		s.do("POST", target, text)
		got := s.do("GET", target, "", "Accept-Encoding", "gzip, deflate, br")
		if got.header.Get("Content-Encoding") != tt.want {
			t.Errorf("%d bytes: %v", tt.size, got.header)
		}
		if tt.want != "" {
			z, err := gzip.NewReader(strings.NewReader(got.body))
			if err != nil {
				t.Fatal(err)
			}
			plain, _ := io.ReadAll(z)
			got.body = string(plain)
		}
		if got.body != text {
			t.Errorf("%d bytes: the text is another", tt.size)
		}
	}
}

func TestWebSocketCompressionThreshold(t *testing.T) {
	for _, tt := range []struct {
		options    server.Options
		size       int
		compressed bool
	}{
		{server.Options{}, 5000, false},
		{server.Options{Compression: true}, 1023, false},
		{server.Options{Compression: true}, 1024, true},
		{server.Options{Compression: true, CompressionThreshold: 100}, 100, true},
	} {
		t.Run(fmt.Sprintf("%v %d %d", tt.options.Compression, tt.options.CompressionThreshold, tt.size), func(t *testing.T) {
			tt.options.Guard = unlimited(guard.Config{})
			s := newSite(t, tt.options)
			got := s.do("GET", "/ws/echo", "", append([]string{"Sec-WebSocket-Extensions", "permessage-deflate"}, handshake...)...)
			if got.status != 101 {
				t.Fatal(got.status)
			}
			frame := append([]byte{0x81, 0xfe, byte(tt.size >> 8), byte(tt.size), 0, 0, 0, 0}, strings.Repeat("x", tt.size)...)
			if tt.size < 126 {
				frame = append([]byte{0x81, 0x80 | byte(tt.size)}, frame[4:]...)
			}
			if _, err := got.conn.Write(frame); err != nil {
				t.Fatal(err)
			}
			var first [1]byte
			if _, err := io.ReadFull(got.conn, first[:]); err != nil || first[0] != map[bool]byte{false: 0x81, true: 0xc1}[tt.compressed] {
				t.Errorf("the answer begins with %x, %v", first, err)
			}
		})
	}
}
