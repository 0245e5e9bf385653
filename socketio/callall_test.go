package socketio_test

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

var calledID = regexp.MustCompile(`^[25](?:\d+-)?(?:/[^,]*,)?(\d+)\[`)

// answer takes the one call that waits for the client and answers it with data.
func (p *peer) answer(data string) {
	p.t.Helper()
	got := p.packets()
	if len(got) == 0 {
		p.t.Fatal("nobody has asked the client")
	}
	id := calledID.FindSubmatch(got[0].Data)
	if id == nil {
		p.t.Fatalf("client got %s", show(got[0]))
	}
	p.send("3" + string(id[1]) + data)
}

// all calls everybody and notes what came of it.
func all[Out any](n *notes, b socketio.Broadcast, args ...any) {
	begin := time.Now()
	out, err := socketio.CallAll[Out](context.Background(), b, "ask", args...)
	slices.SortFunc(out, func(a, b Out) int { return bytes.Compare([]byte(jsonOf(a)), []byte(jsonOf(b))) })
	n.add("%s, %v, after %v", jsonOf(out), err, time.Since(begin).Truncate(time.Second))
}

func (h *hall) pendingAcks() (n int) {
	for i, s := range h.sockets {
		n += s.PendingAcks() + h.clients[i].load().Awaiting
	}
	return n
}

func TestCallAll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{})
		var n notes
		go all[int](&n, h.ns.Except())
		settle()
		for i, c := range h.clients {
			n.expect(t)
			c.answer([]string{"[3]", "[1]", "[]", "[2,7]"}[i])
			settle()
		}
		n.expect(t, "[0,1,2,3], <nil>, after 0s")

		go all[string](&n, h.ns.To("x"))
		settle()
		h.clients[0].answer(`["a"]`)
		h.clients[1].answer(`["b"]`)
		settle()
		n.expect(t, `["a","b"], <nil>, after 0s`)

		go all[string](&n, h.ns.To("nobody"))
		settle()
		n.expect(t, "[], <nil>, after 0s")
		if got := h.pendingAcks(); got != 0 {
			t.Errorf("%d acks are awaited", got)
		}
		for _, c := range h.clients {
			c.expect()
		}
		h.leave()
	})
}

func TestCallAllIsEncodedOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{})
		times := 0
		ctx, cancel := context.WithCancel(context.Background())
		go socketio.CallAll[int](ctx, h.ns.Compress(false), "ask", counted{&times}, []byte{1})
		settle()
		var first []session.Packet
		for i, c := range h.clients {
			got := c.packets()
			if i == 0 {
				first = got
			}
			if len(got) != 2 || got[0].Compress || got[0].Prepared == nil || got[0].Prepared != first[0].Prepared {
				t.Errorf("client %d: %+v", i, got)
			}
		}
		if times != 1 {
			t.Errorf("encoded %d times", times)
		}
		cancel()
		h.leave()
	})
}

// Who has not answered when time is up is missing; the answers of the others
// count, and nothing is awaited any more.
func TestCallAllRunsOutOfTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{AckTimeout: 3 * time.Second})
		var n notes
		go all[int](&n, h.ns.Except())
		settle()
		late := h.clients[3].packets()[0].Data
		h.clients[0].answer("[1]")
		h.clients[2].answer("[2]")
		settle()
		time.Sleep(4 * time.Second)
		settle()
		n.expect(t, "[1,2], socketio: no answer from 2 clients: context deadline exceeded, after 3s")
		if got := h.pendingAcks(); got != 0 {
			t.Errorf("%d acks are awaited", got)
		}
		h.clients[3].send("3" + string(calledID.FindSubmatch(late)[1]) + "[9]")
		h.clients[1].packets()

		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := socketio.CallAll[int](ctx, h.ns.To("x"), "ask")
		missing, ok := errors.AsType[*socketio.MissingError](err)
		if !ok || missing.Clients != 2 || missing.Servers != 0 || len(missing.Answers) != 0 {
			t.Errorf("error %+v", err)
		}
		wantErr(t, err, context.DeadlineExceeded)
		h.leave()
	})
}

