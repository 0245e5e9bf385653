package ws

import (
	"crypto/sha1"
	"encoding/base64"
	"net/http"
)

// rfc6455 is the dialect of RFC 6455: its own handshake over the framing that
// it shares with the last drafts.
type rfc6455 struct{ hybi }

// accept checks what is particular to version 13 (RFC 6455 section 4.2.1).
func (rfc6455) accept(r *http.Request) (*Request, error) {
	key, err := single(r.Header, "Sec-Websocket-Key")
	if err != nil {
		return nil, err
	}
	if !validKey(key) {
		return nil, badRequest("the key is not 16 bytes in base64")
	}
	// The bytes of a body would be taken for frames.
	if r.ContentLength > 0 || len(r.TransferEncoding) > 0 {
		return nil, badRequest("the handshake has a body")
	}
	origin, err := single(r.Header, "Origin")
	if err != nil {
		return nil, err
	}
	protocols, err := protocolsOf(r.Header["Sec-Websocket-Protocol"])
	if err != nil {
		return nil, err
	}
	extensions, err := parseExtensions(r.Header["Sec-Websocket-Extensions"])
	if err != nil {
		return nil, badRequest(err.Error())
	}
	return &Request{
		Dialect: RFC6455, Key: key, Protocols: protocols, Origin: origin,
		Offers: deflateOffers(extensions),
	}, nil
}

// appendAnswer appends the server's half (RFC 6455 section 4.2.2, item 5).
func (rfc6455) appendAnswer(dst []byte, q *Request, a Response) ([]byte, error) {
	dst = append(dst, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"...)
	dst = appendField(dst, "Sec-WebSocket-Accept", AcceptKey(q.Key))
	if a.Protocol != "" {
		dst = appendField(dst, "Sec-WebSocket-Protocol", a.Protocol)
	}
	if a.Deflate != nil {
		dst = append(dst, "Sec-WebSocket-Extensions: "...)
		dst = a.Deflate.appendTo(dst)
		dst = append(dst, "\r\n"...)
	}
	return appendHeader(dst, a.Header), nil
}

// validKey reports whether key is the base64 form of 16 bytes. The unused
// bits at its end are not looked at: the RFC's own example has them set.
func validKey(key string) bool {
	var buf [18]byte
	if len(key) != 24 {
		return false
	}
	n, err := base64.StdEncoding.Decode(buf[:], []byte(key))
	return err == nil && n == 16
}

// AcceptKey returns the Sec-WebSocket-Accept that answers the given
// Sec-WebSocket-Key (RFC 6455 section 4.2.2, item 5.4).
func AcceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
