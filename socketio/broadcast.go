package socketio

import (
	"slices"

	"github.com/everwire/everwire/protocol/sio"
)

// Broadcast chooses receivers within a namespace and then emits to them. It is
// a value: each method returns a new one, and a Broadcast may be kept and used
// again, by several goroutines.
//
// A room is a name that sockets join; each socket is also in a room of its own
// id. To and Except may be called repeatedly; a socket that is in several of
// the rooms gets the event once. Without To, all sockets are meant.
type Broadcast struct {
	ns     *Namespace
	to     []string
	except []string
	local  bool
	flags  flags
}

// To adds the sockets in any of the rooms.
func (b Broadcast) To(rooms ...string) Broadcast {
	b.to = append(slices.Clone(b.to), rooms...)
	return b
}

// In is To.
func (b Broadcast) In(rooms ...string) Broadcast { return b.To(rooms...) }

// Except leaves out the sockets in any of the rooms.
func (b Broadcast) Except(rooms ...string) Broadcast {
	b.except = append(slices.Clone(b.except), rooms...)
	return b
}

// Volatile lets clients miss the event that are not ready for it: that are
// between two polls, or have something queued already.
func (b Broadcast) Volatile() Broadcast {
	b.flags.volatile = true
	return b
}

// Compress says whether the event may be compressed, where that was agreed on
// with a client. Without it, it may.
func (b Broadcast) Compress(compress bool) Broadcast {
	b.flags.uncompressed = !compress
	return b
}

// Local leaves out the sockets of other servers, if the Adapter reaches any.
func (b Broadcast) Local() Broadcast {
	b.local = true
	return b
}

func (b Broadcast) selection() Selection {
	return Selection{Namespace: b.ns, To: b.to, Except: b.except, Local: b.local}
}

func (b Broadcast) delivery(event string, args Args) Delivery {
	return Delivery{Selection: b.selection(), Event: event, Args: args,
		Volatile: b.flags.volatile, Uncompressed: b.flags.uncompressed}
}

// Emit sends an event to the chosen sockets. It is encoded once for each form that
// it has for the generations of clients among them. Clients whose generation
// cannot take it are left out (see Server.LeftOut). Like Socket.Emit it does not
// block; that some client's outbox is full concerns that client only and is no
// error here. With Recovery, session.ErrQueueFull says
// that nobody gets the event, as 4,096 others wait to be handed out.
func (b Broadcast) Emit(event string, args ...any) error {
	if b.ns.family != nil {
		return b.emitToChildren(event, args)
	}
	encoded, err := encodeArgs(sio.Event, event, args)
	if err != nil {
		return err
	}
	d := b.delivery(event, encoded)
	if err := d.check(); err != nil {
		return err
	}
	return b.ns.adapter.Broadcast(d)
}

// Delivery is a broadcast as an Adapter gets it.
type Delivery struct {
	Selection // of the receivers

	// Event and Args are what is emitted.
	Event string
	Args  Args
	// Volatile lets clients miss the event that are not ready for it;
	// Uncompressed asks that it is not compressed.
	Volatile, Uncompressed bool

	data []byte // the event's array, if check had to make it
}

// check finds out whether the event can be sent at all, before it is known whether
// there are receivers.
func (d *Delivery) check() error {
	if len(d.Args.binary) == 0 {
		return nil
	}
	p := d.outgoing()
	err := p.fill(d.Namespace.srv.cfg.MaxAttachments)
	d.data = p.Data
	return err
}

func (d *Delivery) outgoing() outgoing {
	p := outgoingEvent(d.Namespace, d.Event, d.Args)
	p.data = d.data
	return p
}

func (d *Delivery) flags() flags { return flags{volatile: d.Volatile, uncompressed: d.Uncompressed} }
