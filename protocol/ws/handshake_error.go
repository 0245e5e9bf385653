package ws

import (
	"fmt"
	"net/http"
)

// HandshakeError says why a request is not answered with 101 and what it is
// to be answered with instead.
type HandshakeError struct {
	// Status is the HTTP status: 400, 405 or 426.
	Status int
	// Header belongs into the answer. It may be nil.
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
	return &HandshakeError{Status: http.StatusBadRequest, Reason: reason}
}

// refuseVersion names the versions that would have been taken (RFC 6455
// section 4.4) and, as every 426 must, the protocol to upgrade to (RFC 9110
// section 15.5.22).
func refuseVersion(reason string) error {
	return &HandshakeError{
		Status: http.StatusUpgradeRequired,
		Header: http.Header{
			"Sec-Websocket-Version": {supportedVersions},
			"Upgrade":               {"websocket"},
			"Connection":            {"Upgrade"},
		},
		Reason: reason,
	}
}
