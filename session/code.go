package session

import "fmt"

// Code says why a session ended. The numbers are WebSocket close codes (RFC
// 6455 section 7.4), so a raw WebSocket client sees them as they are; the
// private ones stand in two ranges that tell a client what to do next:
//
//	3000-3499, 4000-4499   reconnecting may help
//	3500-3999, 4500-4999   reconnecting will not help
//
// Handlers choose codes of their own from 4000 to 4999.
type Code uint16

// The codes that Everwire itself uses.
const (
	Normal         Code = 1000 // the conversation is over
	GoingAway      Code = 1001 // the server drains, or the page was left; reconnect
	ProtocolError  Code = 1002 // the client broke the protocol
	Unsupported    Code = 1003 // a kind of data that the endpoint does not take
	NoStatus       Code = 1005 // the client closed without a code; never sent
	Abnormal       Code = 1006 // the carrier was lost; never sent
	InvalidPayload Code = 1007 // text that is not UTF-8
	PolicyViolated Code = 1008 // refused by a rule of this server
	MessageTooBig  Code = 1009 // over the payload limit
	InternalError  Code = 1011 // the handler failed
	TryAgainLater  Code = 1013 // over a limit of this server

	PingTimeout      Code = 3000 // no proof of life in time
	Stalled          Code = 3001 // the client's data could not be taken for too long
	SlowClient       Code = 3002 // the outbox overflowed
	HandshakeTimeout Code = 3003 // the session was opened and then not used
	TransportLost    Code = 3004 // the carrier went away

	Forced  Code = 3500 // the server's application disconnected the client
	Revoked Code = 3501 // the client's right to be here ended
)

var codeNames = map[Code]string{
	Normal: "normal", GoingAway: "going away", ProtocolError: "protocol error",
	Unsupported: "unsupported data", NoStatus: "no status", Abnormal: "abnormal closure",
	InvalidPayload: "invalid payload", PolicyViolated: "policy violated",
	MessageTooBig: "message too big", InternalError: "internal error",
	TryAgainLater: "try again later", PingTimeout: "ping timeout", Stalled: "stalled",
	SlowClient: "slow client", HandshakeTimeout: "handshake timeout",
	TransportLost: "transport lost", Forced: "forced close", Revoked: "revoked",
}

// String returns the code's name, or its number if it has none.
func (c Code) String() string {
	if s, ok := codeNames[c]; ok {
		return s
	}
	return fmt.Sprintf("code %d", uint16(c))
}

// Sendable reports whether the code may stand in a close frame: 1005, 1006
// and 1015 are for local use, the rest of 1000-2999 is registered only in
// part (RFC 6455 section 7.4.1).
func (c Code) Sendable() bool {
	switch {
	case c >= 3000 && c <= 4999:
		return true
	case c >= 1007 && c <= 1014, c >= 1000 && c <= 1003:
		return true
	}
	return false
}

// CloseError is the cause of a session's context once the session is over.
type CloseError struct {
	Code   Code
	Reason string
	// Remote is true if the client closed or vanished, false if this side did.
	Remote bool
	// Err is the underlying error, if there was one.
	Err error
}

// Normal reports whether the client ended the session in good order.
func (e *CloseError) Normal() bool {
	return e.Remote && (e.Code == Normal || e.Code == GoingAway || e.Code == NoStatus)
}

// Error returns a sentence with the code and, if there is one, the reason.
func (e *CloseError) Error() string {
	who := "closed by this side"
	if e.Remote {
		who = "closed by the client"
	}
	s := "session: " + who + ": " + e.Code.String()
	if e.Reason != "" && e.Reason != e.Code.String() {
		s += ": " + e.Reason
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the underlying error.
func (e *CloseError) Unwrap() error { return e.Err }

// Is makes errors.Is(cause, ErrClosed) true for every end of a session.
func (e *CloseError) Is(target error) bool { return target == ErrClosed }
