package streaming

import "github.com/everwire/everwire/protocol/eio"

// What the tests need to see.
const (
	MaxAge = maxAge
	Piece  = piece
)

var (
	AppendString = appendString
	AppendJSON   = appendJSON
)

// Wrap returns a packet as the transport writes it for clients of a codec.
func (t *Transport) Wrap(codec eio.Codec, packet []byte) ([]byte, error) {
	return t.framerFor(codec).wrap(nil, packet)
}

// Prelude returns what an answer begins with.
func (t *Transport) Prelude(codec eio.Codec) string { return t.framerFor(codec).prelude }

// Limited returns the transport with answers of about n bytes.
func (t *Transport) Limited(n int64) *Transport {
	limited := *t
	limited.limit = n
	return &limited
}
