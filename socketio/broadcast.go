package socketio

import (
	"slices"

	"github.com/everwire/everwire/session"
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

// Emit sends an event to the chosen sockets. It is encoded once. Like
// Socket.Emit it does not block; that some client's outbox is full concerns
// that client only and is no error here.
func (b Broadcast) Emit(event string, args ...any) error {
	if b.ns.family != nil {
		return b.emitToChildren(event, args)
	}
	encoded, ps, err := encodeEvent(b.ns, event, args)
	if err != nil {
		return err
	}
	b.flags.mark(ps)
	for i := range ps {
		ps[i].Prepared = new(session.Prepared)
	}
	return b.ns.adapter.Broadcast(Delivery{Namespace: b.ns, Event: event, Args: encoded, Packets: ps, To: b.to, Except: b.except})
}

// Delivery is a broadcast as an Adapter gets it.
type Delivery struct {
	Namespace *Namespace
	// Event and Args are what is emitted.
	Event string
	Args  Args
	// Packets are one event, encoded. They are shared by all receivers.
	Packets []session.Packet
	// To are the rooms meant, empty for all; Except those left out.
	To, Except []string
}
