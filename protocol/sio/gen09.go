package sio

import (
	"errors"
)

// Type09 is the type of a packet of Socket.IO 0.7 to 0.9, numbered as on the
// wire.
type Type09 uint8

// The packet types of Socket.IO 0.7 to 0.9.
const (
	Disconnect09 Type09 = iota // leave an endpoint, or end the session
	Connect09                  // enter an endpoint, and the answer to it
	Heartbeat09
	Message09 // text
	JSON09    // a JSON value
	Event09   // an event with its arguments
	Ack09     // the answer to a packet with an id
	Error09
	Noop09
)

// Packet09 is one packet of Socket.IO 0.7 to 0.9:
//
//	type ":" [id ["+"]] ":" [endpoint ["?" query]] [":" data]
type Packet09 struct {
	Type Type09
	// ID is the packet's id if HasID is set. The clients count from 1.
	ID    uint64
	HasID bool
	// DataAck says that the sender waits for an ack with data, which only the
	// application can give. Without it a packet with an id is to be answered
	// with an empty ack as soon as it has been read.
	DataAck bool
	// Endpoint is the namespace, with its slash. The root is empty.
	Endpoint string
	// Query is what followed a question mark behind the endpoint.
	Query string
	// Data is what the type asks for: text, a JSON value, see ParseEvent09,
	// ParseAck09 and ParseError09. From DecodePacket09 it borrows the text.
	Data []byte
}

// AppendPacket09 appends the text of p.
func AppendPacket09(dst []byte, p Packet09) ([]byte, error) { return dst, errors.ErrUnsupported }

// DecodePacket09 decodes the text of one packet.
func DecodePacket09(text []byte, lim Limits) (Packet09, error) {
	return Packet09{}, errors.ErrUnsupported
}

// AppendEvent09 appends the data of an event, {"name":..,"args":[..]}. The
// arguments are raw JSON, which is not checked.
func AppendEvent09(dst []byte, name string, args [][]byte) []byte { return dst }

// ParseEvent09 takes the data of an event apart: its name, and its arguments
// as a JSON array (see SplitArray), empty if there are none. Both borrow data
// where nothing has to be unescaped.
func ParseEvent09(data []byte) (name, args []byte, err error) {
	return nil, nil, errors.ErrUnsupported
}

// AppendAck09 appends the data of an ack for the packet with the given id:
// the id alone or, if there are arguments, "1+[..]".
func AppendAck09(dst []byte, id uint64, args [][]byte) []byte { return dst }

// ParseAck09 takes the data of an ack apart. args is a JSON array, empty if
// there are none.
func ParseAck09(data []byte) (id uint64, args []byte, err error) {
	return 0, nil, errors.ErrUnsupported
}

// Reason09 is why an Error09 was sent. NoReason09 stands for none.
type Reason09 int8

// Advice09 is what an Error09 advises the client to do.
type Advice09 int8

// The reasons and the advice that the protocol has.
const (
	NoReason09            Reason09 = -1
	TransportNotSupported Reason09 = 0
	ClientNotHandshaken   Reason09 = 1
	Unauthorized          Reason09 = 2
	NoAdvice09            Advice09 = -1
	Reconnect             Advice09 = 0
)

// AppendError09 appends the data of an error: "1+0".
func AppendError09(dst []byte, reason Reason09, advice Advice09) []byte { return dst }

// ParseError09 takes the data of an error apart.
func ParseError09(data []byte) (Reason09, Advice09, error) {
	return NoReason09, NoAdvice09, errors.ErrUnsupported
}
