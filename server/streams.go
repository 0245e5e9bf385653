package server

import (
	"github.com/everwire/everwire/transports"
	"github.com/everwire/everwire/transports/streaming"
)

// streams returns the transports whose receive channel is one answer that does
// not end. What their clients send comes by POST, which package polling takes.
func streams() []transports.Transport {
	return []transports.Transport{streaming.HTMLFile, streaming.XHRMultipart, streaming.XHRStreaming, streaming.EventSource}
}
