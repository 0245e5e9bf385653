package sio

// Dialect is a revision of the Socket.IO protocol since 1.0.
type Dialect uint8

const (
	// V5 is protocol 5, of Socket.IO 3 and later.
	V5 Dialect = iota
	// V4 is protocols 3 and 4, of Socket.IO 1 and 2.
	V4
)

// AppendPacketV4 is AppendPacket for clients of protocols 3 and 4.
func AppendPacketV4(dst []byte, p Packet) ([]byte, error) { return AppendPacket(dst, p) }

// DecodePacketV4 is DecodePacket for clients of protocols 3 and 4.
func DecodePacketV4(text []byte, lim Limits) (Packet, error) { return DecodePacket(text, lim) }
