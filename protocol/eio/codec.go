package eio

import (
	"errors"
	"iter"

	"github.com/everwire/everwire/session"
)

// Errors that callers branch on.
var (
	// ErrMalformed says that the bytes are not a packet or payload of this
	// generation. Engine.IO closes the session for it ("parse error").
	ErrMalformed = errors.New("eio: malformed packet")
	// ErrUnencodable says that a packet cannot be written in this generation:
	// an unknown type, text that is not UTF-8 or has the separator of payloads
	// in it, binary data where there is none. Nothing was appended.
	ErrUnencodable = errors.New("eio: packet cannot be encoded")
	// ErrControl says that the packet is no message and that this generation
	// has no such packet: the transport expresses it by its own means, for
	// example a WebSocket ping or close frame, or an empty HTTP body, or has
	// nothing to send.
	ErrControl = errors.New("eio: packet is the transport's business")
	// ErrNoPayload says that this generation has no form for HTTP bodies.
	ErrNoPayload = errors.New("eio: generation has no payloads")
)

// Codec is one generation's way to write packets. Its values have no state:
// all methods may be called by several goroutines at once.
//
// Encoders append to dst and return the longer slice. If they fail they return
// dst as it was.
//
// Packets from decoders borrow the input: their Data is valid as long as the
// input is not changed. Only Type, Kind and Data of a packet take part.
type Codec interface {
	// Name is the protocol's name for people and logs, for example
	// "Engine.IO 4". It is what Peer.Protocol of a session says.
	Name() string
	// Slot is a number from 0 to 7 that no other codec has. With a number for
	// the WebSocket dialect it makes the slot of a session.Prepared.
	Slot() int
	// AppendMessage appends p as one WebSocket message and says whether it is
	// a binary one. A message packet of Kind JSON is text.
	AppendMessage(dst []byte, p session.Packet) (out []byte, binary bool, err error)
	// DecodeMessage decodes one WebSocket message. It relies on the WebSocket
	// layer for text being UTF-8 (RFC 6455 section 8.1). It may overwrite
	// data: base64 is decoded in place.
	DecodeMessage(data []byte, binary bool) (session.Packet, error)
	// AppendPayload appends ps as one HTTP body. It fails with ErrUnencodable
	// if ps is empty or one of them cannot be encoded. Packets that have no
	// form in this generation are left out; if nothing else is there it fails
	// with ErrControl.
	AppendPayload(dst []byte, ps []session.Packet) ([]byte, error)
	// DecodePayload iterates over the packets of one HTTP body. The caller
	// bounds the body before reading it; nothing is allocated per packet. If
	// the body is malformed, the last pair has a zero Packet and the error.
	// It may overwrite body (base64 is decoded in place), so the sequence can
	// be used once only.
	DecodePayload(body []byte) iter.Seq2[session.Packet, error]
}

// Sizer is implemented by codecs that have payloads. It lets a poll's answer
// be kept below the size that the client takes.
type Sizer interface {
	// PacketSize returns the exact number of bytes of p in a payload, without
	// what separates it from its neighbours. It is 0 for a packet that has no
	// form there.
	PacketSize(p session.Packet) int
	// Fit returns how many packets from the start of ps make a payload of at
	// most max bytes. It is at least 1 if ps is not empty: a packet that alone
	// is too large cannot be sent in any other way.
	Fit(ps []session.Packet, max int) int
}

// BinaryPayloader is implemented by codecs that have a second form of payload,
// one of bytes. Its content type is application/octet-stream.
type BinaryPayloader interface {
	// IsBinaryPayload reports whether ps should be sent in the binary form.
	IsBinaryPayload(ps []session.Packet) bool
	// AppendBinaryPayload is AppendPayload for the binary form.
	AppendBinaryPayload(dst []byte, ps []session.Packet) ([]byte, error)
	// DecodeBinaryPayload is DecodePayload for the binary form.
	DecodeBinaryPayload(body []byte) iter.Seq2[session.Packet, error]
}

// Batcher marks the codecs whose clients may put several packets into one
// WebSocket message. Such messages are read with DecodePayload; DecodeMessage
// takes those with one packet only. What these codecs send has one packet in
// each message.
type Batcher interface {
	// Batched does nothing.
	Batched()
}

// Doubler is implemented by codecs that write each packet in two forms.
type Doubler interface {
	// AppendSecond appends the WebSocket message that follows the one from
	// AppendMessage. It is a text message. If ok is false the packet has no
	// second form, and nothing was appended.
	AppendSecond(dst []byte, p session.Packet) (out []byte, ok bool, err error)
}

// The codecs.
var (
	// V4 is Engine.IO protocol 4, of Socket.IO 3 and later. It is also a Sizer.
	V4 Codec = v4{}
	// V3 is Engine.IO protocol 3, of Socket.IO 1 and 2, for clients that take
	// binary data. It is also a Sizer and a BinaryPayloader.
	V3 Codec = v3{}
	// V3Base64 is V3 for a session that was opened with b64=1 or by JSONP: all
	// that it sends is text. It reads what V3 reads. It is also a Sizer and,
	// for reading, a BinaryPayloader.
	V3Base64 Codec = v3{text: true}
	// V3Bytes is V3 for a client that may know the binary form of payload only:
	// the servers of Socket.IO 1.x sent no other to those that take binary
	// data. In all else it is V3.
	V3Bytes Codec = v3{bytes: true}
	// Gen09 is the protocol of Socket.IO 0.7 to 0.9. The session's own packets
	// are those with the root endpoint of the types disconnect (PacketClose)
	// and connect (PacketOpen), and all heartbeats and noops; PacketPing is
	// the server's heartbeat, PacketPong the client's. The data of a message
	// is the whole text of any other packet, "5:::{..}". It is also a Sizer
	// and a Batcher.
	Gen09 Codec = gen09{}
	// Gen06 is the protocol of Socket.IO 0.5 and 0.6. The data of PacketOpen
	// is the session id, that of PacketPing the number of the heartbeat, which
	// comes back in PacketPong. Messages are of Kind Text or JSON. It is also
	// a Sizer and a Batcher.
	Gen06 Codec = gen06{}
	// Gen04 is the protocol of Socket.IO 0.1 to 0.4. The data of PacketOpen is
	// the session id. Messages are of Kind Text or JSON. It writes what a
	// server writes and reads what a client does, which is not the same. It
	// is also a Sizer and a Batcher.
	Gen04 Codec = gen04{}
	// Gen0406 is for a client that is of one of these two generations, which
	// open their sessions in the same way and wait for the server to speak. It
	// reads both and writes both, Gen06 first. It is also a Sizer, a Batcher
	// and a Doubler; its payloads are those of Gen06.
	Gen0406 Codec = gen0406{}
	// Raw is the codec of clients without Engine.IO: one WebSocket message is
	// one message of user data. All packets but messages give ErrControl, all
	// payloads ErrNoPayload.
	Raw Codec = raw{}
)

// The slots of the generations. Each has one, so that adding a generation
// cannot disturb the prepared frames of another.
const (
	slotV4 = iota
	slotRaw
	slotV3
	slotV3Base64
	slotGen09
	slotGen06
	slotGen04
	slotGen0406
)