// Nobody waits for a client that has gone or cannot be reached.
func TestCallAllWithClientsThatGo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{MaxAcks: 1})
		var n notes
		ctx, cancel := context.WithCancel(context.Background())
		go socketio.Call[int](ctx, h.sockets[3], "owes")
		settle()
		go all[int](&n, h.ns.Except())
		settle()
		h.clients[0].answer("[1]")
		h.clients[1].send("1")
		settle()
		n.expect(t)
		h.clients[2].conn.Kill(&session.CloseError{Code: session.TransportLost, Remote: true})
		settle()
		n.expect(t, "[1], socketio: no answer from 3 clients: socketio: too many acks pending, after 0s")
		cancel()
		settle()
		if got := h.pendingAcks(); got != 0 {
			t.Errorf("%d acks are awaited", got)
		}
		h.leave()
	})
}

func TestCallAllWithAnswersThatDoNotFit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{})
		var n notes
		go all[int](&n, h.ns.To("x"))
		settle()
		h.clients[0].answer(`["text"]`)
		h.clients[1].answer(`[5]`)
		settle()
		n.expect(t, "[5], socketio: no answer from 1 client: socketio: argument 1: json: cannot unmarshal string into Go value of type int, after 0s")
		h.leave()
	})
}

func TestCallAllErrors(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{MaxAttachments: 1})
		for _, tt := range []struct {
			event string
			arg   any
			want  error
		}{
			{"connect", 1, socketio.ErrReservedName},
			{"e", []socketio.Binary{{1}, {2}}, socketio.ErrTooManyAttachments},
		} {
			_, err := socketio.CallAll[int](context.Background(), h.ns.Except(), tt.event, tt.arg)
			wantErr(t, err, tt.want)
		}
		if _, err := socketio.CallAll[int](context.Background(), h.ns.Except(), "e", func() {}); err == nil {
			t.Error("a function was encoded")
		}
		for _, c := range h.clients {
			c.expect()
		}
		h.leave()
	})
}

// A handler may ask everybody, its own client included.
func TestCallAllFromAHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHall(t, socketio.Config{})
		var n notes
		socketio.On(h.ns, "poll", func(_ context.Context, s *socketio.Socket, _ struct{}) error {
			all[string](&n, s.Namespace().To("x"))
			return nil
		})
		h.clients[0].send(`2["poll"]`)
		settle()
		h.clients[0].answer(`["me"]`)
		h.clients[1].answer(`["b"]`)
		settle()
		n.expect(t, `["b","me"], <nil>, after 0s`)
		h.leave()
	})
}

func TestCallAllReachesOtherServers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPair(t)
		var n notes
		go all[string](&n, p.ns[0].Except())
		settle()
		for i, c := range p.clients {
			n.expect(t)
			c.answer([]string{`["a"]`, `["b"]`, `["c"]`, `["d"]`}[i])
			settle()
		}
		n.expect(t, `["a","b","c","d"], <nil>, after 0s`)

		go all[string](&n, p.ns[0].To("x").Local())
		settle()
		p.clients[0].answer(`["a"]`)
		settle()
		n.expect(t, `["a"], <nil>, after 0s`)

		go all[string](&n, p.ns[0].To("x"))
		settle()
		p.clients[0].answer(`["a"]`)
		time.Sleep(11 * time.Second)
		n.expect(t, `["a"], socketio: no answer from 1 client: context deadline exceeded, after 10s`)
		p.clients[2].packets()

		p.c.mu.Lock()
		p.c.silent = true
		p.c.mu.Unlock()
		go all[string](&n, p.ns[0].To("x"))
		settle()
		p.clients[0].answer(`["a"]`)
		time.Sleep(11 * time.Second)
		n.expect(t, `["a"], socketio: no answer from 1 server: context deadline exceeded, after 10s`)
		settle()
		for i, s := range p.sockets {
			if got := s.PendingAcks() + p.clients[i].load().Awaiting; got != 0 {
				t.Errorf("client %d: %d acks are awaited", i, got)
			}
		}
		p.leave()
	})
}
