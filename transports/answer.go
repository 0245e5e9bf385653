package transports

import (
	"net/http"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// The names of what can be wrong with a request, as they stand in the context
// of a refusal under "name". They are the reference's, but for the last.
const (
	// TransportHandshakeError: the handshake does not fit the transport.
	TransportHandshakeError = "TRANSPORT_HANDSHAKE_ERROR"
	// TransportMismatch: the session is on another transport.
	TransportMismatch = "TRANSPORT_MISMATCH"
	// ProtocolMismatch: the session speaks another version of the protocol.
	ProtocolMismatch = "PROTOCOL_MISMATCH"
	// InvalidQuery: the address has too many parameters.
	InvalidQuery = "INVALID_QUERY"
)

// SetHeader adds to h what the server wants in the header of an answer that
// accepts the request: of each poll and POST, and of an upgrade. Transports call
// it just before such an answer. opened is the session that the request has
// opened, if it is there already: the answer to an upgrade is made before.
func (x *Exchange) SetHeader(h http.Header, opened *session.Conn) {
	if x.header != nil {
		x.header(h, opened)
	}
}

// UpgradeHeader returns what SetHeader adds to the answer to an upgrade, nil
// for nothing.
func (x *Exchange) UpgradeHeader() http.Header {
	if x.header == nil {
		return nil
	}
	h := make(http.Header)
	x.header(h, nil)
	return h
}

// Reject refuses a request that is no session's, and tells the server why:
// context is what Route.Rejected says of it.
func (x *Exchange) Reject(why eio.Refusal, context map[string]string) {
	x.Rejected(why, context)
	x.Refuse(why)
}

// Rejected tells the server of a request that the transport refuses by itself.
func (x *Exchange) Rejected(why eio.Refusal, context map[string]string) {
	if x.rejected != nil {
		x.rejected(why, context)
	}
}
