package socketio

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// Config configures a Server. The zero value is good.
type Config struct {
	// Logger gets warnings and errors. Nil: nothing is logged.
	Logger *slog.Logger
	// ConnectTimeout is how long a client may take until a namespace has
	// accepted it. Zero means 45 s.
	ConnectTimeout time.Duration
	// AckTimeout bounds a Call whose context has no deadline. Zero means 10 s.
	AckTimeout time.Duration
	// MaxNamespaces is how many namespaces one client may enter. Zero means 64.
	MaxNamespaces int
	// MaxChildren is how many namespaces there may be that clients bring into
	// being, all parents together (see Server.OfPattern). When they are too
	// many, those that nobody is in are given up; if there are none, no client
	// can make another. Those that Of has returned do not count. Zero means
	// 10,000.
	MaxChildren int
	// CleanupEmptyChildren gives a parent's child up as soon as its last client
	// has left. If its adapter is an io.Closer it is closed. What was registered
	// with the child itself is gone with it. A child that Of has returned stays.
	CleanupEmptyChildren bool
	// MaxRooms is how many rooms one socket may be in. Zero means 1,000.
	MaxRooms int
	// MaxAcks is how many acks one socket may owe. Zero means 1,000.
	MaxAcks int
	// MaxAttachments is how many binary attachments one event may have, in
	// either direction. Zero means 10, the limit of today's clients.
	MaxAttachments int
	// MaxPayload is the transport's limit for one message, in bytes; an event
	// may hold three times as much with its attachments. Zero means 1,000,000.
	MaxPayload int64
	// MailboxEvents and MailboxBytes bound what waits for a client's handlers.
	// Zero means 256 and 1 MiB.
	MailboxEvents, MailboxBytes int
	// Parser is the form that packets have on the wire for clients of 3.x and
	// later. Nil means the text form that clients have unless told otherwise.
	Parser Parser
	// EventMessages lets clients of 0.1 to 0.6, which know messages only, have all
	// events: as the JSON message {"name":...,"args":[...]}. Without it they get the
	// event "message" alone, as a message, and ErrNoEvents is the result for others.
	EventMessages bool
	// Base64 lets clients of 0.x, which can take nothing binary, have it as strings
	// in base64. Without it ErrNoBinary is the result.
	Base64 bool
	// Recovery lets clients come back after their connection was lost. Nil: they
	// are new clients then.
	Recovery *Recovery
	// OverflowCounter counts the events that are refused because too many others
	// wait to be handed out (see Broadcast.Emit): a broadcast once. What becomes of
	// the rest is counted by their sessions. Nil: nobody counts.
	OverflowCounter *session.OverflowCounter
	// Adapter makes the adapter of a namespace. Nil means NewMemory. It may be
	// called concurrently, for one name too: of two that were made at once one is
	// used, and the other is closed if it is an io.Closer. While it takes its
	// time, the client that wants to enter waits, or Of does. It may call Name and
	// OnRoom of the namespace, but no other of its methods before it has returned.
	Adapter func(*Namespace) Adapter
}

func (c *Config) setDefaults() {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		v *time.Duration
		d time.Duration
	}{{&c.ConnectTimeout, 45 * time.Second}, {&c.AckTimeout, 10 * time.Second}} {
		if *d.v == 0 {
			*d.v = d.d
		}
	}
	for _, d := range []struct {
		v *int
		d int
	}{{&c.MaxNamespaces, 64}, {&c.MaxChildren, 10_000}, {&c.MaxRooms, 1000}, {&c.MaxAcks, 1000}, {&c.MaxAttachments, sio.DefaultMaxAttachments},
		{&c.MailboxEvents, 256}, {&c.MailboxBytes, 1 << 20}} {
		if *d.v == 0 {
			*d.v = d.d
		}
	}
	if c.MaxPayload == 0 {
		c.MaxPayload = 1_000_000
	}
	if c.Parser == nil {
		c.Parser = textParser{}
	}
	if c.Adapter == nil {
		c.Adapter = func(*Namespace) Adapter { return NewMemory() }
	}
}

