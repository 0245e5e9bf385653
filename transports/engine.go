package transports

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
)

const (
	// WriteTimeout bounds every single write of a carrier: a client that takes
	// nothing for so long is gone.
	WriteTimeout = 20 * time.Second
	// MessageTimeout bounds how long a message, or the body of a request, may
	// take from its first byte to its last. A client could otherwise keep this
	// side holding what has arrived for ever.
	MessageTimeout = 30 * time.Second
)

// Transport serves the requests of one way to carry messages. Serve may take
// the connection over (Hijack) and go on after it has returned, or block as long
// as a stream of HTTP/2 lives.
type Transport interface {
	// Name is the transport's name, as in Peer.Transport.
	Name() string
	Serve(*Exchange)
}

// Exchange is one admitted request on its way to a transport.
type Exchange struct {
	Engine *Engine
	W      http.ResponseWriter
	R      *http.Request
	// Family of the session.
	Family *Family
	// Conn is the session that the request names, or nil if it wants a new
	// one.
	Conn *session.Conn
	// Peer describes the client for a new session.
	Peer session.Peer
	// Kind is what will carry a new session, as far as the transport knows it
	// when it calls Open.
	Kind *session.Carrier
	// Secure and Host are how the client sees this server, after trusted
	// proxies: hixie handshakes name both. An empty Host is the request's own.
	Secure bool
	Host   string
	// Transport is the transport's name as the request has it; see Route.
	Transport string
	// JSONP is the index of the callback that an answer in a script calls, as
	// decimal digits. Empty: the answer is no script.
	JSONP string

	opened   func(*session.Conn)
	header   func(http.Header, *session.Conn)
	rejected func(eio.Refusal, map[string]string)
}

// Engine is what the transports of a server have in common: the sessions,
// and the connections that were taken over from the HTTP server.
type Engine struct {
	manager    *session.Manager
	log        *slog.Logger
	transports map[string]Transport

	mu       sync.Mutex // guards below
	takeover map[Takeover]struct{}
	idle     chan struct{} // closed when draining and no takeover is left
	draining bool

	bodies bodies
}

// Takeover is a connection that a transport has taken over from the HTTP
// server, which forgets it, or a stream of one, whose handler is the transport.
type Takeover interface {
	// Shutdown asks an orderly end of a connection that carries no session.
	Shutdown()
	// Kill closes the connection at once.
	Kill()
}

// NewEngine returns an Engine over the manager's sessions with the given
// transports. A nil logger discards.
func NewEngine(m *session.Manager, log *slog.Logger, ts ...Transport) *Engine {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{manager: m, log: log, transports: make(map[string]Transport),
		takeover: make(map[Takeover]struct{}), idle: make(chan struct{})}
	for _, t := range ts {
		e.transports[t.Name()] = t
	}
	return e
}

// Logger returns the engine's logger.
func (e *Engine) Logger() *slog.Logger { return e.log }

// Manager returns the engine's sessions.
func (e *Engine) Manager() *session.Manager { return e.manager }

// Serve hands an admitted request to its transport. peer describes the client
// in case the request opens a session.
func (e *Engine) Serve(w http.ResponseWriter, r *http.Request, rt Route, peer session.Peer) {
	x := &Exchange{Engine: e, W: w, R: r, Family: rt.Family, Peer: peer, Transport: rt.Transport, JSONP: rt.JSONP,
		Secure: rt.Secure, Host: rt.Host, opened: rt.Opened, header: rt.Header, rejected: rt.Rejected}
	if rt.Handshake {
		x.handshake()
		return
	}
	t := e.transports[rt.Transport]
	if r.Method == http.MethodPost && slices.Contains(streams, rt.Transport) && t != nil {
		t = e.transports[Sending]
	}
	if t == nil && !rt.Disconnect {
		x.unserved()
		return
	}
	if rt.SID != "" && !x.find(rt.SID) {
		return
	}
	if rt.Disconnect {
		x.disconnect()
		return
	}
	t.Serve(x)
	if rt.SID != "" && x.Conn.ID() == "" && rt.Transport != WebSocket && rt.Transport != FlashSocket {
		x.Conn.Kill(&session.CloseError{Code: session.Normal}) // the stand-in of absent has said what it had to
	}
}

// unserved answers a request for a transport that is switched off.
func (x *Exchange) unserved() {
	if x.Family.Generation != EngineIO {
		Drop(x.W)
		return
	}
	x.Reject(eio.TransportUnknown, map[string]string{"transport": x.Transport})
}

