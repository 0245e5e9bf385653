package ws

import (
	"fmt"
	"net/http"
)

// hybi08 is the dialect of the drafts from hybi-08 to hybi-12. They share a
// version number, so which of them a client follows cannot be told.
type hybi08 struct{ hybi }

func (hybi08) accept(r *http.Request) (*Request, error) { return acceptDraft(r, Hybi08) }

func (hybi08) appendAnswer(dst []byte, q *Request, a Response) ([]byte, error) {
	return appendKeyedAnswer(dst, q, a), nil
}

func (hybi08) appendRequest(dst []byte, c *ClientHandshake) ([]byte, error) {
	if c.Deflate != nil {
		return dst, fmt.Errorf("%w: permessage-deflate", ErrUnsupported)
	}
	return appendKeyedRequest(dst, c, "Sec-WebSocket-Origin"), nil
}

func (hybi08) checkAnswer(c *ClientHandshake, r *http.Response) (Response, error) {
	return checkKeyedAnswer(c, r)
}
