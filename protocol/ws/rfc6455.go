package ws

import "net/http"

// rfc6455 is the dialect of RFC 6455, the only one with compression.
type rfc6455 struct{ hybi }

func (rfc6455) accept(r *http.Request) (*Request, error) {
	q, extensions, err := acceptKeyed(r, RFC6455)
	if err != nil {
		return nil, err
	}
	q.Offers = deflateOffers(extensions)
	return q, nil
}

func (rfc6455) appendAnswer(dst []byte, q *Request, a Response) ([]byte, error) {
	return appendKeyedAnswer(dst, q, a), nil
}

func (rfc6455) appendRequest(dst []byte, c *ClientHandshake) ([]byte, error) {
	return appendKeyedRequest(dst, c, "Origin"), nil
}

func (rfc6455) checkAnswer(c *ClientHandshake, r *http.Response) (Response, error) {
	return checkKeyedAnswer(c, r)
}
