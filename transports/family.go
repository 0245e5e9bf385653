package transports

import (
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// Names of the transports, as they stand in queries or paths and in
// Peer.Transport.
const (
	// Polling is long polling of Engine.IO, by XMLHttpRequest or, with the
	// parameter j, by scripts.
	Polling   = "polling"
	WebSocket = "websocket"
	// FlashSocket is a WebSocket whose client end is a Flash program, in
	// browsers that had none.
	FlashSocket = "flashsocket"

	// XHRPolling and JSONPPolling are long polling of Socket.IO 0.x.
	XHRPolling   = "xhr-polling"
	JSONPPolling = "jsonp-polling"
	// HTMLFile is a document in a hidden frame that never ends.
	HTMLFile = "htmlfile"
	// XHRMultipart is one answer of type multipart/x-mixed-replace, for Gecko.
	XHRMultipart = "xhr-multipart"
	// XHRStreaming and EventSource are one long answer each. No client of
	// Socket.IO asks for them by itself: they are for Engine.IO 4 through
	// proxies that let neither WebSockets nor upgrades pass.
	XHRStreaming = "xhr-streaming"
	EventSource  = "eventsource"
)

// Sending is the name of the transport that takes what clients of streams send,
// by POST. No client asks for it by name.
const Sending = "post"

// streams are the transports whose receive channel is one answer that does not
// end. What their clients send comes by POST.
var streams = []string{HTMLFile, XHRMultipart, XHRStreaming, EventSource}

// Generation is what the requests of a family look like, and the answers around
// its packets.
type Generation uint8

const (
	// EngineIO is that of Socket.IO 1.0 and later, and of raw WebSockets: the
	// session's id stands in the query and an upgrade is probed.
	EngineIO Generation = iota
	// Gen09 is Socket.IO 0.7 to 0.9: a handshake of its own, and each transport
	// may carry on a session that is there already.
	Gen09
	// Gen06 is Socket.IO 0.1 to 0.6: a transport opens its own session.
	Gen06
)

// Family is a kind of session: which codec carries it, its limits, and who
// takes what its clients send. A Family is shared and not modified.
type Family struct {
	// Codec writes and reads the packets.
	Codec eio.Codec
	// Config is that of the family's sessions.
	Config *session.Config
	// MaxPayload is the largest message, or body of a request, in bytes.
	MaxPayload int64
	// Upgrades are the transports that a polling session is told it may move
	// to.
	Upgrades []string
	// FlashSocket: the clients may ask for the transport of that name.
	FlashSocket bool
	// Raw: the clients speak no Engine.IO. There is no open packet, and ping,
	// pong and close are the WebSocket's own frames, with codes. Sessions of
	// Engine.IO end with an empty close frame, as the reference's do.
	Raw bool
	// Generation is what the requests and answers look like. Zero is EngineIO.
	Generation Generation
	// Hold is how long a poll waits before it is answered without a message.
	// Zero: for ever, since pings answer it.
	Hold time.Duration
	// Base64 is the variant of Engine.IO 3 for sessions that are opened with
	// b64=1 or by JSONP: they cannot take binary payloads. Nil: there is none.
	Base64 *Family
	// Bytes is the variant of Engine.IO 3 for polling sessions of clients as old
	// as Socket.IO 1.3, some of which read no payloads but binary ones. Nil:
	// there is none.
	Bytes *Family
	// Old and Undecided are the variants of Gen06. Old is for clients of
	// Socket.IO 0.1 to 0.4; Undecided for those that may be of either and have
	// said nothing so far, and becomes one of the two by the first words. Each
	// has a Config of its own.
	Old, Undecided *Family
	// Undouble: text that clients have encoded as UTF-8 twice is decoded twice.
	// See eio.Undouble.
	Undouble bool
	// Offer are the transports that a handshake of Gen09 names.
	Offer []string
	// Accept takes a new session: it sets its sink, before the first carrier
	// is attached.
	Accept func(*session.Conn)
	// Compression allows permessage-deflate, and CompressPolls compressed
	// answers to polls; see session.Packet.Compress.
	Compression, CompressPolls bool
	// CompressionThreshold is the smallest message, or answer, in bytes that is
	// compressed. Zero means the default of package ws, and no bound for polls.
	CompressionThreshold int
}
