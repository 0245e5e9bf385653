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
	// Parser is the form that packets have on the wire. Nil means the text form
	// that clients have unless told otherwise.
	Parser Parser
	// Recovery lets clients come back after their connection was lost. Nil: they
	// are new clients then.
	Recovery *Recovery
	// Adapter makes the adapter of a namespace. Nil means NewMemory. It may be
	// called concurrently, for one name too: of two that were made at once one is
	// used, and the other is closed if it is an io.Closer. While it takes its
	// time, the client that wants to enter waits, or Of does.
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
	cfg Config

	clients atomic.Int64 // connections
	errands errands

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
	return &Server{cfg: cfg, namespaces: make(map[string]*Namespace)}
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

// Accept takes an Engine.IO session as a client of this server. It must be
// called before the session's first carrier is attached.
func (srv *Server) Accept(conn *session.Conn) { srv.accept(conn) }

func (srv *Server) accept(conn *session.Conn) *client {
	lim := sio.Limits{MaxAttachments: srv.cfg.MaxAttachments, MaxBytes: int(3 * srv.cfg.MaxPayload)}
	c := &client{srv: srv, conn: conn, decoder: srv.cfg.Parser.NewDecoder(lim)}
	c.mu.Lock()
	c.impatience = time.AfterFunc(srv.cfg.ConnectTimeout, c.tooLate)
	c.mu.Unlock()
	srv.clients.Add(1)
	conn.SetSink(c)
	return c
}
