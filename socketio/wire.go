package socketio

import (
	"errors"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// wire is the form that packets have for the clients of a generation. There is
// one implementation in a file of its own for each. Its methods may be called
// concurrently.
type wire interface {
	// decoder returns what decode remembers of one connection, nil if nothing.
	decoder(lim sio.Limits) Decoder
	// decode takes one message of a connection. With the last one of a packet it
	// returns the packet and true. What it ignores it does not return. An error
	// closes the connection.
	decode(d Decoder, m session.Packet) (in incoming, done bool, err error)
	// encode returns the messages of a packet as one event of a session; none if
	// the generation has no such packet and needs none. An unsupported error says
	// that it has none for this event or ack.
	encode(p outgoing) ([]session.Packet, error)
}

// incoming is a packet from a client. What it has an id for is an ack that the
// application gives.
type incoming struct {
	sio.Packet
	// receipt has the client be told with an empty ack of that id, if it is not
	// 0, that the event has arrived, whatever becomes of it.
	receipt uint64
}

// outgoing is a packet for clients that has no form yet. An event or an ack is
// name and args; all else is in the Packet.
type outgoing struct {
	sio.Packet
	name string
	args Args
	data []byte // the array of name and args, if it was made already
}

func outgoingEvent(ns *Namespace, name string, args Args) outgoing {
	return outgoing{Packet: sio.Packet{Type: sio.Event, Namespace: ns.name}, name: name, args: args}
}

// form is a form that packets can have on the wire.
type form uint8

const (
	formV5 form = iota
	formV4
	form09
	formMessage
	numForms
)

// forms has the packets of one broadcast in the forms that its receivers need,
// each made when the first of them needs it.
type forms [numForms]struct {
	made    bool
	packets []session.Packet
	err     error
}

// get returns the packets for clients of a dialect.
func (f *forms) get(d *dialect, p *outgoing, fl flags) ([]session.Packet, error) {
	e := &f[d.form]
	if !e.made {
		e.made = true
		e.packets, e.err = d.wire.encode(*p)
		share(e.packets, fl)
	}
	return e.packets, e.err
}

// share marks packets that several clients get.
func share(ps []session.Packet, f flags) {
	f.mark(ps)
	for i := range ps {
		ps[i].Prepared = new(session.Prepared)
	}
}

// What the clients of old generations cannot be sent. Broadcasts leave them out.
// All match session.ErrUnsupported.
var (
	// ErrNoEvents says that a client of 0.1 to 0.6 knows messages only: the event
	// "message". See Config.EventMessages.
	ErrNoEvents error = unsupported("the client knows messages only, no events")
	// ErrNoAcks says that a client of 0.1 to 0.6 cannot answer.
	ErrNoAcks error = unsupported("the client knows no acks")
	// ErrNoBinary says that a client of 0.x can take nothing binary. See
	// Config.Base64.
	ErrNoBinary error = unsupported("the client can take nothing binary")
)

type unsupported string

func (e unsupported) Error() string   { return "socketio: " + string(e) }
func (unsupported) Is(err error) bool { return err == session.ErrUnsupported }

// isUnsupported reports whether an event is none for a client's generation.
func isUnsupported(err error) bool {
	_, ok := errors.AsType[unsupported](err)
	return ok
}
