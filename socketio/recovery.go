package socketio

import (
	"container/list"
	"errors"
	"strconv"
	"time"

	"github.com/everwire/everwire/session"
)

// Recovery lets clients whose connection was lost come back as if nothing had
// been: with their id, their rooms, the values of Set, and the events that were
// emitted to them meanwhile, in order, none missing and none twice. It is the
// reference's "connection state recovery", which clients have from 4.6 on.
//
// A client learns a private id when it connects, and with each event its offset,
// a string behind the last argument. Clients of 2.x and older are never told of
// either, but nothing in the protocol tells which of the later ones know of that:
// others, and listeners that count their arguments, see one argument more. Events
// for which the client is to send an ack have none, and are not kept; of volatile
// ones those have one that end with a string, because clients take the last string
// they see for an offset.
//
// Memory for this is bounded for each namespace and for all of them. What exceeds
// the bounds makes recovery fail for some clients, which then connect as new ones
// do. Namespaces with a session handler and sockets that have used Send do not take
// part: their state is not only what this package knows. Nor does a socket survive
// that was disconnected by either side, or whose client broke the protocol.
//
// Only the user that was signed in can come back (session.Peer.Principal), and
// only while the login lasts (Server.Revoke). This package does not know whom a
// middleware recognises by other means, such as a token in Auth: it should ask
// Socket.Recovered, and compare what the client shows now with what it has kept
// with the socket by Set. Until the middlewares have let it in, nothing changes for
// the client that it claims to be, whose connection may well live: to take it out
// of rooms is for connect handlers, not middlewares. The private id authorises as a
// session's id does. It is not in Socket.Auth.
//
// The zero value is good; its durations and numbers of zero mean the default, as
// negative ones do, which server.Options.Validate reports.
type Recovery struct {
	// Window is how long after it was lost a client may come back. Zero means
	// 2 minutes.
	Window time.Duration
	// SkipMiddlewares lets recovered clients in without asking the middlewares
	// of the namespace. By default they decide anew, on what the client sends
	// now; the reference skips them by default.
	SkipMiddlewares bool
	// MaxEvents (10,000) and MaxBytes (16 MiB) bound the events that are kept
	// for a namespace. A broadcast is kept once.
	MaxEvents, MaxBytes int
	// MaxClients (10,000) bounds the clients of a namespace that are away and
	// may come back. The one that has been away longest is forgotten first.
	MaxClients int
	// MaxTotalBytes (64 MiB) and MaxTotalClients (100,000) are the same for all
	// namespaces together, since clients may bring those into being. The rooms of
	// clients that are away count among the bytes; what values take is not known.
	// It is the namespace that exceeds them that forgets something.
	MaxTotalBytes, MaxTotalClients int
	// For says whether the client, one of 3.x or later, knows of offsets; see
	// above. It is called before the middlewares and must not block. Nil: every
	// such client does.
	For func(s *Socket) bool
}

func (r Recovery) withDefaults() Recovery {
	if r.Window <= 0 {
		r.Window = 2 * time.Minute
	}
	for _, d := range []struct{ v, d *int }{
		{&r.MaxEvents, new(10_000)}, {&r.MaxBytes, new(16 << 20)}, {&r.MaxClients, new(10_000)},
		{&r.MaxTotalBytes, new(64 << 20)}, {&r.MaxTotalClients, new(100_000)},
	} {
		if *d.v <= 0 {
			*d.v = *d.d
		}
	}
	return r
}

// Recovered reports whether the client has come back after its connection was
// lost, with the state that it had (see Recovery). Connect handlers are called
// for such a client too.
func (s *Socket) Recovered() bool { return s.recovers }

// recoverable reports whether a client may come back after that end.
func recoverable(reason DisconnectReason, cause error) bool {
	if ce, ok := errors.AsType[*session.CloseError](cause); ok && ce.Code == session.Revoked {
		return false
	}
	switch reason {
	case TransportClose, TransportError, PingTimeout, ForcedServerClose, ShuttingDown:
		return true
	case ForcedClose:
		// The reference says the same of a packet that it cannot understand:
		// there it is recoverable.
		ce, ok := errors.AsType[*session.CloseError](cause)
		return ok && ce.Code != session.ProtocolError && ce.Code != session.PolicyViolated
	}
	return false
}

