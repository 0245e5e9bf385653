package sio

import (
	"bytes"
	"cmp"
	"fmt"
)

// AppendMsgpack appends p in the form of the npm package
// socket.io-msgpack-parser and returns the longer slice: one MessagePack map
// with the members type, data, id and nsp. Attachments stand where their
// placeholders are, as "bin"; p.Binary has to hold them, all of p.Attachments.
// Types BinaryEvent and BinaryAck become Event and Ack. Integers get the
// shortest form that holds them, other numbers are 64-bit floats.
//
// It returns dst as it was and an error that wraps ErrInvalidPacket where
// AppendPacket does, and also if Data is not JSON, is nested deeper than
// MaxDepth or has a bad placeholder, and for an event without Data.
func AppendMsgpack(dst []byte, p Packet) ([]byte, error) {
	marks, err := checkMsgpack(p)
	if err != nil {
		return dst, fmt.Errorf("%w: %w", ErrInvalidPacket, err)
	}
	members := 2
	hasData := len(p.Data) > 0 || p.Type == Ack
	for _, has := range [...]bool{hasData, p.HasID} {
		if has {
			members++
		}
	}
	dst = append(dst, mpMap|byte(members))
	t := p.Type
	if t.IsBinary() {
		t -= BinaryEvent - Event
	}
	dst = append(appendMpString(dst, "type"), byte(t))
	if hasData {
		dst = appendMpString(dst, "data")
		if len(p.Data) == 0 {
			dst = append(dst, mpArray)
		} else {
			w := mpWriter{raw: p.Data, dst: dst, counts: countElements(p.Data), marks: marks, binary: p.Binary}
			w.value()
			dst = w.dst
		}
	}
	if p.HasID {
		dst = appendMpUint(appendMpString(dst, "id"), p.ID)
	}
	dst = appendMpString(dst, "nsp")
	name := cmp.Or(p.Namespace, "/")
	if p.Query != "" {
		name += "?" + p.Query
	}
	return appendMpString(dst, name), nil
}

// checkMsgpack reports why p cannot be written, and where its placeholders are.
func checkMsgpack(p Packet) (marks []placeholder, err error) {
	if err := checkPacket(p, V5); err != nil {
		return nil, err
	}
	switch {
	case p.Attachments != len(p.Binary):
		return nil, fmt.Errorf("%d of %d attachments", len(p.Binary), p.Attachments)
	case len(p.Data) == 0 && (p.Type == Event || p.Type == BinaryEvent):
		return nil, fmt.Errorf("%v without data", p.Type)
	case len(p.Data) == 0:
		return nil, nil
	}
	s := scanner{data: p.Data, depth: MaxDepth}
	if p.Attachments > 0 {
		claims := newClaims(p.Attachments)
		s.found = func(ph placeholder) error {
			marks = append(marks, ph)
			return claims.claim(ph)
		}
	}
	return marks, s.whole()
}

// DecodeMsgpack decodes one packet in the form that AppendMsgpack writes. In
// the result it is what it would be as text: Data is JSON, byte strings and
// typed arrays are attachments with a placeholder in their place (in Connect and
// ConnectError, which have no attachments, base64), and an event or ack that has
// any is of type BinaryEvent or BinaryAck. A Date becomes the string that its
// toJSON gives; undefined is left out of objects and is null in arrays, as are
// the floats that JSON does not have. All of the packet is the caller's own.
//
// Members of the packet that are not known, such as a client's "options", are
// checked and dropped. All errors wrap ErrProtocol.
func DecodeMsgpack(data []byte, lim Limits) (Packet, error) {
	return decodeMsgpack(data, lim.withDefaults(), "")
}

// decodeMsgpack is DecodeMsgpack with all limits set. If the packet's namespace
// is known, that string is used instead of a new one.
func decodeMsgpack(data []byte, lim Limits, known string) (Packet, error) {
	if len(data) > lim.MaxBytes {
		return Packet{}, ErrTooLarge
	}
	r := mpReader{data: data, depth: MaxDepth, maxBinary: lim.MaxAttachments, maxBytes: lim.MaxBytes}
	m, err := r.packet()
	if err != nil {
		return Packet{}, err
	}
	p := Packet{Namespace: "/", ID: m.id, HasID: m.hasID}
	if !m.hasType || m.packetType > uint64(ConnectError) {
		return Packet{}, ErrType
	}
	p.Type = Type(m.packetType)
	if !bytes.HasPrefix(m.namespace, []byte{'/'}) || bytes.IndexByte(m.namespace, ',') >= 0 {
		return Packet{}, ErrNamespace
	}
	if _, err := p.decodeNamespace(m.namespace, lim.MaxNamespace, known); err != nil {
		return Packet{}, err
	}
	if err := p.takeData(m.data, r.binary); err != nil {
		return Packet{}, err
	}
	return p, nil
}

// takeData sets the packet's data and attachments and checks them.
func (p *Packet) takeData(data []byte, binary [][]byte) error {
	if len(data) == 0 {
		if p.Type == Event || p.Type == Ack || p.Type == ConnectError {
			return fmt.Errorf("%w: %v without data", ErrPayload, p.Type)
		}
		return nil
	}
	if err := checkData(p.Type, data, V5); err != nil {
		return err
	}
	switch {
	case len(binary) == 0:
		p.Data = data
		return nil
	case p.Type == Event || p.Type == Ack:
		// An object that only looks like a placeholder has a number that
		// does not exist, or that a real one has too.
		if err := CheckPlaceholders(data, len(binary)); err != nil {
			return err
		}
		p.Type += BinaryEvent - Event
		p.Data, p.Binary, p.Attachments = data, binary, len(binary)
		return nil
	}
	var err error
	p.Data, err = InlineBinary(nil, data, binary)
	return err
}

// MsgpackDecoder decodes the packets of one connection that come as
// MessagePack, one binary message each. The zero value is ready, with the
// default limits. It is for one goroutine at a time.
type MsgpackDecoder struct {
	// Limits of the packets. MaxBytes counts a packet's JSON and attachments.
	Limits Limits
	// FromServer is set if the packets come from a server, which alone may
	// send CONNECT_ERROR.
	FromServer bool

	namespace string // of the last packet: most have the same
}

// Add takes a text message, of which there should be none: it returns
// ErrUnexpectedText.
func (d *MsgpackDecoder) Add([]byte) (Packet, bool, error) {
	return Packet{}, false, ErrUnexpectedText
}

// AddBinary takes a binary message and returns its packet, of which all is the
// caller's own, and true. Errors wrap ErrProtocol.
func (d *MsgpackDecoder) AddBinary(data []byte) (Packet, bool, error) {
	p, err := decodeMsgpack(data, d.Limits.withDefaults(), d.namespace)
	if err != nil {
		return Packet{}, false, err
	}
	if p.Type == ConnectError && !d.FromServer {
		return Packet{}, false, fmt.Errorf("%w: %v from a client", ErrType, p.Type)
	}
	d.namespace = p.Namespace
	return p, true, nil
}
