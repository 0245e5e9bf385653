package socketio

import (
	"fmt"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// parserWire is the wire of clients since 1.0, whose packets a Parser writes and
// reads.
type parserWire struct {
	parser         Parser
	maxAttachments int
}

func (w parserWire) decoder(lim sio.Limits) Decoder { return w.parser.NewDecoder(lim) }

func (w parserWire) decode(d Decoder, m session.Packet) (in incoming, done bool, err error) {
	if m.Kind == session.Binary {
		in.Packet, done, err = d.AddBinary(m.Data)
	} else {
		in.Packet, done, err = d.Add(m.Data)
	}
	return in, done, err
}

func (w parserWire) encode(p outgoing) ([]session.Packet, error) {
	if err := p.fill(w.maxAttachments); err != nil {
		return nil, err
	}
	first, attachments, err := w.parser.Encode(p.Packet)
	if err != nil {
		return nil, err
	}
	ps := make([]session.Packet, 1, 1+len(attachments))
	ps[0] = messagePacket(first.Kind, first.Data)
	for _, b := range attachments {
		ps = append(ps, messagePacket(session.Binary, b))
	}
	return ps, nil
}

// fill puts the arguments of an event or ack into the packet.
func (p *outgoing) fill(maxAttachments int) error {
	if p.Type != sio.Event && p.Type != sio.Ack {
		return nil
	}
	if p.Data = p.data; p.Data == nil {
		p.Data = p.args.array(p.Type, p.name)
	}
	if n := len(p.args.binary); n > maxAttachments {
		return fmt.Errorf("%w: %d, the limit is %d", ErrTooManyAttachments, n, maxAttachments)
	} else if n > 0 {
		// An argument may hold what looks like a placeholder, from another
		// client perhaps. Its receiver would close the connection.
		if err := sio.CheckPlaceholders(p.Data, n); err != nil {
			return fmt.Errorf("socketio: %v %q: %w", p.Type, p.name, err)
		}
		p.Attachments, p.Binary = n, p.args.binary
		p.Type += sio.BinaryEvent - sio.Event // the same distance for acks
	}
	return nil
}

func messagePacket(kind session.Kind, data []byte) session.Packet {
	return session.Packet{Type: session.PacketMessage, Kind: kind, Data: data, Compress: true}
}
