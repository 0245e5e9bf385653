package socketio

import (
	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// MsgpackParser is the Parser for clients with the npm package
// socket.io-msgpack-parser 3: each packet is one binary message, MessagePack,
// with its attachments inside. Small numbers and binary arguments take fewer
// bytes than as text; the server works more for it.
//
// Arguments are what they are with the default parser: a time.Time is emitted
// as a string, and a Date arrives as one that time.Time understands. undefined
// arrives as null.
type MsgpackParser struct{}

var _ Parser = MsgpackParser{}

// Encode is for Parser.
func (MsgpackParser) Encode(p sio.Packet) (session.Message, [][]byte, error) {
	size := len(p.Data) + len(p.Namespace) + 32
	for _, b := range p.Binary {
		size += len(b)
	}
	data, err := sio.AppendMsgpack(make([]byte, 0, size), p)
	return session.Message{Kind: session.Binary, Data: data}, nil, err
}

// NewDecoder is for Parser.
func (MsgpackParser) NewDecoder(lim sio.Limits) Decoder { return &sio.MsgpackDecoder{Limits: lim} }
