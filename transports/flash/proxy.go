package flash

import (
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

const (
	// chunk is how much of the inner connection one message carries at most.
	chunk = 16 << 10
	// dialTimeout bounds the way to the inner address.
	dialTimeout = 5 * time.Second
	// linger is how long the inner end may go on after the client has left:
	// what was sent to it is to be read, not reset away.
	linger = 2 * time.Second
)

// ProxyConfig configures a Proxy. Zeros mean the defaults that the fields
// name.
type ProxyConfig struct {
	// Addr is where all bytes go, as host:port. No client has a say in it.
	Addr string
	// MaxPerUser (32) bounds the sessions of one principal, and Max (1,024)
	// those of all, at a time.
	MaxPerUser, Max int
	// Logger gets failures to reach Addr. Nil: nothing is logged.
	Logger *slog.Logger
}

// Proxy is a session.Handler that carries TCP in binary messages, as Ruffle's
// socketProxy does: each session is one connection to one fixed address, the
// bytes of its messages in order are what goes in, and what comes out returns
// as messages whose bounds mean nothing. Text is ignored.
//
// The connection is made with the first binary message. Nothing is buffered
// beyond one message: either side waits while the other is slow. When the
// client leaves, the inner end is told so by a half-close and has two seconds
// to come to its end; when the inner end is done, the session is closed with
// Normal.
type Proxy struct {
	cfg ProxyConfig

	mu    sync.Mutex // guards below
	users map[string]int
	all   int
}

// NewProxy returns a Proxy.
func NewProxy(cfg ProxyConfig) *Proxy {
	if cfg.MaxPerUser == 0 {
		cfg.MaxPerUser = 32
	}
	if cfg.Max == 0 {
		cfg.Max = 1024
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Proxy{cfg: cfg, users: make(map[string]int)}
}

// ServeSession carries the session's bytes until either side is done.
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
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(s.Context(), "tcp", p.cfg.Addr)
	if err != nil {
		if s.Context().Err() == nil {
			p.cfg.Logger.Warn("flash proxy: cannot connect", "sid", s.ID(), "err", err)
		}
		s.Close(session.InternalError, "cannot connect")
		return
	}
	inner := conn.(*net.TCPConn) // what the network "tcp" dials
	defer inner.Close()
	var down sync.WaitGroup
	down.Go(func() { carryDown(s, inner) })
	carryUp(s, inner, first)
	down.Wait()
}

// receive returns the bytes of the next binary message.
func receive(s session.Session) ([]byte, error) {
	for {
		m, err := s.Receive(s.Context())
		if err != nil {
			return nil, err
		}
		if m.Kind == session.Binary {
			return m.Data, nil
		}
	}
}

// carryUp writes messages to the inner end until the client leaves or the
// inner end takes no more.
func carryUp(s session.Session, inner *net.TCPConn, data []byte) {
	var err error
	for err == nil {
		inner.SetWriteDeadline(time.Now().Add(transports.WriteTimeout))
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
func carryDown(s session.Session, inner *net.TCPConn) {
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
	if p.all >= p.cfg.Max || p.users[user] >= p.cfg.MaxPerUser {
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
