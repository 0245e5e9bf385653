// Package eio holds the transport-level codecs of the Socket.IO family: how a
// packet (open, close, ping, pong, message, upgrade, noop) is written as one
// WebSocket message, and how several packets share one HTTP body.
//
// There is one [Codec] value per generation:
//
//	V4                     Engine.IO 4      Socket.IO 3 and later
//	V3, V3Base64, V3Bytes  Engine.IO 3      Socket.IO 1 and 2
//	Gen09                  before it        Socket.IO 0.7 to 0.9
//	Gen06                                   Socket.IO 0.5 and 0.6
//	Gen04                                   Socket.IO 0.1 to 0.4
//	Gen0406                                 one of the two before, not known yet
//	Raw                    none             clients without Socket.IO
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
// # The generations before
//
// The same two packets, a ping and the text "hi€", as bodies; what stands in
// the last two is a heartbeat, and nothing, as there is none:
//
//	V4         2 1e 4hi€
//	V3         1:24:4hi€                   lengths in UTF-16 units
//	Gen09      �3�2::�7�3:::hi€            � is U+FFFD
//	Gen06      ~m~4~m~~h~1~m~3~m~hi€
//	Gen04      {"messages":["hi€"]}
//
// They differ in more than the look, and optional interfaces say in what:
// [BinaryPayloader] has the payloads of bytes that Engine.IO 3 sends when there
// is binary data, a [Batcher] finds several packets in one WebSocket message, a
// [Doubler] writes each packet twice because it does not know yet to whom. Two
// functions help to find out: [Decide], and [Undouble], which also repairs the
// text of clients that encode it twice.
//
// # Sizes
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
// The wire formats are those of the Engine.IO protocol, revisions 4 and 3, of
// the Socket.IO specification, version 1, and of the servers before that, which
// no document describes.
package eio
