package transports

import "net/http"

// Bounds of an HTTP/2 connection.
const (
	maxStreams   = 128
	streamBuffer = 128 << 10
)

// HTTP2Config returns what an http.Server that speaks HTTP/2 should have in its
// field HTTP2, for WebSockets and polls that share a connection.
//
// A session whose handler does not read leaves its stream's buffer full, which
// counts against the connection's; that has room for all, 16 MiB, so that the
// other streams go on. And a client that takes nothing for WriteTimeout loses
// its connection: a deadline of one stream resets that stream, but the reset has
// to be written too.
func HTTP2Config() *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams:          maxStreams,
		MaxReceiveBufferPerStream:     streamBuffer,
		MaxReceiveBufferPerConnection: maxStreams * streamBuffer,
		WriteByteTimeout:              WriteTimeout,
	}
}