// Server holds the namespaces. Use NewServer. Its methods may be called
// concurrently.
type Server struct {
	cfg      Config
	dialects [Gen4 + 1]*dialect

	clients atomic.Int64 // connections
	leftOut atomic.Uint64
	errands errands
	stock   stock // what is kept for Recovery

	mu          sync.RWMutex // guards below
	namespaces  map[string]*Namespace
	parents     []*Namespace // replaced as a whole
	children    int          // of all parents, without those that Of keeps
	onNamespace []func(*Namespace)
}

// NewServer returns a Server without namespaces. The root namespace, too,
// exists for clients only once Of("/") was called.
func NewServer(cfg Config) *Server {
	cfg.setDefaults()
	srv := &Server{cfg: cfg, namespaces: make(map[string]*Namespace)}
	srv.dialects = srv.newDialects()
	return srv
}

// Of returns the namespace with the given name and makes it if need be. "" and
// "/" are the root. A missing slash in front is added. It panics if the name
// has a comma, a question mark or a control character, which the protocol
// cannot carry.
//
// A namespace that Of has returned stays for as long as the server does, with all
// that was registered with it. So names that clients have chosen are not for Of:
// Socket.Namespace, Children and Namespaces have what exists.
func (srv *Server) Of(name string) *Namespace {
	name = normal(name)
	if _, err := sio.AppendPacket(nil, sio.Packet{Type: sio.Disconnect, Namespace: name}); err != nil {
		panic(fmt.Sprintf("socketio: namespace %q: %v", name, err))
	}
	ns, made := srv.own(name)
	if made && name != "/" {
		srv.announce(ns)
	}
	return ns
}

// Namespaces returns all namespaces, in no order, but not the parents of OfPattern
// and OfFunc. Other than Of it keeps none of them from being given up.
func (srv *Server) Namespaces() []*Namespace {
	srv.mu.RLock()
	defer srv.mu.RUnlock()
	return slices.AppendSeq(make([]*Namespace, 0, len(srv.namespaces)), maps.Values(srv.namespaces))
}

// Names returns the names of all namespaces, sorted.
func (srv *Server) Names() []string {
	srv.mu.RLock()
	defer srv.mu.RUnlock()
	return slices.Sorted(maps.Keys(srv.namespaces))
}

// Len returns the number of connections of clients, whether they have entered a
// namespace or not.
func (srv *Server) Len() int { return int(srv.clients.Load()) }

// LeftOut returns how often a broadcast has left a client out because its
// generation could not take the event: events other than "message" and those that
// ask for an ack for clients of 0.1 to 0.6, binary ones for all of 0.x. See
// Config.EventMessages and Config.Base64.
func (srv *Server) LeftOut() uint64 { return srv.leftOut.Load() }

// Accept takes a session of Engine.IO 4 as a client of this server: AcceptAs with
// Gen4.
func (srv *Server) Accept(conn *session.Conn) { srv.accept(Gen4, conn) }

// AcceptAs takes a session as a client of that generation. It must be called
// before the session's first carrier is attached. It panics if there is no such
// generation.
//
// Since Gen4 clients enter each namespace themselves. Those of older generations
// are in the root from the beginning: they enter it when their first carrier is
// attached, or their first message comes. Of the transport's own packets, such as
// "1::" of 0.9, this package sends none.
func (srv *Server) AcceptAs(g Generation, conn *session.Conn) { srv.accept(g, conn) }

func (srv *Server) accept(g Generation, conn *session.Conn) *client {
	if !g.valid() {
		panic(fmt.Sprintf("socketio: %v", g))
	}
	lim := sio.Limits{MaxAttachments: srv.cfg.MaxAttachments, MaxBytes: int(3 * srv.cfg.MaxPayload)}
	d := srv.dialects[g]
	c := &client{dialect: d, conn: conn, decoder: d.wire.decoder(lim)}
	if d.entersRoot {
		c.entrance = newEntrance()
	}
	c.mu.Lock()
	c.impatience = time.AfterFunc(srv.cfg.ConnectTimeout, c.tooLate)
	c.mu.Unlock()
	srv.clients.Add(1)
	conn.SetSink(c)
	return c
}
