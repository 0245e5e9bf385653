package socketio

import (
	"fmt"
	"strings"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// wire09 is the wire of clients of 0.7 to 0.9. Their messages are the event
// "message" with one argument, in both directions.
type wire09 struct {
	base64 bool
}

func (wire09) decoder(sio.Limits) Decoder { return nil }

// decode ignores what cannot be understood, as the servers of that time do.
func (wire09) decode(_ Decoder, m session.Packet) (in incoming, done bool, err error) {
	p, err := sio.DecodePacket09(m.Data, sio.Limits{})
	if err != nil || m.Kind == session.Binary {
		return in, false, nil
	}
	in.Packet, done = understand09(p)
	switch {
	case !done || !p.HasID || in.Type != sio.Event:
	case p.DataAck:
		in.ID, in.HasID = p.ID, true
	default:
		in.receipt = p.ID
	}
	return in, done, nil
}

// understand09 translates a packet, but for its id.
func understand09(p sio.Packet09) (out sio.Packet, ok bool) {
	out = sio.Packet{Namespace: p.Endpoint, Query: p.Query}
	if out.Namespace == "" {
		out.Namespace = "/"
	}
	switch p.Type {
	case sio.Connect09:
		// A client may bring a namespace into being, which those of other
		// generations must be able to name.
		out.Type, ok = sio.Connect, out.Namespace[0] == '/' && !strings.Contains(out.Namespace, ",")
	case sio.Disconnect09:
		out.Type, ok = sio.Disconnect, true
	case sio.Message09:
		out.Type, out.Data, ok = sio.Event, messageEvent(session.Text, p.Data), true
	case sio.JSON09:
		out.Type, out.Data = sio.Event, messageEvent(session.JSON, p.Data)
		ok = out.Data != nil
	case sio.Event09:
		name, args, err := sio.ParseEvent09(p.Data)
		if err == nil && !sio.IsReserved(name) {
			out.Type, out.Data = sio.Event, eventArray(string(name), args)
			ok = out.Data != nil
		}
	case sio.Ack09:
		id, args, err := sio.ParseAck09(p.Data)
		out.Type, out.ID, out.HasID, out.Data, ok = sio.Ack, id, true, args, err == nil
	}
	return out, ok
}

// eventArray returns the data of an event whose arguments are a JSON array, or nil
// if that is none.
func eventArray(name string, args []byte) []byte {
	elements, err := sio.SplitArray(args)
	if err != nil {
		return nil
	}
	return sio.AppendEvent(make([]byte, 0, len(name)+len(args)+4), name, elements)
}

// messageEvent returns the data of the event that a message is, or nil if it is
// not the JSON that it should be.
func messageEvent(kind session.Kind, data []byte) []byte {
	dst := append(make([]byte, 0, len(data)+14), `["message",`...)
	if kind == session.Text {
		dst = sio.AppendString(dst, string(data))
	} else {
		dst = append(dst, data...)
	}
	dst = append(dst, ']')
	if kind == session.Text {
		return dst
	}
	// Only what is one value becomes two elements.
	if elements, err := sio.SplitArray(dst); err != nil || len(elements) != 2 {
		return nil
	}
	return dst
}

func (w wire09) encode(p outgoing) ([]session.Packet, error) {
	args, err := p.args.forText(w.base64)
	if err != nil {
		return nil, err
	}
	q := sio.Packet09{Endpoint: p.Namespace, ID: p.ID, HasID: p.HasID, DataAck: p.HasID}
	if q.Endpoint == "/" {
		q.Endpoint = ""
	}
	switch p.Type {
	case sio.Connect:
		if q.Endpoint == "" {
			return nil, nil // the transport says so itself
		}
		q.Type = sio.Connect09
	case sio.Disconnect:
		q.Type = sio.Disconnect09
	case sio.ConnectError:
		q.Type, q.Data = sio.Error09, sio.AppendError09(nil, sio.Unauthorized, sio.NoAdvice09)
	case sio.Ack:
		q = sio.Packet09{Type: sio.Ack09, Endpoint: q.Endpoint, Data: sio.AppendAck09(nil, p.ID, args.elements)}
	default:
		if m, ok := args.message(p.name); !ok {
			q.Type, q.Data = sio.Event09, sio.AppendEvent09(nil, p.name, args.elements)
		} else if q.Type, q.Data = sio.JSON09, m.Data; m.Kind == session.Text {
			q.Type = sio.Message09
		}
	}
	text, err := sio.AppendPacket09(make([]byte, 0, len(q.Data)+len(q.Endpoint)+16), q)
	if err != nil {
		return nil, fmt.Errorf("socketio: %v: %w", p.Type, err)
	}
	return []session.Packet{messagePacket(session.Text, text)}, nil
}

// forText returns the arguments for clients that can take text only.
func (a Args) forText(base64 bool) (Args, error) {
	if len(a.binary) == 0 {
		return a, nil
	}
	if !base64 {
		return Args{}, ErrNoBinary
	}
	out := Args{elements: make([][]byte, len(a.elements))}
	for i, raw := range a.elements {
		var err error
		if out.elements[i], err = a.inlined(raw); err != nil {
			return Args{}, fmt.Errorf("socketio: argument %d: %w", i+1, err)
		}
	}
	return out, nil
}

// message returns an event of that name as a message, if it is one: Text if its
// only argument is a string, else JSON.
func (a Args) message(name string) (m session.Message, ok bool) {
	if name != "message" || len(a.elements) != 1 {
		return m, false
	}
	raw := a.elements[0]
	if len(raw) == 0 || raw[0] != '"' {
		return session.Message{Kind: session.JSON, Data: raw}, true
	}
	var text string
	if a.Decode(0, &text) != nil {
		return m, false
	}
	return session.Message{Kind: session.Text, Data: []byte(text)}, true
}
