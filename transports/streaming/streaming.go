package streaming

import (
	"errors"
	"net/http"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// Transport is one kind of stream. It is safe for concurrent use. The zero
// value is not.
type Transport struct {
	framerFor func(eio.Codec) *framer
	// kind carries sessions of Engine.IO, old those of other generations, which
	// may open a stream while they have another.
	kind, old *session.Carrier
	// limit is the number of bytes after which an answer ends, if it is of a
	// kind that ends.
	limit int64
}

// The transports.
var (
	// HTMLFile is "htmlfile", of Socket.IO 0.1 to 0.9.
	HTMLFile = newTransport(transports.HTMLFile, htmlfile)
	// XHRMultipart is "xhr-multipart", of Socket.IO 0.1 to 0.6.
	XHRMultipart = newTransport(transports.XHRMultipart, func(eio.Codec) *framer { return multipart })
	// EventSource is "eventsource", server-sent events.
	EventSource = newTransport(transports.EventSource, func(eio.Codec) *framer { return events })
	// XHRStreaming is "xhr-streaming", lines of text.
	XHRStreaming = newTransport(transports.XHRStreaming, func(eio.Codec) *framer { return lines })
)

func newTransport(name string, framerFor func(eio.Codec) *framer) *Transport {
	old := session.Carrier{Transport: name, Stream: true, OneWay: true}
	kind := old
	kind.Binary, kind.Exclusive = true, true
	return &Transport{framerFor: framerFor, kind: &kind, old: &old, limit: limit}
}

// Name returns the transport's name, as in Peer.Transport.
func (t *Transport) Name() string { return t.kind.Transport }

// Serve answers a GET with a stream of the session's packets and blocks until
// it ends. Requests that send are package polling's.
func (t *Transport) Serve(x *transports.Exchange) {
	if x.R.Method != http.MethodGet {
		x.Reject(eio.BadHandshakeMethod, map[string]string{"method": x.R.Method})
		return
	}
	kind := t.old
	if x.Family.Generation == transports.EngineIO {
		kind = t.kind
	}
	c := x.Conn
	switch {
	case c != nil && kind.Exclusive && !mayContinue(c):
		x.Reject(eio.BadRequest, map[string]string{"name": transports.TransportMismatch,
			"transport": t.Name(), "previousTransport": c.Peer().Transport})
		return
	case c == nil && x.R.Header.Get("Last-Event-ID") != "":
		// A browser that has lost its session's first stream and begins again
		// by itself, with the address that opens a session. The page does not
		// know of that. This answer has the browser give up.
		x.W.WriteHeader(http.StatusNoContent)
		return
	case c == nil:
		x.Kind = kind
		if c = x.Open(); c == nil {
			return
		}
	}
	s := newStream(x, c, t)
	lease, err := c.Attach(kind, s.wakeUp)
	switch {
	case errors.Is(err, session.ErrOccupied):
		c.Abort(&session.CloseError{Code: session.ProtocolError, Reason: "two receive channels at once", Remote: true})
		x.Refuse(eio.BadRequest)
	case err != nil:
		x.Refuse(eio.SessionUnknown)
	default:
		s.serve(lease)
	}
}

// mayContinue reports whether a stream may carry on a session of Engine.IO: one
// that is polled or was on another stream, and not one on a WebSocket.
func mayContinue(c *session.Conn) bool {
	k := c.Carrier()
	return k != nil && (!k.Stream || k.OneWay) && !c.Upgraded()
}
