package socketio

import (
	"context"
	"errors"

	"github.com/everwire/everwire/session"
)

// DisconnectReason says why a socket was disconnected, in the words of the
// reference server. Socket.Details says more.
type DisconnectReason string

// The reasons.
const (
	// ClientDisconnect: the client has left the namespace.
	ClientDisconnect DisconnectReason = "client namespace disconnect"
	// ServerDisconnect: this side has called Disconnect or Close.
	ServerDisconnect DisconnectReason = "server namespace disconnect"
	// TransportClose: the connection was closed, or lost.
	TransportClose DisconnectReason = "transport close"
	// TransportError: the client broke the rules of its transport, went away in
	// the middle of a poll, or did not read.
	TransportError DisconnectReason = "transport error"
	// PingTimeout: there was no sign of life in time.
	PingTimeout DisconnectReason = "ping timeout"
	// ParseError: a packet of Engine.IO could not be understood.
	ParseError DisconnectReason = "parse error"
	// ForcedClose: a packet of Socket.IO broke the protocol, or this side has
	// closed the connection.
	ForcedClose DisconnectReason = "forced close"
	// ForcedServerClose: the client entered no namespace in time.
	ForcedServerClose DisconnectReason = "forced server close"
	// ShuttingDown: the server shuts down.
	ShuttingDown DisconnectReason = "server shutting down"
	// HandlerFailed: a handler has panicked. The reference has no such reason.
	HandlerFailed DisconnectReason = "handler failed"
)

// String returns the reason.
func (r DisconnectReason) String() string { return string(r) }

// Details says how the socket came to its end: the close code and, where there
// are, the words of the side that closed, and the underlying error. It is the
// same value as the cause of the socket's context, and nil while the socket is
// connected.
func (s *Socket) Details() *session.CloseError {
	ce, _ := errors.AsType[*session.CloseError](context.Cause(s.ctx))
	return ce
}

// reasonOf translates the cause of a session's end. A poll is lost by its
// client's doing, which to the reference is an error; a stream may just end.
func reasonOf(cause error, stream bool) DisconnectReason {
	ce, ok := errors.AsType[*session.CloseError](cause)
	if !ok {
		return TransportClose
	}
	switch ce.Code {
	case session.PingTimeout, session.Stalled:
		return PingTimeout
	case session.HandshakeTimeout:
		return ForcedServerClose
	case session.SlowClient, session.InternalError:
		return TransportError
	case session.TransportLost:
		if ce.Err != nil && !stream {
			return TransportError
		}
	}
	if !ce.Remote {
		if ce.Code == session.GoingAway {
			return ShuttingDown
		}
		return ForcedClose
	}
	switch ce.Code {
	case session.ProtocolError, session.InvalidPayload, session.MessageTooBig, session.PolicyViolated:
		// These are this side's verdicts, unless the client has closed with
		// such a code itself: then there is no error, and rarely a word.
		if ce.Err != nil && ce.Reason == "" && ce.Code == session.ProtocolError {
			return ParseError
		}
		if ce.Err != nil || ce.Reason != "" {
			return TransportError
		}
	}
	return TransportClose
}
