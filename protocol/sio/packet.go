package sio

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Type is the type of a packet, numbered as on the wire.
type Type uint8

// The packet types. (Socket.IO protocol 5, "Packet types")
const (
	Connect      Type = iota // enter a namespace; the answer has the socket's id
	Disconnect               // leave a namespace
	Event                    // an event with its arguments
	Ack                      // the answer to an event that has an id
	ConnectError             // the server refuses a Connect
	BinaryEvent              // an Event with attachments
	BinaryAck                // an Ack with attachments
)

var typeNames = [...]string{
	"CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK",
}

// String returns the type's name as the protocol writes it.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "type " + strconv.Itoa(int(t))
}

// IsBinary reports whether packets of this type have attachments.
func (t Type) IsBinary() bool { return t == BinaryEvent || t == BinaryAck }

// Packet is one Socket.IO packet.
type Packet struct {
	Type Type
	// Namespace is the packet's namespace with its leading slash. Decoders
	// always set it; for AppendPacket the empty string means "/".
	Namespace string
	// Query is what followed a question mark behind the namespace. Clients up
	// to 2.x put the namespace's query there; it is no part of the name.
	Query string
	// ID is the ack id if HasID is set. Zero is an id like any other.
	ID    uint64
	HasID bool
	// Attachments is the number of binary messages that belong to the packet:
	// at least 1 for BinaryEvent and BinaryAck, 0 for all others.
	Attachments int
	// Data is the payload as raw JSON, empty if there is none: an array for
	// events and acks, an object for Connect, an object or a string for
	// ConnectError. From DecodePacket it borrows the text.
	Data []byte
	// Binary has the attachments themselves, in order. A Decoder sets it.
	// AppendPacket does not look at it.
	Binary [][]byte
}

// MaxID is the largest ack id: the largest integer that a JavaScript peer can
// tell from its neighbours.
const MaxID = 1<<53 - 1

// ErrInvalidPacket says that a Packet cannot be written.
var ErrInvalidPacket = errors.New("sio: invalid packet")

// AppendPacket appends the text of p and returns the longer slice. The
// attachments are the caller's to send, as one binary message each, directly
// after it.
//
// It returns dst as it was and an error that wraps ErrInvalidPacket if the type
// is unknown, the namespace does not begin with a slash or contains a comma, a
// question mark or a control character, the id is above MaxID, the number of
// attachments does not suit the type, or Data is of the wrong kind for the
// type. Of Data only the first byte is looked at: valid JSON is the caller's
// promise.
func AppendPacket(dst []byte, p Packet) ([]byte, error) {
	return appendPacket(dst, p, V5)
}

func appendPacket(dst []byte, p Packet, d Dialect) ([]byte, error) {
	if err := checkPacket(p, d); err != nil {
		return dst, fmt.Errorf("%w: %w", ErrInvalidPacket, err)
	}
	dst = append(dst, '0'+byte(p.Type))
	if p.Type.IsBinary() {
		dst = strconv.AppendInt(dst, int64(p.Attachments), 10)
		dst = append(dst, '-')
	}
	if p.Namespace != "" && p.Namespace != "/" || p.Query != "" {
		if p.Namespace == "" {
			dst = append(dst, '/')
		}
		dst = append(dst, p.Namespace...)
		if p.Query != "" {
			dst = append(dst, '?')
			dst = append(dst, p.Query...)
		}
		dst = append(dst, ',')
	}
	if p.HasID {
		dst = strconv.AppendUint(dst, p.ID, 10)
	}
	return append(dst, p.Data...), nil
}

// checkPacket reports why p cannot be written.
func checkPacket(p Packet, d Dialect) error {
	switch {
	case p.Type > BinaryAck:
		return fmt.Errorf("unknown %v", p.Type)
	case p.Type.IsBinary() != (p.Attachments > 0) || p.Attachments < 0:
		return fmt.Errorf("%v with %d attachments", p.Type, p.Attachments)
	case p.HasID && p.ID > MaxID:
		return fmt.Errorf("ack id %d", p.ID)
	case p.Namespace != "" && p.Namespace[0] != '/':
		return fmt.Errorf("namespace %q", p.Namespace)
	case strings.ContainsRune(p.Namespace, '?'):
		return fmt.Errorf("namespace %q", p.Namespace)
	case !validName(p.Namespace) || !validName(p.Query):
		return fmt.Errorf("namespace %q, query %q", p.Namespace, p.Query)
	case len(p.Data) > 0 && !d.validStart(p.Type, p.Data[0]):
		return fmt.Errorf("%v with data that begins with %q", p.Type, p.Data[0])
	}
	return nil
}
