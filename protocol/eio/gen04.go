package eio

import (
	"fmt"
	"iter"
	"unicode/utf8"

	"github.com/everwire/everwire/session"
)

// gen04 is the protocol of Socket.IO 0.1 to 0.4. The server writes an object
// with a list of messages, the client a list alone. A message is any JSON
// value; text is a string. The first message of a session is a string that is
// JSON again and tells the session id:
//
//	{"messages":["{\"sessionid\":\"2571510425490866\"}"]}
//	{"messages":["hello",{"a":1}]}
//	["hello",{"a":1}]
//
// There is nothing else: no heartbeat and no end of a session.
type gen04 struct{}

func (gen04) Name() string { return "Socket.IO 0.4" }
func (gen04) Slot() int    { return slotGen04 }

// Batched implements Batcher.
func (gen04) Batched() {}

const (
	start04 = `{"messages":[`
	end04   = `]}`
)

// appendValue appends the JSON value of p.
func (gen04) appendValue(dst []byte, p session.Packet) ([]byte, error) {
	switch {
	case p.Type > session.PacketNoop:
		return dst, fmt.Errorf("%w: type %d", ErrUnencodable, p.Type)
	case p.Type == session.PacketOpen && utf8.Valid(p.Data):
		sid := appendJSONString([]byte(`{"sessionid":`), p.Data)
		return appendJSONString(dst, append(sid, '}')), nil
	case p.Type != session.PacketMessage && p.Type != session.PacketOpen:
		return dst, ErrControl
	case p.Kind == session.Binary:
		return dst, errBinaryUnencodable
	case !utf8.Valid(p.Data):
		return dst, errTextUnencodable
	case p.Kind != session.JSON:
		return appendJSONString(dst, p.Data), nil
	case len(p.Data) == 0:
		return dst, fmt.Errorf("%w: empty JSON", ErrUnencodable)
	}
	return append(dst, p.Data...), nil
}

// form returns the size of the JSON value of p.
func (c gen04) form(p session.Packet) (size int, err error) {
	if p.Type == session.PacketMessage && p.Kind == session.Text {
		return jsonStringSize(p.Data), nil
	}
	value, err := c.appendValue(nil, p)
	return len(value), err
}

func (c gen04) AppendMessage(dst []byte, p session.Packet) ([]byte, bool, error) {
	start := len(dst)
	dst, err := c.appendValue(append(dst, start04...), p)
	if err != nil {
		return dst[:start], false, err
	}
	return append(dst, end04...), false, nil
}

func (c gen04) DecodeMessage(data []byte, binary bool) (session.Packet, error) {
	return decodeSingle(c, data, binary)
}

func (c gen04) AppendPayload(dst []byte, ps []session.Packet) ([]byte, error) {
	start := len(dst)
	n, err := countForms(c, ps)
	if err != nil {
		return dst, err
	}
	dst = append(dst, start04...)
	for _, p := range ps {
		dst, err = c.appendValue(dst, p)
		switch {
		case err == ErrControl:
			continue
		case err != nil:
			return dst[:start], err
		}
		if n--; n > 0 {
			dst = append(dst, ',')
		}
	}
	return append(dst, end04...), nil
}

// DecodePayload reads a client's list. An empty one has no packets.
func (gen04) DecodePayload(body []byte) iter.Seq2[session.Packet, error] {
	return func(yield func(session.Packet, error) bool) {
		if err := checkArray(body); err != nil {
			yield(session.Packet{}, err)
			return
		}
		for value, rest := nextElement(body); len(value) > 0; value, rest = nextElement(rest) {
			p := session.Packet{Type: session.PacketMessage, Kind: session.JSON, Data: value}
			if value[0] == '"' {
				p.Kind, p.Data = session.Text, unquote(value)
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// PacketSize implements Sizer.
func (c gen04) PacketSize(p session.Packet) int {
	n, _ := c.form(p)
	return n
}

// Fit implements Sizer.
func (c gen04) Fit(ps []session.Packet, max int) int {
	return fit(c, ps, max, len(start04)+len(end04), len(","))
}