// stay is what is known of a client that may come back, from its first CONNECT
// on. All is guarded by the keeper's mu.
type stay struct {
	private string // the id that only the client knows
	id      string // the socket's
	socket  *Socket
	asking  []claimant // that are to be the socket if they are let in, the eldest first
	// Who the client has signed in as, and by which login: only the same one may
	// come back, and only while the login lasts.
	principal, login string

	live   bool // gets events as they are emitted; else it catches up
	spoilt bool // cannot be recovered

	// Events are counted: numbers of events say when something was.
	entered uint64
	sent    uint64            // the last event that was queued for the client
	ended   uint64            // when it went away
	rooms   map[string]uint64 // that it is in, and since when
	former  []visit           // rooms that it has left

	values map[any]any   // while there is no socket that has them
	away   *list.Element // in the keeper's list; nil while the client is here
	since  time.Time     // it is away
	size   int           // counted in the server's stock while it is away
}

// superseded reports whether the client has come back by another connection, and
// has a younger socket. The stay of one that was never let in as its client is
// another's. The caller holds the keeper's mu, if there is a keeper.
func (s *Socket) superseded() bool {
	return s.claimed && s.stay.socket != nil && s.stay.socket != s
}

// younger returns the socket that has taken the place of s, or nil.
func (s *Socket) younger() *Socket {
	defer s.ns.keeper.lock()()
	if !s.superseded() {
		return nil
	}
	return s.stay.socket
}

// known returns the values of the client as they are now.
func (st *stay) known() map[any]any {
	if st.socket != nil {
		return st.socket.allValues()
	}
	return st.values
}

// visit is a room that a socket was in: from after the one event to the other.
type visit struct {
	room     string
	from, to uint64
}

// maxVisits bounds a stay's former rooms. A socket that changes rooms that fast
// cannot be recovered.
const maxVisits = 1024

// joined and leftRoom note what the adapter has done. The caller holds the
// keeper's mu.
func (st *stay) joined(room string, now uint64) {
	if _, in := st.rooms[room]; in {
		return
	}
	if st.rooms == nil {
		st.rooms = make(map[string]uint64)
	}
	st.rooms[room] = now
}

func (st *stay) leftRoom(room string, now, oldest uint64) {
	from, in := st.rooms[room]
	if !in {
		return
	}
	delete(st.rooms, room)
	if len(st.former) >= maxVisits {
		kept := st.former[:0]
		for _, v := range st.former {
			if v.to >= oldest {
				kept = append(kept, v)
			}
		}
		st.former = kept
		st.spoilt = st.spoilt || len(kept) >= maxVisits
	}
	if now > from && !st.spoilt {
		st.former = append(st.former, visit{room, from, now})
	}
}

// in reports whether the client was in a room when an event was emitted.
func (st *stay) in(room string, n uint64) bool {
	if room == st.id {
		return true
	}
	if from, in := st.rooms[room]; in && n > from {
		return true
	}
	for _, v := range st.former {
		if v.room == room && n > v.from && n <= v.to {
			return true
		}
	}
	return false
}

// meant reports whether an event was emitted to the client.
func (st *stay) meant(e *kept) bool {
	if e.n <= st.entered {
		return false
	}
	for _, r := range e.except {
		if st.in(r, e.n) {
			return false
		}
	}
	for _, r := range e.to {
		if st.in(r, e.n) {
			return true
		}
	}
	return len(e.to) == 0
}

// formatOffset and parseOffset are the form of a number of an event on the wire.
func formatOffset(n uint64) string { return strconv.FormatUint(n, 36) }

func parseOffset(s string) (uint64, bool) {
	n, err := strconv.ParseUint(s, 36, 64)
	return n, err == nil
}
