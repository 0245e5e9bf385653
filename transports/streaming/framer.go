package streaming

import (
	"errors"
	"net/http"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// framer is how one kind of stream is written. It is shared and not modified.
type framer struct {
	contentType string
	// header adds fields that only this kind has. May be nil.
	header func(http.Header)
	// unchunked: the answer ends with its connection, in HTTP/1.1 too.
	unchunked bool
	// prelude is the first piece of the answer.
	prelude string
	// wrap appends one packet, which is UTF-8.
	wrap func(dst, packet []byte) ([]byte, error)
	// filler is written whenever nothing else was for interval. Empty: never.
	filler   string
	interval time.Duration
	// end is the last piece of an answer that ends in good order, after limit
	// bytes or maxAge. Without it answers do not end by themselves.
	end string
}

const (
	limit  = 4 << 20
	maxAge = time.Hour
)

// errUnframed says that a packet has no form in this kind of stream.
var errUnframed = errors.New("streaming: packet cannot be framed")

// appendPacket appends a packet in the framer's form, and in both forms for a
// client whose generation is not known yet. What the codec leaves to the
// transport is not written at all. scratch is for use on the way.
func (f *framer) appendPacket(dst, scratch []byte, codec eio.Codec, p session.Packet) (out, used []byte, err error) {
	scratch, err = appendText(scratch[:0], codec, p)
	if errors.Is(err, eio.ErrControl) {
		return dst, scratch, nil
	}
	if err != nil {
		return dst, scratch, err
	}
	if out, err = f.wrap(dst, scratch); err != nil {
		return dst, scratch, err
	}
	both, is := codec.(eio.Doubler)
	if !is {
		return out, scratch, nil
	}
	second, ok, err := both.AppendSecond(scratch[:0], p)
	if err != nil || !ok {
		return out, second, err
	}
	out, err = f.wrap(out, second)
	return out, second, err
}

// appendText appends a packet as text, binary as a payload has it.
func appendText(dst []byte, codec eio.Codec, p session.Packet) ([]byte, error) {
	if p.Type == session.PacketMessage && p.Kind == session.Binary {
		return codec.AppendPayload(dst, []session.Packet{p})
	}
	out, binary, err := codec.AppendMessage(dst, p)
	if err == nil && binary {
		return dst, errUnframed
	}
	return out, err
}
