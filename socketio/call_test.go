package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// ask calls the client and notes what came of it.
func ask[Out any](n *notes, ctx context.Context, s *socketio.Socket, event string, args ...any) {
	out, err := socketio.Call[Out](ctx, s, event, args...)
	if err != nil {
		n.add("%v", err)
		return
	}
	n.add("%s", jsonOf(out))
}

func TestCall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/a")
		p := dial(t, srv, nil)
		p.send(`0/a,`)
		p.packets()
		s := only(t, ns)
		ctx := context.Background()
		var n notes
		for i, tt := range []struct {
			call func()
			ack  string
			blob []byte
			want string
		}{
			{func() { ask[int](&n, ctx, s, "ask", "x", 1) }, `3/a,%d[42]`, nil, `42`},
			{func() { ask[point](&n, ctx, s, "ask") }, `3/a,%d[{"X":1},2]`, nil, `{"X":1,"Y":0}`},
			{func() { ask[int](&n, ctx, s, "ask") }, `3/a,%d[]`, nil, `0`},
			{func() { ask[struct{}](&n, ctx, s, "ask") }, `3/a,%d[1]`, nil, `{}`},
			{func() { ask[[]byte](&n, ctx, s, "ask") }, `61-/a,%d[` + hole0 + `]`, []byte{1}, `"AQ=="`},
			{func() { ask[int](&n, ctx, s, "ask") }, `3/a,%d["x"]`, nil,
				"socketio: argument 1: json: cannot unmarshal string into Go value of type int"},
		} {
			go tt.call()
			settle()
			if got := p.packets(); len(got) != 1 || got[0].Data[0] != '2' {
				t.Fatalf("call %d: %v", i, got)
			}
			if l := p.load(); l.Awaiting != 1 {
				t.Errorf("%d calls wait, want 1", l.Awaiting)
			}
			p.send(fmt.Sprintf(tt.ack, i))
			if tt.blob != nil {
				p.sendBinary(tt.blob...)
			}
			settle()
			n.expect(t, tt.want)
		}
		if s.PendingAcks() != 0 || p.load().Awaiting != 0 {
			t.Error("calls are still awaited")
		}
		go ask[socketio.Args](&n, ctx, s, "all", []byte{7})
		settle()
		p.expect(`51-/a,6["all",`+hole0+`]`, "<07>")
		p.send(`3/a,6[1,2]`)
		p.leave()
	})
}

// An ack that names no call, in whatever way, changes nothing for those that
// wait.
func TestStrayAcks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		p := enter(t, srv)
		var n notes
		go ask[int](&n, context.Background(), only(t, ns), "ask")
		settle()
		p.send(`3[7]`, `31[7]`, `39007199254740991[7]`, `3`)
		settle()
		n.expect(t)
		p.send(`30[1]`, `30[2]`)
		settle()
		n.expect(t, "1")
		if p.conn.State() != session.Open {
			t.Error("the connection was closed")
		}
		p.leave()
	})
}

func TestCallEndsWithoutAnAck(t *testing.T) {
	const never = time.Duration(0)
	for _, tt := range []struct {
		name  string
		call  time.Duration // deadline; never: none
		end   func(*peer, *socketio.Socket)
		after time.Duration
		want  error
	}{
		{"default timeout", never, nil, 10 * time.Second, context.DeadlineExceeded},
		{"deadline of the context", time.Minute, nil, time.Minute, context.DeadlineExceeded},
		{"client leaves", never, func(p *peer, _ *socketio.Socket) { p.send(`1`) }, 0, socketio.ErrDisconnected},
		{"server leaves", never, func(_ *peer, s *socketio.Socket) { s.Disconnect(false) }, 0, socketio.ErrDisconnected},
		{"connection ends", never, func(p *peer, _ *socketio.Socket) {
			p.conn.Kill(&session.CloseError{Code: session.PingTimeout, Remote: true})
		}, 0, socketio.ErrDisconnected},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				p := enter(t, srv)
				s := only(t, srv.Of("/"))
				// The socket's own context, which handlers have, ends with it.
				ctx, cancel := context.WithCancel(s.Context())
				if tt.call != never {
					ctx, cancel = context.WithTimeout(s.Context(), tt.call)
				}
				defer cancel()
				begin := time.Now()
				if tt.end != nil {
					go func() { time.Sleep(time.Second); tt.end(p, s) }()
					tt.after = time.Second
				}
				_, err := socketio.Call[int](ctx, s, "ask")
				wantErr(t, err, tt.want)
				if d := time.Since(begin); d != tt.after {
					t.Errorf("after %v, want %v", d, tt.after)
				}
				p.send(`30[1]`) // too late
				if s.PendingAcks() != 0 {
					t.Error("the ack is still awaited")
				}
				_, err = socketio.Call[int](ctx, s, "ask")
				if tt.end != nil {
					wantErr(t, err, socketio.ErrDisconnected)
				}
				p.leave()
			})
		})
	}
}

func TestMaxAcks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{MaxAcks: 2})
		ns := srv.Of("/")
		p := enter(t, srv)
		var n notes
		s := only(t, ns)
		for range 2 {
			go ask[int](&n, context.Background(), s, "ask")
		}
		settle()
		_, err := socketio.Call[int](context.Background(), s, "ask")
		wantErr(t, err, socketio.ErrTooManyAcks)
		p.send(`31[5]`)
		settle()
		n.expect(t, "5")
		go ask[int](&n, context.Background(), s, "ask")
		settle()
		p.send(`32[6]`)
		settle()
		n.expect(t, "6")
		p.leave()
	})
}

// A handler may wait for its own client: the ack goes past the mailbox.
func TestCallFromAHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		socketio.On(ns, "go", func(ctx context.Context, s *socketio.Socket, _ struct{}) error {
			ask[string](&n, ctx, s, "who")
			return nil
		})
		ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error { ask[string](&n, ctx, s, "hello"); return nil })
		p := dial(t, srv, nil)
		p.send(`0`)
		settle()
		p.send(`30["hi"]`, `2["go"]`, `2["other"]`)
		settle()
		p.send(`31["me"]`)
		settle()
		n.expect(t, `"hi"`, `"me"`)
		p.leave()
	})
}

func TestCallThatCannotBeSent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		p := enter(t, srv)
		s := only(t, srv.Of("/"))
		if _, err := socketio.Call[int](context.Background(), s, "ask", func() {}); err == nil {
			t.Error("no error")
		}
		p.expect()
		if s.PendingAcks() != 0 || p.load().Awaiting != 0 {
			t.Error("the ack is awaited")
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := socketio.Call[int](ctx, s, "ask")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		p.expect() // nobody would have taken the answer
		p.leave()
	})
}
