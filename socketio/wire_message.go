package socketio

import (
	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// wireMessage is the wire of clients of 0.1 to 0.6. They send and take messages,
// nothing else: what text and JSON look like is the transport's business.
type wireMessage struct {
	events, base64 bool
}

func (wireMessage) decoder(sio.Limits) Decoder { return nil }

// decode ignores what is not the JSON that it should be, as the servers of that
// time do.
func (wireMessage) decode(_ Decoder, m session.Packet) (in incoming, done bool, err error) {
	if m.Kind == session.Binary {
		return in, false, nil
	}
	in.Packet = sio.Packet{Type: sio.Event, Namespace: "/", Data: messageEvent(m.Kind, m.Data)}
	return in, in.Data != nil, nil
}

func (w wireMessage) encode(p outgoing) ([]session.Packet, error) {
	if p.HasID {
		return nil, ErrNoAcks
	}
	if p.Type != sio.Event {
		return nil, nil // the connection itself says who is in
	}
	args, err := p.args.forText(w.base64)
	if err != nil {
		return nil, err
	}
	m, ok := args.message(p.name)
	switch {
	case ok:
	case p.name == "message":
		m = session.Message{Kind: session.JSON, Data: sio.AppendArray(nil, args.elements)}
	case w.events:
		m = session.Message{Kind: session.JSON, Data: sio.AppendEvent09(nil, p.name, args.elements)}
	default:
		return nil, ErrNoEvents
	}
	return []session.Packet{messagePacket(m.Kind, m.Data)}, nil
}
