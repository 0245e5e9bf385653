package socketio

import (
	"errors"

	"github.com/everwire/everwire/session"
)

// DisconnectReason says why a socket was disconnected, in the words of the
// reference server.
type DisconnectReason string

// The reasons.
const (
	ClientDisconnect DisconnectReason = "client namespace disconnect"
	ServerDisconnect DisconnectReason = "server namespace disconnect"
	TransportClose   DisconnectReason = "transport close"
	TransportError   DisconnectReason = "transport error"
	PingTimeout      DisconnectReason = "ping timeout"
	ParseError       DisconnectReason = "parse error"
	ForcedClose      DisconnectReason = "forced close"
	ShuttingDown     DisconnectReason = "server shutting down"
	HandlerFailed    DisconnectReason = "handler failed"
)

// String returns the reason.
func (r DisconnectReason) String() string { return string(r) }

// reasonOf translates the cause of a session's end.
func reasonOf(cause error) DisconnectReason {
	ce, ok := errors.AsType[*session.CloseError](cause)
	if !ok {
		return TransportClose
	}
	switch ce.Code {
	case session.PingTimeout, session.Stalled:
		return PingTimeout
	case session.ProtocolError, session.InvalidPayload, session.MessageTooBig, session.PolicyViolated:
		return ParseError
	case session.GoingAway:
		if !ce.Remote {
			return ShuttingDown
		}
	case session.SlowClient, session.InternalError:
		return TransportError
	}
	if !ce.Remote {
		return ForcedClose
	}
	return TransportClose
}
