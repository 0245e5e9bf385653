package sio

// Dialect is a revision of the Socket.IO protocol since Socket.IO 1.0. All of
// them have the same packets; they differ in what may stand in them.
type Dialect uint8

const (
	// V5 is protocol 5, of Socket.IO 3 and later.
	V5 Dialect = iota
	// V4 is protocols 3 and 4, of Socket.IO 1 and 2, which are the same on
	// the wire. CONNECT has no answer but itself: "0/chat,", without the id of
	// a socket. What follows a question mark behind its namespace is for the
	// server (Packet.Query). ConnectError is called ERROR, may come at any
	// time, and its data is any JSON value, most often a string. A
	// BINARY_EVENT or BINARY_ACK without attachments ("50-[..]"), which some
	// clients send for lack of a better test, is an Event or Ack.
	V4
)

// String returns "protocol 5" or "protocol 4".
func (d Dialect) String() string {
	if d == V4 {
		return "protocol 4"
	}
	return "protocol 5"
}

// AppendPacketV4 is AppendPacket for the dialect V4.
func AppendPacketV4(dst []byte, p Packet) ([]byte, error) {
	return appendPacket(dst, p, V4)
}

// DecodePacketV4 is DecodePacket for the dialect V4.
func DecodePacketV4(text []byte, lim Limits) (Packet, error) {
	return decode(text, lim.withDefaults(), "", V4)
}

// withoutAttachments returns what a packet of the binary type t is that
// announces 0 attachments.
func (d Dialect) withoutAttachments(t Type) (Type, error) {
	switch {
	case d != V4:
		return t, ErrAttachmentCount
	case t == BinaryEvent:
		return Event, nil
	}
	return Ack, nil
}

// validStart reports whether JSON that begins with c can be the payload of a
// packet of type t. A number without a sign never can: it would be taken for
// an ack id.
func (d Dialect) validStart(t Type, c byte) bool {
	switch t {
	case Connect:
		return c == '{'
	case ConnectError:
		if d == V4 {
			return c > ' ' && !isDigit(c)
		}
		return c == '{' || c == '"'
	case Disconnect:
		return false
	}
	return c == '['
}
