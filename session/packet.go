package session

import "sync/atomic"

// PacketType is the type of a transport-level packet. The set is that of
// Engine.IO, the superset of all generations.
type PacketType uint8

// The packet types, numbered as on the Engine.IO wire.
const (
	PacketOpen PacketType = iota
	PacketClose
	PacketPing
	PacketPong
	PacketMessage
	PacketUpgrade
	PacketNoop
)

var packetNames = [...]string{"open", "close", "ping", "pong", "message", "upgrade", "noop"}

// String returns the type's name in lower case.
func (t PacketType) String() string {
	if int(t) < len(packetNames) {
		return packetNames[t]
	}
	return "invalid"
}

// Packet is what passes between a transport's codec and the session. The
// payload of a message packet is opaque to both: with Engine.IO it is
// Socket.IO text or one binary attachment, with a raw client it is user data.
//
// Data of a packet on its way in is borrowed: it is valid during the call
// that carries it. Data on its way out is shared and never modified.
type Packet struct {
	Type PacketType
	// Kind of a message packet's Data. Packets of other types are Text.
	Kind Kind
	Data []byte
	// Volatile marks a packet that may be dropped rather than wait.
	Volatile bool
	// Essential marks the first packet of an event that the DropOldest policy
	// must spare: a client that misses it is out of step for good.
	Essential bool
	// Compress asks for compression where it was agreed on with the client,
	// and where the packet is large enough to gain by it.
	Compress bool
	// Prepared, if set, is shared by all receivers of one broadcast.
	Prepared *Prepared
	// Code and Reason belong to a close packet.
	Code   Code
	Reason string

	buffer *buffer // that Data lies in, if it is to be used again
}

// Prepared holds the wire forms of one broadcast packet, one slot for each
// pair of transport codec and WebSocket dialect, filled by the first carrier
// that needs it: a broadcast is encoded once per kind of receiver, whatever
// their number. The zero value is ready. Safe for concurrent use.
type Prepared struct {
	slots [PreparedSlots]atomic.Pointer[[]byte]
}

// PreparedSlots is the number of wire forms that a Prepared can hold.
const PreparedSlots = 32

// Frame returns the bytes in the given slot and calls build for them if the
// slot is empty. Two carriers may build at the same time; one result stays.
// The bytes are shared and must not be modified.
func (p *Prepared) Frame(slot int, build func() []byte) []byte {
	if b := p.slots[slot].Load(); b != nil {
		return *b
	}
	b := build()
	if !p.slots[slot].CompareAndSwap(nil, &b) {
		return *p.slots[slot].Load()
	}
	return b
}
