package socketio

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// binaryMark begins the strings that Binary values become inside JSON. It is
// random, so that no user's data can be taken for one.
var binaryMark = func() []byte {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return []byte("everwire-binary-" + hex.EncodeToString(b[:]) + ":")
}()

// encoder turns arguments into JSON and attachments.
type encoder struct {
	args   [][]byte
	binary [][]byte
}

func (e *encoder) add(v any) error {
	switch v := v.(type) {
	case Args:
		for _, raw := range v.elements {
			raw, err := sio.Renumber(raw, len(e.binary))
			if err != nil {
				return err
			}
			e.args = append(e.args, raw)
		}
		e.binary = append(e.binary, v.binary...)
	case []byte:
		e.attach(v)
	case Binary:
		e.attach(v)
	case string:
		e.args = append(e.args, sio.AppendString(nil, v))
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return err
		}
		e.args = append(e.args, e.extract(raw))
	}
	return nil
}

func (e *encoder) attach(b []byte) {
	e.args = append(e.args, sio.AppendPlaceholder(nil, len(e.binary)))
	e.binary = append(e.binary, b)
}

// extract replaces the strings of Binary values by placeholders.
func (e *encoder) extract(raw []byte) []byte {
	mark := append([]byte{'"'}, binaryMark...)
	if !bytes.Contains(raw, mark) {
		return raw
	}
	var out []byte
	for {
		before, rest, found := bytes.Cut(raw, mark)
		out = append(out, before...)
		if !found {
			return out
		}
		encoded, after, _ := bytes.Cut(rest, []byte{'"'})
		data, _ := base64.StdEncoding.AppendDecode(nil, encoded) // MarshalJSON wrote it
		out = sio.AppendPlaceholder(out, len(e.binary))
		e.binary = append(e.binary, data)
		raw = after
	}
}

func encodeEvent(ns *Namespace, name string, args []any) ([]session.Packet, error) {
	if sio.IsReserved(name) {
		return nil, fmt.Errorf("%w: %q", ErrReservedName, name)
	}
	return encodeCall(ns, name, args, 0, false)
}

// encodeCall encodes an event, with an id if an ack is wanted.
func encodeCall(ns *Namespace, name string, args []any, id uint64, hasID bool) ([]session.Packet, error) {
	var e encoder
	for i, v := range args {
		if err := e.add(v); err != nil {
			return nil, fmt.Errorf("socketio: argument %d of %q: %w", i+1, name, err)
		}
	}
	return e.packets(ns, sio.Packet{Type: sio.Event, ID: id, HasID: hasID, Data: sio.AppendEvent(nil, name, e.args)})
}

func encodeAck(ns *Namespace, id uint64, args []any) ([]session.Packet, error) {
	var e encoder
	for i, v := range args {
		if err := e.add(v); err != nil {
			return nil, fmt.Errorf("socketio: argument %d of an ack: %w", i+1, err)
		}
	}
	return e.packets(ns, sio.Packet{Type: sio.Ack, ID: id, HasID: true, Data: sio.AppendArray(nil, e.args)})
}

// packets returns the text of p and its attachments as one event of a session.
func (e *encoder) packets(ns *Namespace, p sio.Packet) ([]session.Packet, error) {
	p.Namespace = ns.name
	if n := len(e.binary); n > ns.srv.cfg.MaxAttachments {
		return nil, fmt.Errorf("%w: %d, the limit is %d", ErrTooManyAttachments, n, ns.srv.cfg.MaxAttachments)
	} else if n > 0 {
		p.Attachments = n
		p.Type += sio.BinaryEvent - sio.Event // the same distance for acks
	}
	text, err := sio.AppendPacket(make([]byte, 0, len(p.Data)+len(ns.name)+16), p)
	if err != nil {
		return nil, err
	}
	ps := make([]session.Packet, 1, 1+len(e.binary))
	ps[0] = textPacket(text)
	for _, b := range e.binary {
		ps = append(ps, session.Packet{Type: session.PacketMessage, Kind: session.Binary, Data: b})
	}
	return ps, nil
}
