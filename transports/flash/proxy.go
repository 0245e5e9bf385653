package flash

import (
	"context"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/everwire/everwire/session"
)

const (
	// chunk is how much of the inner connection one message carries at most.
	chunk = 16 << 10
	// linger is how long the inner end may go on after the client has left:
	// what was sent to it is to be read, not thrown away.
	linger = 2 * time.Second
)

// ProxyConfig configures a Proxy. Zeros mean the defaults that the fields
// name.
type ProxyConfig struct {
	// MaxPerUser (32) bounds the sessions of one principal, and Max (1,024)
	// those of all, at a time. Without login nobody has a principal, and Max
	// alone counts.
	MaxPerUser, Max int
}

// Proxy is a session.Handler that carries TCP in binary messages, as Ruffle's
// socketProxy does, and the net.Listener at the other end: each session is one
// connection that Accept returns. The bytes of the session's messages in order
// are what goes in, and what comes out returns as messages whose bounds mean
// nothing. Text is ignored.
//
// No client has a say in where its bytes go: whoever accepts is the only
// destination, and mostly that is an http.Server with the same handler as the
// one that the sessions came by:
//
//	proxy := flash.NewProxy(flash.ProxyConfig{})
//	srv.HandleRawAt("/flash/tcp", proxy)
//	inner := srv.HTTPServer()
//	inner.Handler = guard.Direct(srv)
//	go inner.Serve(proxy)
//
// Such a connection exists in memory only. Its RemoteAddr is that of the
// session's client, so that limits by address count whom they should; the
// client chooses what it sends, so nothing that proxies say of others may be
// believed there, even if the address is that of a trusted one: that is what
// Direct of package guard is for. The connection has no TLS, also where the
// session has.
//
// The connection is made with the first message that is not empty, and nothing
// is buffered beyond one message: either side waits while the other is slow.
// When the client leaves, the inner end reads io.EOF and has two seconds to
// come to its end; when the inner end is done, the session is closed with
// Normal.
type Proxy struct {
	cfg   ProxyConfig
	conns chan net.Conn

	closing sync.Once
	closed  chan struct{}

	mu    sync.Mutex // guards below
	users map[string]int
	all   int
}

var (
	_ session.Handler = (*Proxy)(nil)
	_ net.Listener    = (*Proxy)(nil)
)

// NewProxy returns a Proxy.
func NewProxy(cfg ProxyConfig) *Proxy {
	if cfg.MaxPerUser == 0 {
		cfg.MaxPerUser = 32
	}
	if cfg.Max == 0 {
		cfg.Max = 1024
	}
	return &Proxy{cfg: cfg, conns: make(chan net.Conn), closed: make(chan struct{}), users: make(map[string]int)}
}

// Accept waits for the next session's connection. Its half-close is CloseWrite.
// After Close the error is net.ErrClosed.
func (p *Proxy) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept. Sessions that come later are closed with GoingAway;
// connections that were accepted go on.
func (p *Proxy) Close() error {
	p.closing.Do(func() { close(p.closed) })
	return nil
}

// Addr returns a name: the connections have no address at this end.
func (p *Proxy) Addr() net.Addr { return addr("flash proxy") }

// ServeSession carries the session's bytes until either side is done. It
// blocks while nobody accepts.
func (p *Proxy) ServeSession(s session.Session) {
	user := s.Peer().Principal
	if !p.enter(user) {
		s.Close(session.TryAgainLater, "too many connections")
		return
	}
	defer p.leave(user)
	first, err := receive(s)
	if err != nil {
		return
	}
	near, far := pipe(p.Addr(), addr(s.Peer().RemoteAddr))
	defer near.Close()
	select {
	case p.conns <- far:
	case <-s.Context().Done():
		return
	case <-p.closed:
		s.Close(session.GoingAway, "")
		return
	}
	// What is being written when the client leaves has its time too.
	stop := context.AfterFunc(s.Context(), func() { near.SetWriteDeadline(time.Now().Add(linger)) })
	defer stop()
	var down sync.WaitGroup
	down.Go(func() { carryDown(s, near) })
	carryUp(s, near, first)
	down.Wait()
}

// receive returns the bytes of the next binary message that has any.
func receive(s session.Session) ([]byte, error) {
	for {
		m, err := s.Receive(s.Context())
		if err != nil {
			return nil, err
		}
		if m.Kind == session.Binary && len(m.Data) > 0 {
			return m.Data, nil
		}
	}
}

// carryUp writes messages to the inner end until the client leaves or the
// inner end takes no more. It waits for the inner end as long as the session
// lives, which knows how long a client may be held back.
func carryUp(s session.Session, inner *conn, data []byte) {
	var err error
	for err == nil {
		if _, err = inner.Write(data); err != nil {
			s.Close(session.Normal, "")
			break
		}
		data, err = receive(s)
	}
	inner.CloseWrite()
	inner.SetReadDeadline(time.Now().Add(linger))
}

// carryDown sends what the inner end says, and closes the session at its end.
// When the client has left, the rest is read and dropped.
func carryDown(s session.Session, inner *conn) {
	buf := make([]byte, chunk)
	for {
		n, err := inner.Read(buf)
		if n > 0 && s.Send(s.Context(), session.Message{Kind: session.Binary, Data: slices.Clone(buf[:n])}) != nil {
			io.CopyBuffer(io.Discard, reader{inner}, buf)
			return
		}
		if err != nil {
			s.Close(session.Normal, "")
			return
		}
	}
}

func (p *Proxy) enter(user string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= p.cfg.Max || user != "" && p.users[user] >= p.cfg.MaxPerUser {
		return false
	}
	p.all++
	p.users[user]++
	return true
}

func (p *Proxy) leave(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.users[user]--; p.users[user] == 0 {
		delete(p.users, user)
	}
}
