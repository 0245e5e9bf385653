package eio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"unicode/utf8"

	"github.com/everwire/everwire/session"
)

// gen06 is the protocol of Socket.IO 0.5 and 0.6. Everything is a message with
// its length in UTF-16 units in front; what it begins with tells it from text:
//
//	~m~16~m~5113821144813444    open: the first message is the session id
//	~m~4~m~~h~1                 a ping of the server, and the client's echo
//	~m~10~m~~j~{"a":1}          a message of JSON (since 0.6.0)
//	~m~5~m~hello                a message of text
//
// There is no packet for the end of a session and none without meaning: the
// transport closes, or answers with nothing.
type gen06 struct{}

func (gen06) Name() string { return "Socket.IO 0.6" }
func (gen06) Slot() int    { return slotGen06 }

// Batched implements Batcher.
func (gen06) Batched() {}

const (
	frame06     = "~m~"
	heartbeat06 = "~h~"
	json06      = "~j~"
)

// parts returns what p looks like in a frame: a prefix and what follows it.
func (gen06) parts(p session.Packet) (prefix string, data []byte, err error) {
	switch p.Type {
	case session.PacketOpen:
		return "", p.Data, nil
	case session.PacketPing, session.PacketPong:
		if len(p.Data) == 0 {
			return heartbeat06 + "1", nil, nil
		}
		return heartbeat06, p.Data, nil
	case session.PacketClose, session.PacketUpgrade, session.PacketNoop:
		return "", nil, ErrControl
	case session.PacketMessage:
		return messageParts06(p)
	}
	return "", nil, fmt.Errorf("%w: type %d", ErrUnencodable, p.Type)
}

// messageParts06 is parts for a message. Text that would be taken for a
// heartbeat or JSON goes as a JSON string: the clients hand that to the page
// as the same text.
func messageParts06(p session.Packet) (prefix string, data []byte, err error) {
	switch {
	case p.Kind == session.Binary:
		return "", nil, errBinaryUnencodable
	case p.Kind == session.JSON && len(p.Data) == 0:
		return "", nil, fmt.Errorf("%w: empty JSON", ErrUnencodable)
	case p.Kind == session.JSON:
		return json06, p.Data, nil
	case !bytes.HasPrefix(p.Data, []byte(heartbeat06)) && !bytes.HasPrefix(p.Data, []byte(json06)):
		return "", p.Data, nil
	case !utf8.Valid(p.Data):
		return "", nil, errTextUnencodable
	}
	return json06, appendJSONString(nil, p.Data), nil
}

func (c gen06) form(p session.Packet) (size int, err error) {
	prefix, data, err := c.parts(p)
	if err != nil {
		return 0, err
	}
	return 2*len(frame06) + digits(len(prefix)+units(data)) + len(prefix) + len(data), nil
}

func (c gen06) AppendMessage(dst []byte, p session.Packet) ([]byte, bool, error) {
	prefix, data, err := c.parts(p)
	switch {
	case err != nil:
		return dst, false, err
	case !utf8.Valid(data):
		return dst, false, errTextUnencodable
	}
	dst = append(dst, frame06...)
	dst = strconv.AppendInt(dst, int64(len(prefix)+units(data)), 10)
	dst = append(dst, frame06...)
	dst = append(dst, prefix...)
	return append(dst, data...), false, nil
}

func (c gen06) DecodeMessage(data []byte, binary bool) (session.Packet, error) {
	return decodeSingle(c, data, binary)
}

// AppendPayload appends one message after the other.
func (c gen06) AppendPayload(dst []byte, ps []session.Packet) ([]byte, error) {
	start := len(dst)
	if _, err := countForms(c, ps); err != nil {
		return dst, err
	}
	for _, p := range ps {
		var err error
		if dst, _, err = c.AppendMessage(dst, p); err != nil && err != ErrControl {
			return dst[:start], err
		}
	}
	return dst, nil
}

// DecodePayload goes on behind a heartbeat, unlike the reference, which loses
// the messages there.
func (gen06) DecodePayload(body []byte) iter.Seq2[session.Packet, error] {
	return func(yield func(session.Packet, error) bool) {
		for rest := body; ; {
			text, after, err := cutFrame(rest, frame06)
			var p session.Packet
			if err == nil {
				p, err = decodeText06(text)
			}
			if !yield(p, err) || err != nil || len(after) == 0 {
				return
			}
			rest = after
		}
	}
}

// decodeText06 decodes one message without its frame.
func decodeText06(text []byte) (session.Packet, error) {
	if n, ok := bytes.CutPrefix(text, []byte(heartbeat06)); ok {
		return session.Packet{Type: session.PacketPong, Data: n}, nil
	}
	if value, ok := bytes.CutPrefix(text, []byte(json06)); ok {
		if !json.Valid(value) {
			return session.Packet{}, errJSON
		}
		return session.Packet{Type: session.PacketMessage, Kind: session.JSON, Data: value}, nil
	}
	return session.Packet{Type: session.PacketMessage, Data: text}, nil
}

// PacketSize implements Sizer.
func (c gen06) PacketSize(p session.Packet) int {
	n, _ := c.form(p)
	return n
}

// Fit implements Sizer.
func (c gen06) Fit(ps []session.Packet, max int) int { return fit(c, ps, max, 0, 0) }
