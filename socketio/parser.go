package socketio

import (
	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// Parser turns packets into messages of a session and messages into packets.
// Server and clients must have the same. It concerns clients of 3.x and later:
// those of older generations have the form of their own. Its methods may be called
// concurrently.
//
// To this package a packet is what it is in package sio: Data is JSON, in which
// placeholders stand for the attachments in Binary, and BinaryEvent and
// BinaryAck are the types of those that have any. A Parser for another form
// translates.
type Parser interface {
	// Encode returns the packet's messages: the first one, text or binary,
	// and the binary ones that follow it. The packet is not modified; the
	// result may share its bytes. An error concerns this packet only.
	Encode(p sio.Packet) (first session.Message, attachments [][]byte, err error)
	// NewDecoder returns the decoder for one connection. The limits are those
	// of the server's Config; a packet that breaks one of them is an error.
	NewDecoder(lim sio.Limits) Decoder
}

// Decoder decodes the messages of one connection. *sio.Decoder is the one of the
// default parser. Calls come one at a time, and what they get is valid until
// they return. With the last message of a packet they return the packet and
// true. Of a packet that has Binary all belongs to the caller; Data of any other
// may borrow the message.
//
// What is returned must be valid: Data JSON of the kind that suits the packet's
// type, an event's first element a string or a number, each placeholder the
// number of an attachment that no other names. An error closes the connection.
type Decoder interface {
	// Add takes a text message.
	Add(text []byte) (p sio.Packet, done bool, err error)
	// AddBinary takes a binary message.
	AddBinary(data []byte) (p sio.Packet, done bool, err error)
}

// textParser is the default parser: Socket.IO's own text, protocol 5.
type textParser struct{}

func (textParser) Encode(p sio.Packet) (session.Message, [][]byte, error) {
	text, err := sio.AppendPacket(make([]byte, 0, len(p.Data)+len(p.Namespace)+16), p)
	return session.Message{Kind: session.Text, Data: text}, p.Binary, err
}

func (textParser) NewDecoder(lim sio.Limits) Decoder { return &sio.Decoder{Limits: lim} }
