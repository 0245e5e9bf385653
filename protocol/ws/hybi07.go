package ws

import (
	"fmt"
	"net/http"
)

// hybi07 is the dialect of hybi-07, the first draft whose frames are those of
// RFC 6455.
type hybi07 struct{ hybi }

func (hybi07) accept(r *http.Request) (*Request, error) { return acceptDraft(r, Hybi07) }

func (hybi07) appendAnswer(dst []byte, q *Request, a Response) ([]byte, error) {
	return appendKeyedAnswer(dst, q, a), nil
}

func (hybi07) appendRequest(dst []byte, c *ClientHandshake) ([]byte, error) {
	if c.Deflate != nil {
		return dst, fmt.Errorf("%w: permessage-deflate", ErrUnsupported)
	}
	return appendKeyedRequest(dst, c, "Sec-WebSocket-Origin"), nil
}

func (hybi07) checkAnswer(c *ClientHandshake, r *http.Response) (Response, error) {
	return checkKeyedAnswer(c, r)
}
