package admin_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/internal/leaktest"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/admin"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// settle waits until everything that was set off is done, greetings included.
func settle() {
	time.Sleep(10 * time.Millisecond)
	synctest.Wait()
}

// peer is a client, as a WebSocket would carry it.
type peer struct {
	t     *testing.T
	conn  *session.Conn
	lease *session.Lease
}

func dial(t *testing.T, srv *socketio.Server, address string) *peer {
	t.Helper()
	conn := session.NewConn(context.Background(), session.NewID(), &session.Config{}, session.Peer{
		RemoteAddr: address, Opened: time.Now(), Path: "/socket.io/",
		Header: map[string][]string{"User-Agent": {"test"}, "Cookie": {"secret=1"}},
	})
	srv.Accept(conn)
	p := &peer{t: t, conn: conn}
	p.carry("polling")
	return p
}

// carry moves the client to a transport.
func (p *peer) carry(transport string) {
	p.t.Helper()
	lease, err := p.conn.Attach(&session.Carrier{Transport: transport, Binary: true, Stream: true}, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.lease = lease
}

func (p *peer) send(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if err := p.conn.Deliver(session.Packet{Type: session.PacketMessage, Data: []byte(text)}); err != nil {
			p.t.Fatal(err)
		}
	}
	settle()
}

func (p *peer) leave() {
	p.conn.Kill(&session.CloseError{Code: session.TransportLost, Remote: true})
	settle()
}

// received takes what waits for the client.
func (p *peer) received() (all []string) {
	for {
		b, err := p.lease.TryNext(1 << 20)
		if err != nil {
			return all
		}
		for _, q := range b.Packets {
			all = append(all, string(q.Data))
		}
		b.Commit()
	}
}

// event is what a page got.
type event struct {
	name string
	args []json.RawMessage
}

// decode decodes the first arguments.
func (e event) decode(t *testing.T, vs ...any) {
	t.Helper()
	if len(e.args) < len(vs) {
		t.Fatalf("%s has %d arguments", e.name, len(e.args))
	}
	for i, v := range vs {
		if err := json.Unmarshal(e.args[i], v); err != nil {
			t.Fatalf("%s: %s: %v", e.name, e.args[i], err)
		}
	}
}

// events takes what the page has got in its namespace.
func (p *peer) events() (all []event) {
	p.t.Helper()
	for _, text := range p.received() {
		data, ok := strings.CutPrefix(text, "2/admin,")
		if !ok {
			continue
		}
		var parts []json.RawMessage
		var name string
		if err := json.Unmarshal([]byte(data), &parts); err != nil {
			p.t.Fatalf("%s: %v", text, err)
		}
		json.Unmarshal(parts[0], &name)
		all = append(all, event{name, parts[1:]})
	}
	return all
}

// event takes what the page has got and returns the only event of that name.
func (p *peer) event(name string) event {
	p.t.Helper()
	return one(p.t, p.events(), name)
}

func one(t *testing.T, all []event, name string) (found event) {
	t.Helper()
	n := 0
	for _, e := range all {
		if e.name == name {
			found = e
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%s came %d times among %v", name, n, names(all))
	}
	return found
}

func names(all []event) (names []string) {
	for _, e := range all {
		names = append(names, e.name)
	}
	return names
}

const login = `0/admin,{"username":"admin","password":"pass"}`

// hall has a root namespace and a page's.
func hall(t *testing.T, cfg admin.Config) (*socketio.Server, *admin.UI) {
	t.Helper()
	srv := socketio.NewServer(socketio.Config{})
	srv.Of("/")
	if cfg.Authenticate == nil {
		cfg.Authenticate = admin.Password("admin", "pass")
	}
	ui, err := admin.Instrument(srv, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return srv, ui
}

// page logs in.
func page(t *testing.T, srv *socketio.Server) *peer {
	t.Helper()
	p := dial(t, srv, "192.0.2.9:1")
	p.send(login)
	return p
}

// client enters the root namespace.
func client(t *testing.T, srv *socketio.Server) *peer {
	t.Helper()
	p := dial(t, srv, "192.0.2.1:5")
	p.send("0")
	p.received()
	return p
}

func only(t *testing.T, ns *socketio.Namespace) *socketio.Socket {
	t.Helper()
	for s := range ns.Sockets() {
		return s
	}
	t.Fatalf("nobody is in %s", ns.Name())
	return nil
}