// find looks the session up and reports whether the exchange may go on; if not
// it has answered.
func (x *Exchange) find(sid string) bool {
	c := x.Engine.manager.Get(sid)
	if c != nil {
		// A session keeps the protocol that it was opened with.
		if v := x.Family.variantOf(c); v != nil {
			x.Conn, x.Family = c, v
			return true
		}
	}
	switch {
	case x.Family.Generation != EngineIO:
		return x.absent()
	case c == nil:
		x.Reject(eio.SessionUnknown, map[string]string{"sid": sid})
	default:
		x.Reject(eio.BadRequest, map[string]string{"name": ProtocolMismatch,
			"protocol": x.Family.Config.Protocol, "previousProtocol": c.Config().Protocol})
	}
	return false
}

// Open starts the session that the exchange asks for, with its open packet
// queued and its sink in place. On failure it has answered the request and
// returns nil.
func (x *Exchange) Open() *session.Conn {
	c, err := x.Engine.manager.Open(x.Family.Config, x.Peer)
	if err != nil {
		x.W.Header().Set("Retry-After", "5")
		x.refuse(http.StatusServiceUnavailable, eio.Refusal{Code: 4, Message: "Server is shutting down"})
		return nil
	}
	if f := x.Family; !f.Raw {
		c.Offer(session.Packet{Type: session.PacketOpen, Essential: true, Data: x.opening(c)})
	}
	x.Family.remember(c)
	if x.Kind != nil {
		c.Expect(x.Kind)
	}
	if x.opened != nil {
		x.opened(c)
	}
	x.Family.Accept(c)
	return c
}

// opening is the data of the open packet.
func (x *Exchange) opening(c *session.Conn) []byte {
	f := x.Family
	switch f.Generation {
	case Gen09:
		return nil // the handshake has said it
	case Gen06:
		return []byte(c.ID())
	}
	open := eio.Handshake{SID: c.ID(), PingInterval: f.Config.PingInterval,
		PingTimeout: f.Config.PingTimeout, MaxPayload: f.MaxPayload}
	if f.Config.ClientPings {
		open.MaxPayload = 0 // which Engine.IO 3 does not have
	}
	if x.Transport == Polling {
		open.Upgrades = f.Upgrades
	}
	return open.AppendJSON(nil)
}

// Refuse answers a request that Engine.IO turns down: JSON for a plain
// request, and for an upgrade the status line and the bare message, as
// WebSocket clients of the reference expect.
func (x *Exchange) Refuse(why eio.Refusal) { x.refuse(why.Status, why) }

func (x *Exchange) refuse(status int, why eio.Refusal) { Refuse(x.W, x.R, status, why) }

// Refuse is Exchange.Refuse for a request that has not got that far.
func Refuse(w http.ResponseWriter, r *http.Request, status int, why eio.Refusal) {
	closeUpgrade(w, r)
	var body []byte
	if ws.IsUpgrade(r) {
		w.Header().Set("Content-Type", "text/html")
		body = []byte(why.Message)
	} else {
		w.Header().Set("Content-Type", "application/json")
		body = why.AppendJSON(nil)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}

// closeUpgrade has the connection of a request closed behind its refusal if it
// asked for another protocol: what the client sends next is that protocol's,
// such as the nonce of Hixie76, and must not be read as another request.
func closeUpgrade(w http.ResponseWriter, r *http.Request) {
	if len(r.Header["Upgrade"]) > 0 {
		w.Header().Set("Connection", "close")
	}
}

// Adopt registers a connection that was taken over. It returns false during
// Shutdown: the caller then closes it.
func (e *Engine) Adopt(t Takeover) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.draining {
		return false
	}
	e.takeover[t] = struct{}{}
	return true
}

// Forget unregisters a connection that is closed.
func (e *Engine) Forget(t Takeover) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.takeover, t)
	if e.draining && len(e.takeover) == 0 {
		e.closeIdle()
	}
}

func (e *Engine) closeIdle() {
	select {
	case <-e.idle:
	default:
		close(e.idle)
	}
}

// Shutdown is Drain without a spread.
func (e *Engine) Shutdown(ctx context.Context) error { return e.Drain(ctx, 0) }

// lastWait is how long Drain waits for connections that it has closed. Only a
// handler that does not return keeps one longer.
const lastWait = time.Second

// Drain ends all sessions as session.Manager.Drain does, then waits for the
// connections that were taken over to close. When ctx is done first, it
// closes them at once, and waits no longer than a second.
func (e *Engine) Drain(ctx context.Context, spread time.Duration) error {
	e.mu.Lock()
	e.draining = true
	all := make([]Takeover, 0, len(e.takeover))
	for t := range e.takeover {
		all = append(all, t)
	}
	if len(all) == 0 {
		e.closeIdle()
	}
	e.mu.Unlock()
	for _, t := range all {
		t.Shutdown()
	}
	err := e.manager.Drain(ctx, spread)
	select {
	case <-e.idle:
		return err
	case <-ctx.Done():
	}
	for _, t := range all {
		t.Kill()
	}
	select {
	case <-e.idle:
	case <-time.After(lastWait):
	}
	return context.Cause(ctx)
}
