package eio

import (
	"fmt"
	"strconv"
)

// Refusal is the answer to a request that Engine.IO turns down: an HTTP status
// and a JSON body with a code and a message. It is an error; two refusals that
// are equal match in errors.Is.
type Refusal struct {
	// Status is the HTTP status. A refused WebSocket upgrade is answered with
	// 400 and Message as plain text, whatever stands here.
	Status int
	// Code is the number for programs, Message the sentence for people.
	Code    int
	Message string
}

// The refusals that every generation since Engine.IO 1 has.
var (
	TransportUnknown   = Refusal{400, 0, "Transport unknown"}
	SessionUnknown     = Refusal{400, 1, "Session ID unknown"}
	BadHandshakeMethod = Refusal{400, 2, "Bad handshake method"}
	BadRequest         = Refusal{400, 3, "Bad request"}
	Forbidden          = Refusal{403, 4, "Forbidden"}
	UnsupportedVersion = Refusal{400, 5, "Unsupported protocol version"}
)

// AppendJSON appends the body: {"code":1,"message":"Session ID unknown"}.
func (r Refusal) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"code":`...)
	dst = strconv.AppendInt(dst, int64(r.Code), 10)
	dst = append(dst, `,"message":`...)
	dst = appendString(dst, r.Message)
	return append(dst, '}')
}

// Error returns code and message as a sentence.
func (r Refusal) Error() string {
	return fmt.Sprintf("eio: refused with %d: code %d: %s", r.Status, r.Code, r.Message)
}
