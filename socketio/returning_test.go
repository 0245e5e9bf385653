package socketio_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// returning is a client that comes back: it does what those of the reference do
// from 4.6 on.
type returning struct {
	t       testing.TB
	srv     *socketio.Server
	ns      string // "/" or "/name"
	carrier *session.Carrier
	user    session.Peer // who it is signed in as
	peer    *peer        // nil while it is away

	id, private string
	offset      *string
	recovered   bool
	connected   bool
	refused     string
	got         []string // events, without their offset
	pending     []any    // event whose attachments are still to come
	missing     int
	attached    []string
}

func newReturning(t testing.TB, srv *socketio.Server, ns string, c *session.Carrier) *returning {
	srv.Of(ns)
	return &returning{t: t, srv: srv, ns: ns, carrier: c}
}

// come opens a connection and asks to enter, with what is known of an earlier
// stay.
func (r *returning) come() {
	r.t.Helper()
	r.peer = dialAs(r.t, r.srv, nil, r.carrier, r.user)
	auth := map[string]any{"token": "x"}
	if r.private != "" {
		auth["pid"] = r.private
		if r.offset != nil {
			auth["offset"] = *r.offset
		}
	}
	r.connected = false
	if err := r.peer.send("0" + r.prefix() + jsonOf(auth)); err != nil {
		r.t.Errorf("CONNECT: %v", err)
	}
}

// enter is come, and waits until the server has let it in.
func (r *returning) enter() *socketio.Socket {
	r.t.Helper()
	r.come()
	settle()
	r.read(-1)
	if !r.connected {
		r.t.Fatalf("not let in: %s", r.refused)
	}
	for _, ns := range r.srv.Namespaces() { // Of would keep it
		if ns.Name() == r.ns {
			return ns.Socket(r.id)
		}
	}
	return nil
}

func (r *returning) prefix() string {
	if r.ns == "/" {
		return ""
	}
	return r.ns + ","
}

// cut loses the connection, with all that the client has not read.
func (r *returning) cut() {
	if r.peer != nil {
		r.peer.conn.Kill(&session.CloseError{Code: session.TransportLost, Remote: true, Err: errors.New("cut")})
		r.peer = nil
		r.missing, r.pending, r.attached = 0, nil, nil
	}
}

// read takes up to n packets, or all if n is negative. One carrier takes a batch
// whole or, if it is cut, a part of it.
func (r *returning) read(n int) {
	for n != 0 && r.peer != nil {
		b, err := r.peer.lease.TryNext(1)
		if err != nil {
			return
		}
		for _, q := range b.Packets {
			r.take(q)
			n--
		}
		b.Commit()
	}
}

// readAndCut takes n packets of one batch and is cut before the rest arrives.
func (r *returning) readAndCut(n int) {
	if r.peer == nil {
		return
	}
	if b, err := r.peer.lease.TryNext(1 << 16); err == nil {
		for _, q := range b.Packets[:min(n, len(b.Packets))] {
			r.take(q)
		}
		b.Commit()
	}
	r.cut()
}

func (r *returning) take(q session.Packet) {
	text := string(q.Data)
	switch {
	case q.Type != session.PacketMessage:
	case q.Kind == session.Binary:
		r.attached = append(r.attached, text)
		if r.missing--; r.missing == 0 {
			r.event(r.pending)
		}
	case strings.HasPrefix(text, "0"):
		var in struct{ SID, PID string }
		if err := json.Unmarshal([]byte(text[1+len(r.prefix()):]), &in); err != nil {
			r.t.Errorf("%s: %v", text, err)
		}
		r.recovered = in.PID != "" && in.PID == r.private
		if r.recovered != (in.SID == r.id) {
			r.t.Errorf("id %s to %s, private id %s to %s", r.id, in.SID, r.private, in.PID)
		}
		r.id, r.private, r.connected = in.SID, in.PID, true
		if !r.recovered {
			r.offset = nil
		}
	case strings.HasPrefix(text, "4"):
		r.refused = text
	case strings.HasPrefix(text, "2"), strings.HasPrefix(text, "5"):
		r.missing = 0
		rest := text[1:]
		if text[0] == '5' {
			fmt.Sscanf(rest, "%d-", &r.missing)
			_, rest, _ = strings.Cut(rest, "-")
		}
		rest = strings.TrimPrefix(rest, r.prefix())
		withAck := rest[0] != '['
		rest = rest[strings.Index(rest, "["):]
		var args []any
		if err := json.Unmarshal([]byte(rest), &args); err != nil {
			r.t.Errorf("%s: %v", text, err)
		}
		if withAck {
			args = append(args, 0) // the ack function, which is no string
		}
		r.attached = nil
		if r.pending = args; r.missing == 0 {
			r.event(args)
		}
	}
}

func (r *returning) event(args []any) {
	if !r.connected {
		r.t.Errorf("event %v before CONNECT", args)
	}
	if s, ok := args[len(args)-1].(string); ok && r.private != "" {
		// The offsets that a client gets only grow, or one would not mean that
		// it has all up to there.
		was, now := number(r.offset), number(&s)
		if now < was {
			r.t.Errorf("offset %d after %d", now, was)
		}
		r.offset = &s
		args = args[:len(args)-1]
	}
	text := jsonOf(args)
	if len(r.attached) > 0 {
		text += fmt.Sprintf("%x", r.attached)
	}
	r.got = append(r.got, text)
}

func number(offset *string) uint64 {
	if offset == nil {
		return 0
	}
	n, err := strconv.ParseUint(*offset, 36, 64)
	if err != nil {
		return 0
	}
	return n
}

// expect checks the events since it was last asked.
func (r *returning) expect(want ...string) {
	r.t.Helper()
	if jsonOf(r.got) != jsonOf(want) && len(r.got)+len(want) > 0 {
		r.t.Errorf("client got %q, want %q", r.got, want)
	}
	r.got = nil
}
