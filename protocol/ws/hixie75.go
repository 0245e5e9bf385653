package ws

import (
	"fmt"
	"net/http"
)

// hixie75 is the dialect of draft 75, the first that browsers spoke.
type hixie75 struct{ hixie }

// hixie75Head has the first lines of the answer. Clients compare its bytes;
// the name is in two words here, and in one in draft 76.
const hixie75Head = "HTTP/1.1 101 Web Socket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"

func (hixie75) accept(r *http.Request) (*Request, error) {
	if hasBody(r) {
		return nil, badRequest(bodyReason)
	}
	q, err := acceptLocated(r, Hixie75)
	if err != nil {
		return nil, err
	}
	// A client names one subprotocol, which is the whole value.
	protocol, err := single(r.Header, "Websocket-Protocol")
	switch {
	case err != nil:
		return nil, err
	case !isFieldValue(protocol):
		return nil, badRequest("the subprotocol has a control character")
	case trim(protocol) != "":
		q.Protocols = []string{trim(protocol)}
	}
	return q, nil
}

func (hixie75) appendAnswer(dst []byte, q *Request, a Response) ([]byte, error) {
	return appendLocatedAnswer(dst, q, a, hixie75Head, "WebSocket-")
}

func (hixie75) appendRequest(dst []byte, c *ClientHandshake) ([]byte, error) {
	if len(c.Protocols) > 1 {
		return dst, fmt.Errorf("%w: several subprotocols", ErrUnsupported)
	}
	dst, err := appendLocatedRequest(dst, c)
	if err != nil {
		return dst, err
	}
	if len(c.Protocols) > 0 {
		dst = appendField(dst, "WebSocket-Protocol", c.Protocols[0])
	}
	return appendHeader(dst, c.Header), nil
}

func (hixie75) checkAnswer(c *ClientHandshake, r *http.Response) (Response, error) {
	return checkLocatedAnswer(c, r.Header, "Websocket-")
}

// appendControl appends nothing for a Close: the connection's end is all that
// says it in this dialect.
func (hixie75) appendControl(dst []byte, t Type, _ []byte) ([]byte, error) {
	if t == Close {
		return dst, nil
	}
	return dst, fmt.Errorf("%w: control frame of type %v", ErrUnsupported, t)
}
