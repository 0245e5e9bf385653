// Package eio holds the transport-level codecs of the Socket.IO family: how a
// packet (open, close, ping, pong, message, upgrade, noop) is written as one
// WebSocket message, and how several packets share one HTTP body.
//
// There is one [Codec] value per generation. [V4] is Engine.IO protocol 4, the
// one of Socket.IO 3 and later. [Raw] is for clients that speak no Engine.IO at
// all: their WebSocket messages are user data and nothing else.
//
// # Packets as WebSocket messages
//
// Engine.IO 4 puts a type digit in front of text and sends binary data as it
// is, since only message packets can be binary:
//
//	2                text     ping
//	3probe           text     pong of an upgrade's probe
//	4hello           text     message "hello"
//	01 02 03         binary   message of three bytes
//
// AppendMessage and DecodeMessage convert between that and [session.Packet]:
//
//	buf, binary, err := eio.V4.AppendMessage(buf[:0], session.Packet{
//		Type: session.PacketMessage, Data: []byte("hello"),
//	})
//	// buf is "4hello", binary is false
//
// # Payloads
//
// With HTTP long-polling a body carries a payload: packets joined by the
// record separator 0x1e. A body is text, so a binary packet is the letter b and
// the data in base64:
//
//	4hello 1e 2 1e bAQID
//
// DecodePayload iterates over the packets of a body and allocates nothing for
// them; the packets borrow the body:
//
//	for p, err := range eio.V4.DecodePayload(body) {
//		if err != nil {
//			return err // the packets before this one were good
//		}
//		deliver(p)
//	}
//
// [Sizer] tells how many packets fit into one body, because a client announces
// with its handshake what it takes, and takes no more.
//
// # Handshake and refusals
//
// [AppendOpen] and [ParseOpen] are for the first packet of a session, the open
// packet with the session id and the timings. [Refusal] is the JSON body of a
// request that was turned down.
//
// Nothing here does I/O, starts a goroutine or reads a clock. All functions may
// be called by several goroutines at once. No input makes them panic, and all
// of them take time linear in the length of it.
//
// The wire format is that of the Engine.IO protocol, revision 4.
package eio
