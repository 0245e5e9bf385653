package ws

import (
	"fmt"
	"net/http"
)

// HandshakeError says why a request is not answered with 101, or in HTTP/2 with
// 200, and what it is to be answered with instead.
type HandshakeError struct {
	// Status is the HTTP status: 400, 405 or 426.
	Status int
	// Header belongs into the answer. Before HTTP/2 it always ends the
	// connection: what the client has sent behind its request, such as the
	// nonce of Hixie76, must not be taken for another request.
	Header http.Header
	// Reason is one plain sentence part without secrets; it may quote up to
	// 20 escaped bytes of the request.
	Reason string
}

// Error returns the status and the reason.
func (e *HandshakeError) Error() string {
	return fmt.Sprintf("ws: handshake refused with %d: %s", e.Status, e.Reason)
}

func badRequest(reason string) error {
	return &HandshakeError{
		Status: http.StatusBadRequest,
		Header: http.Header{"Connection": {"close"}},
		Reason: reason,
	}
}

func badMethod() error {
	return &HandshakeError{
		Status: http.StatusMethodNotAllowed,
		Header: http.Header{"Allow": {http.MethodGet}, "Connection": {"close"}},
		Reason: "the method is not GET",
	}
}

// refuseVersion names the versions that would have been taken (RFC 6455
// section 4.4) and, as every 426 must, the protocol to upgrade to (RFC 9110
// section 15.5.22). The two fields of Connection are one list; net/http closes
// the connection only if "close" is a field of its own and the first.
func refuseVersion(reason string, set Dialects) error {
	e := &HandshakeError{
		Status: http.StatusUpgradeRequired,
		Header: http.Header{"Upgrade": {"websocket"}, "Connection": {"close", "Upgrade"}},
		Reason: reason,
	}
	if v := set.versions(); v != "" {
		e.Header["Sec-Websocket-Version"] = []string{v}
	}
	return e
}
