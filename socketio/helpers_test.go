package socketio_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

var (
	carrier = &session.Carrier{Transport: "websocket", Dialect: "RFC6455", Binary: true, Stream: true}
	polls   = &session.Carrier{Transport: "polling", Binary: true}
)

// bubble runs f with a fake clock. It fails if f leaves a goroutine behind.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// settle waits until everything that was set off is done, greetings included.
func settle() {
	time.Sleep(5 * time.Millisecond)
	synctest.Wait()
}

// peer is a client that speaks the text of the protocol over a session, as a
// WebSocket would carry it.
type peer struct {
	t     testing.TB
	conn  *session.Conn
	lease *session.Lease
	load  func() socketio.Load

	mu  sync.Mutex // guards below
	log []string   // filled by record
}

// dial opens a connection that has entered no namespace yet.
func dial(t testing.TB, srv *socketio.Server, cfg *session.Config) *peer {
	t.Helper()
	return dialBy(t, srv, cfg, carrier)
}

func dialBy(t testing.TB, srv *socketio.Server, cfg *session.Config, carrier *session.Carrier) *peer {
	t.Helper()
	return dialAs(t, srv, cfg, carrier, session.Peer{RemoteAddr: "192.0.2.1:5"})
}

func dialAs(t testing.TB, srv *socketio.Server, cfg *session.Config, carrier *session.Carrier, user session.Peer) *peer {
	t.Helper()
	if cfg == nil {
		cfg = &session.Config{}
	}
	conn := session.NewConn(context.Background(), session.NewID(), cfg, user)
	p := &peer{t: t, conn: conn, load: srv.AcceptWatched(conn)}
	lease, err := conn.Attach(carrier, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.lease = lease
	return p
}

// enter dials and enters the root namespace.
func enter(t testing.TB, srv *socketio.Server) *peer {
	t.Helper()
	srv.Of("/")
	p := dial(t, srv, nil)
	p.send("0")
	settle()
	p.expect(`0{"sid":SID}`)
	return p
}

// leave cuts the connection and checks that nothing of it is left.
func (p *peer) leave() {
	p.t.Helper()
	p.conn.Kill(&session.CloseError{Code: session.TransportLost, Remote: true})
	settle()
	if l := p.load(); l != (socketio.Load{}) {
		p.t.Errorf("after the end the client holds %+v, want nothing", l)
	}
}

// send delivers texts. What was delivered is overwritten afterwards, as a
// carrier's buffer is.
func (p *peer) send(texts ...string) error {
	for _, text := range texts {
		data := []byte(text)
		err := p.conn.Deliver(session.Packet{Type: session.PacketMessage, Kind: session.Text, Data: data})
		clear(data)
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *peer) sendBinary(b ...byte) error {
	err := p.conn.Deliver(session.Packet{Type: session.PacketMessage, Kind: session.Binary, Data: b})
	clear(b)
	return err
}

// packets takes what waits for the client.
func (p *peer) packets() []session.Packet {
	p.t.Helper()
	var all []session.Packet
	for {
		b, err := p.lease.TryNext(1 << 16)
		if err != nil {
			return all
		}
		all = append(all, b.Packets...)
		b.Commit()
	}
}

var sid = regexp.MustCompile(`"sid":"[A-Za-z0-9_-]{20}"`)

// private is how a client learns its ids where it may come back.
var private = regexp.MustCompile(`"sid":"[A-Za-z0-9_-]{20}","pid":"[A-Za-z0-9_-]{22}"`)

// show is a readable form of a packet. Socket ids, which are random, become SID.
func show(q session.Packet) string {
	switch {
	case q.Type == session.PacketClose:
		return fmt.Sprintf("close %d", q.Code)
	case q.Kind == session.Binary:
		return fmt.Sprintf("<% x>", q.Data)
	}
	return sid.ReplaceAllString(string(q.Data), `"sid":SID`)
}

// expect checks what the client has got since it was last asked.
func (p *peer) expect(want ...string) {
	p.t.Helper()
	var got []string
	for _, q := range p.packets() {
		got = append(got, show(q))
	}
	if !slices.Equal(got, want) {
		p.t.Errorf("client got:\n\t%s\nwant:\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// record takes everything from now on, on a goroutine of its own, until the
// session is over.
func (p *peer) record() {
	go p.lease.Run(context.Background(), 1<<16, func(ps []session.Packet) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, q := range ps {
			p.log = append(p.log, show(q))
		}
		return nil
	})
}

func (p *peer) recorded() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.log)
}

// notes is a list that handlers write to.
type notes struct {
	mu  sync.Mutex // guards below
	all []string
}

func (n *notes) add(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, fmt.Sprintf(format, args...))
}

// expect checks what was noted since it was last asked.
func (n *notes) expect(t testing.TB, want ...string) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Equal(n.all, want) {
		t.Errorf("noted:\n\t%s\nwant:\n\t%s", strings.Join(n.all, "\n\t"), strings.Join(want, "\n\t"))
	}
	n.all = nil
}

// expectInAnyOrder is expect for what different goroutines note.
func (n *notes) expectInAnyOrder(t testing.TB, want ...string) {
	t.Helper()
	n.mu.Lock()
	slices.Sort(n.all)
	n.mu.Unlock()
	slices.Sort(want)
	n.expect(t, want...)
}

// logbook collects a log.
type logbook struct {
	mu  sync.Mutex // guards below
	buf bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// logged returns a session configuration that logs warnings and errors.
func logged(l *logbook) *session.Config {
	return &session.Config{Logger: slog.New(slog.NewTextHandler(l, nil))}
}

// members checks a namespace: nobody may be forgotten, and nobody kept.
func members(t testing.TB, ns *socketio.Namespace, want int) {
	t.Helper()
	if got := ns.Len(); got != want {
		t.Errorf("%d sockets in %s, want %d", got, ns.Name(), want)
	}
}

// only returns the one socket of a namespace.
func only(t testing.TB, ns *socketio.Namespace) *socketio.Socket {
	t.Helper()
	for s := range ns.Sockets() {
		return s
	}
	t.Fatalf("nobody is in %s", ns.Name())
	return nil
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}
