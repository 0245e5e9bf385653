package ws

import (
	"fmt"
	"net/http"
	"strings"
)

// hixie76 is the dialect of draft 76, which the IETF's working group took for
// its draft 00.
type hixie76 struct{ hixie }

const hixie76Head = "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"

// nonceLen is the size of the nonce that follows the request's header.
const nonceLen = 8

// accept takes the keys of draft 76 (section 5.2). A body is refused unless it
// has the size of the nonce: some clients announce that one, as they should
// have had to.
func (hixie76) accept(r *http.Request) (*Request, error) {
	if r.ContentLength != nonceLen && hasBody(r) || len(r.TransferEncoding) > 0 {
		return nil, badRequest(bodyReason)
	}
	q, err := acceptLocated(r, Hixie76)
	if err != nil {
		return nil, err
	}
	if q.Protocols, err = protocolsOf(r.Header["Sec-Websocket-Protocol"], " ,", isFieldValue); err != nil {
		return nil, err
	}
	for i, name := range []string{"Sec-Websocket-Key1", "Sec-Websocket-Key2"} {
		key, err := single(r.Header, name)
		if err != nil {
			return nil, err
		}
		if q.numbers[i], err = keyNumber(key); err != nil {
			return nil, badRequest(err.Error())
		}
	}
	return q, nil
}

func (hixie76) appendAnswer(dst []byte, q *Request, a Response) ([]byte, error) {
	return appendLocatedAnswer(dst, q, a, hixie76Head, "Sec-WebSocket-")
}

func (hixie76) appendRequest(dst []byte, c *ClientHandshake) ([]byte, error) {
	dst, err := appendLocatedRequest(dst, c)
	if err != nil {
		return dst, err
	}
	key1, key2 := c.challenge()
	dst = appendField(dst, "Sec-WebSocket-Key1", key1.text)
	dst = appendField(dst, "Sec-WebSocket-Key2", key2.text)
	if len(c.Protocols) > 0 {
		dst = appendField(dst, "Sec-WebSocket-Protocol", strings.Join(c.Protocols, " "))
	}
	return append(appendHeader(dst, c.Header), c.Nonce[nonceLen:]...), nil
}

func (hixie76) checkAnswer(c *ClientHandshake, r *http.Response) (Response, error) {
	return checkLocatedAnswer(c, r.Header, "Sec-Websocket-")
}

// appendControl appends a Close as FF 00, whatever its reason (draft 76
// section 4.2).
func (hixie76) appendControl(dst []byte, t Type, _ []byte) ([]byte, error) {
	if t == Close {
		return append(dst, 0xFF, 0x00), nil
	}
	return dst, fmt.Errorf("%w: control frame of type %v", ErrUnsupported, t)
}
