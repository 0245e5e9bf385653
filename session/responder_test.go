package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

// respond is a Responder that tests make of a function.
type respond func(session.Session, session.Message) error

func (f respond) Respond(s session.Session, m session.Message) error { return f(s, m) }
func (f respond) ServeSession(s session.Session)                     { session.ResponderFunc(f).ServeSession(s) }

var echo respond = func(s session.Session, m session.Message) error { return s.Send(s.Context(), m) }

// attendant notes what it is told.
type attendant struct {
	respond
	opened func(session.Session) // nil: nothing
	over   func(error)           // nil: nothing

	mu     sync.Mutex // guards below
	seen   []string
	served session.Session
}

func (a *attendant) note(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen = append(a.seen, fmt.Sprintf(format, args...))
}

func (a *attendant) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.Join(a.seen, ", ")
}

func (a *attendant) Opened(s session.Session) {
	a.note("opened")
	a.served = s
	if a.opened != nil {
		a.opened(s)
	}
}

func (a *attendant) Respond(s session.Session, m session.Message) error {
	a.note("%s", m.Data)
	if s != a.served {
		a.note("of another session")
	}
	return a.respond(s, m)
}

func (a *attendant) Over(s session.Session, cause error) {
	var ce *session.CloseError
	errors.As(cause, &ce)
	a.note("over %d", ce.Code)
	if s != a.served {
		a.note("of another session")
	}
	if a.over != nil {
		a.over(cause)
	}
}

// responding returns a session that h serves. It is over at the test's end.
func responding(t *testing.T, cfg *session.Config, h session.Handler) *session.Conn {
	t.Helper()
	c := session.NewConn(context.Background(), session.NewID(), cfg, session.Peer{})
	c.Serve(h)
	t.Cleanup(func() { c.Kill(&session.CloseError{Code: session.Normal}) })
	return c
}

// lend delivers a message as a transport does, whose buffer has other bytes
// when the call has returned.
func lend(c *session.Conn, kind session.Kind, data string) error {
	lent := []byte(data)
	err := c.Deliver(session.Packet{Type: session.PacketMessage, Kind: kind, Data: lent})
	for i := range lent {
		lent[i] = 0xDB
	}
	return err
}

// TestRespondMayKeepNothingButSendAll: the client gets what was lent, whatever
// its size, also when buffers are used again.
func TestRespondMayKeepNothingButSendAll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := responding(t, &session.Config{}, echo)
		l := attach(t, c, stream)
		for round := range 3 {
			var want []session.Packet
			for i, size := range []int{0, 1, 255, 256, 257, 511, 512, 513, 4096, 65535, 65536, 65537, 100_000} {
				data := strings.Repeat(string(rune('a'+(round+i)%26)), size)
				if err := lend(c, session.Kind(i%3), data); err != nil {
					t.Fatal(err)
				}
				want = append(want, session.Packet{Kind: session.Kind(i % 3), Data: []byte(data)})
			}
			for len(want) > 0 {
				b, err := l.TryNext(maxBatch)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range b.Packets {
					if p.Kind != want[0].Kind || !bytes.Equal(p.Data, want[0].Data) {
						t.Fatalf("sent %d bytes %.10q of kind %v, want %d bytes %.10q of kind %v", len(p.Data), p.Data, p.Kind, len(want[0].Data), want[0].Data, want[0].Kind)
					}
					want = want[1:]
				}
				b.Commit()
			}
		}
	})
}

// TestBuffersAreNotUsedWhileTheyAreNeeded: a batch that was rolled back, or that
// its borrower still reads, keeps its bytes.
func TestBuffersAreNotUsedWhileTheyAreNeeded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := responding(t, &session.Config{DetachGrace: time.Minute}, echo)
		first, other := strings.Repeat("a", 4096), strings.Repeat("b", 4096)
		lend(c, session.Text, first)
		l := attach(t, c, oldPoll)
		borrow(t, l, first).Rollback()
		lend(c, session.Text, other)
		l.Release()

		l = attach(t, c, stream)
		b := borrow(t, l, first+" "+other)
		l.Lost(nil) // the reader has seen the end, the writer is at work
		for range 4 {
			lend(c, session.Text, strings.Repeat("c", 4096))
		}
		if got := text(b.Packets); got != first+" "+other {
			t.Errorf("what was lent has become %.20q", got)
		}
		b.Commit()
		next := strings.Repeat("c", 4096)
		expect(t, attach(t, c, stream), strings.Join([]string{next, next, next, next}, " "))
	})
}

func TestRespondInOrderAndOneAtATime(t *testing.T) {
	var inside, calls int
	h := respond(func(s session.Session, m session.Message) error {
		if inside++; inside > 1 { // a race, too
			t.Error("Respond was called while it ran")
		}
		calls++
		err := s.Send(s.Context(), m)
		inside--
		return err
	})
	c := responding(t, &session.Config{OutboxMessages: 10_000}, h)
	l := attach(t, c, stream)
	const senders, each = 4, 100
	var group sync.WaitGroup
	for i := range senders {
		group.Go(func() {
			for n := range each {
				if err := lend(c, session.Text, fmt.Sprintf("%d %d", i, n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if calls != senders*each {
		t.Errorf("%d calls, want %d", calls, senders*each)
	}
	next := make([]int, senders)
	for range senders * each {
		b, err := l.TryNext(1)
		if err != nil {
			t.Fatal(err)
		}
		var i, n int
		fmt.Sscan(string(b.Packets[0].Data), &i, &n)
		if n != next[i] {
			t.Fatalf("message %d of %d came, want %d", n, i, next[i])
		}
		next[i]++
		b.Commit()
	}
}

func TestRespondThatFails(t *testing.T) {
	refusal := &session.CloseError{Code: 4001, Reason: "no"}
	for name, tt := range map[string]struct {
		fail   func() error
		code   session.Code
		reason string
		before string // what was sent before is
		log    string
	}{
		"with a code":   {func() error { return refusal }, 4001, "no", "said ", ""},
		"wrapped":       {func() error { return fmt.Errorf("why: %w", refusal) }, 4001, "no", "said ", ""},
		"without one":   {func() error { return io.ErrUnexpectedEOF }, session.InternalError, "handler failed", "said ", ""},
		"with a panic":  {func() error { panic("on purpose") }, session.InternalError, "handler failed", "", "on purpose"},
		"with an error": {func() error { panic(io.ErrUnexpectedEOF) }, session.InternalError, "handler failed", "", io.ErrUnexpectedEOF.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var log bytes.Buffer
				a := &attendant{respond: func(s session.Session, m session.Message) error {
					s.Send(s.Context(), session.Message{Data: []byte("said")})
					return tt.fail()
				}}
				c := responding(t, &session.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, a)
				l := attach(t, c, stream)
				lend(c, session.Text, "first")
				if err := lend(c, session.Text, "second"); !errors.Is(err, session.ErrClosed) {
					t.Errorf("delivered after the failure: %v", err)
				}
				expect(t, l, fmt.Sprintf("%sclose:%d", tt.before, tt.code))
				expectCause(t, c, tt.code, false)
				if ce := c.Cause().(*session.CloseError); ce.Reason != tt.reason {
					t.Errorf("the reason is %q, want %q", ce.Reason, tt.reason)
				}
				if got, want := a.String(), fmt.Sprintf("opened, first, over %d", tt.code); got != want {
					t.Errorf("seen: %s, want %s", got, want)
				}
				if logged := log.String(); (tt.log == "") != (logged == "") || !strings.Contains(logged, tt.log) {
					t.Errorf("logged %q", logged)
				}
			})
		})
	}
}

// TestRespondThatWaitsForRoom: what it sends goes out meanwhile, though the
// reader holds the lease; the client is not held to be silent; and the end of
// the session ends the wait.
func TestRespondThatWaitsForRoom(t *testing.T) {
	cfg := func() *session.Config {
		cfg := pinging()
		cfg.OutboxMessages = 1
		return cfg
	}
	twice := respond(func(s session.Session, m session.Message) error {
		s.Send(s.Context(), m)
		return s.Send(s.Context(), m)
	})
	t.Run("goes on", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			c := responding(t, cfg(), twice)
			b := &bell{c: c}
			l, _ := c.Attach(stream, b.ring)
			expectErr(t, l, session.ErrIdle)
			l.Hold()
			done := sending(func() error { return lend(c, session.Text, "a") })
			b.expect(t, 1)
			wait(20 * time.Second)
			expectPending(t, done)
			expectArm(t, borrow(t, l, "a"), true)
			if err := finished(t, done); err != nil {
				t.Error(err)
			}
			b.expect(t, 2) // it was still waiting when it sent
			expectFlush(t, l, false)
			expect(t, l, "a")
			wait(45*time.Second - 1)
			expectState(t, c, session.Open)
			wait(1)
			expectCause(t, c, session.PingTimeout, true)
		})
	})
	t.Run("till the end", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			c := responding(t, cfg(), twice)
			attach(t, c, stream)
			done := sending(func() error { return lend(c, session.Text, "a") })
			wait(45*time.Second + session.MaxStall - 1)
			expectPending(t, done)
			wait(1)
			finished(t, done)
			expectCause(t, c, session.Stalled, false)
		})
	})
	t.Run("till its context is done", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, io.ErrNoProgress)
			defer cancel()
			var got [2]error
			c := responding(t, cfg(), respond(func(s session.Session, m session.Message) error {
				s.Send(s.Context(), m)
				got[0] = s.Send(ctx, m)
				got[1] = s.Send(ctx, m)
				return nil
			}))
			l := attach(t, c, stream)
			lend(c, session.Text, "a")
			if got != [2]error{io.ErrNoProgress, io.ErrNoProgress} {
				t.Errorf("Send said %v", got)
			}
			expect(t, l, "a")
			expectErr(t, l, session.ErrIdle)
		})
	})
}

// TestAnotherGoroutineThatWaitsForRoom gives a silent client no time: its reader
// waits for nothing.
func TestAnotherGoroutineThatWaitsForRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := pinging()
		cfg.OutboxMessages = 1
		a := &attendant{respond: echo}
		c := responding(t, cfg, a)
		attach(t, c, stream)
		lend(c, session.Text, "a") // Respond has sent it and is not under way any more
		done := sending(func() error { return a.served.Send(t.Context(), session.Message{Data: []byte("b")}) })
		wait(45*time.Second - 1)
		expectPending(t, done)
		wait(1)
		expectCause(t, c, session.PingTimeout, true)
		if err := finished(t, done); !errors.Is(err, session.ErrClosed) {
			t.Errorf("Send: %v", err)
		}
	})
}

func TestAResponderHasNoInboxAndNoGoroutine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var err error
		c := responding(t, &session.Config{}, respond(func(s session.Session, m session.Message) error {
			_, err = s.Receive(s.Context())
			return nil
		}))
		attach(t, c, stream)
		lend(c, session.Text, "a")
		if err == nil {
			t.Error("Receive had something")
		}
		c.Close(session.Normal, "") // and the bubble finds no goroutine
	})
}

// TestAttendantSeesEverySessionBeginAndEnd once.
func TestAttendantSeesEverySessionBeginAndEnd(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(t *testing.T, c *session.Conn)
		want string
	}{
		"after a message": {func(t *testing.T, c *session.Conn) {
			attach(t, c, stream)
			lend(c, session.Text, "hello")
			deliver(t, c, session.Packet{Type: session.PacketClose, Code: 4000})
		}, "opened, hello, over 4000"},
		"before the first message": {func(t *testing.T, c *session.Conn) { attach(t, c, stream).Lost(nil) }, "opened, over 3004"},
		"without a carrier":        {func(t *testing.T, c *session.Conn) { wait(time.Hour) }, "opened, over 3003"},
		"killed":                   {func(t *testing.T, c *session.Conn) { c.Kill(&session.CloseError{Code: session.Forced}) }, "opened, over 3500"},
		"closed, then killed, with messages between": {func(t *testing.T, c *session.Conn) {
			attach(t, c, stream)
			c.Close(4000, "")
			lend(c, session.Text, "late")
			c.Kill(&session.CloseError{Code: session.Forced})
		}, "opened, over 4000"},
		"at a fault": {func(t *testing.T, c *session.Conn) {
			l := attach(t, c, stream)
			lend(c, session.Text, "before")
			c.Fault(&session.CloseError{Code: session.InvalidPayload, Remote: true})
			lend(c, session.Text, "after")
			expect(t, l, "before close:1007") // the answer stands
		}, "opened, before, over 1007"},
		"at two faults": {func(t *testing.T, c *session.Conn) {
			attach(t, c, stream)
			c.Fault(&session.CloseError{Code: session.InvalidPayload, Remote: true})
			c.Fault(&session.CloseError{Code: session.ProtocolError, Remote: true})
		}, "opened, over 1007"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				a := &attendant{respond: echo}
				c := responding(t, &session.Config{}, a)
				tt.end(t, c)
				c.Kill(&session.CloseError{Code: session.Normal})
				if got := a.String(); got != tt.want {
					t.Errorf("seen: %s, want %s", got, tt.want)
				}
			})
		})
	}
}

func TestAttendantOfASessionThatIsOverAlready(t *testing.T) {
	for name, end := range map[string]func(*session.Conn){
		"closing": func(c *session.Conn) { c.Close(4000, "") },
		"over":    func(c *session.Conn) { c.Kill(&session.CloseError{Code: 4000}) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c := session.NewConn(context.Background(), "id", &session.Config{}, session.Peer{})
				defer c.Kill(&session.CloseError{})
				end(c)
				a := &attendant{respond: echo}
				c.Serve(a)
				if got := a.String(); got != "opened, over 4000" {
					t.Errorf("seen: %s", got)
				}
			})
		})
	}
}

func TestOpened(t *testing.T) {
	t.Run("sends what the client gets first", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			a := &attendant{respond: echo, opened: func(s session.Session) {
				s.Send(s.Context(), session.Message{Data: []byte("welcome")})
			}}
			expect(t, attach(t, responding(t, &session.Config{}, a), stream), "welcome")
		})
	})
	t.Run("closes", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			a := &attendant{respond: echo, opened: func(s session.Session) { s.Close(4000, "full") }}
			c := responding(t, &session.Config{}, a)
			expect(t, attach(t, c, stream), "close:4000")
			if got := a.String(); got != "opened, over 4000" {
				t.Errorf("seen: %s", got)
			}
		})
	})
	t.Run("panics", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			var log bytes.Buffer
			a := &attendant{respond: echo, opened: func(session.Session) { panic("on purpose") }}
			c := responding(t, &session.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, a)
			expectCause(t, c, session.InternalError, false)
			if got := a.String(); got != "opened, over 1011" || !strings.Contains(log.String(), "on purpose") {
				t.Errorf("seen: %s, logged: %s", got, log.String())
			}
		})
	})
}

// TestOverThatPanics: it may run on any goroutine, which must not end for it,
// and the session's end goes on.
func TestOverThatPanics(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log bytes.Buffer
		m := session.NewManager()
		c, err := m.Open(&session.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, session.Peer{})
		if err != nil {
			t.Fatal(err)
		}
		c.Serve(&attendant{respond: echo, over: func(error) { panic("on purpose") }})
		wait(time.Hour) // the timer's goroutine
		expectCause(t, c, session.HandshakeTimeout, true)
		if m.Len() != 0 || !strings.Contains(log.String(), "on purpose") {
			t.Errorf("%d sessions are left; logged: %s", m.Len(), log.String())
		}
	})
}

func TestShutdownEndsResponders(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := session.NewManager()
		a := &attendant{respond: echo}
		c, err := m.Open(&session.Config{}, session.Peer{})
		if err != nil {
			t.Fatal(err)
		}
		c.Serve(a)
		l := attach(t, c, stream)
		lend(c, session.Text, "last")
		done := sending(func() error { return m.Shutdown(t.Context()) })
		expectPending(t, done)
		expect(t, l, "last close:1001")
		if err := finished(t, done); err != nil {
			t.Error(err)
		}
		if got := a.String(); got != "opened, last, over 1001" {
			t.Errorf("seen: %s", got)
		}
	})
}

// script is a Session of another kind, which receives what it is given and
// then its end.
type script struct {
	in     []string
	end    error
	sent   []string
	closed string
}

func (*script) ID() string               { return "script" }
func (*script) Peer() session.Peer       { return session.Peer{} }
func (*script) Context() context.Context { return context.Background() }

func (s *script) Receive(context.Context) (session.Message, error) {
	if len(s.in) == 0 {
		return session.Message{}, s.end
	}
	m := session.Message{Data: []byte(s.in[0])}
	s.in = s.in[1:]
	return m, nil
}

func (s *script) Send(_ context.Context, m session.Message) error {
	s.sent = append(s.sent, string(m.Data))
	return nil
}

func (s *script) Close(code session.Code, reason string) error {
	s.closed += fmt.Sprintf("%d %s", code, reason)
	return nil
}

func TestResponderFuncServesSessionsOfOtherKinds(t *testing.T) {
	for name, tt := range map[string]struct {
		fails  error
		sent   string
		closed string
	}{
		"till the end":       {nil, "a b", ""},
		"till an error":      {io.ErrUnexpectedEOF, "a", "1011 handler failed"},
		"till it has a code": {&session.CloseError{Code: 4001, Reason: "no"}, "a", "4001 no"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{in: []string{"a", "b"}, end: io.EOF}
			session.ResponderFunc(func(s session.Session, m session.Message) error {
				s.Send(s.Context(), m)
				return tt.fails
			}).ServeSession(s)
			if got := strings.Join(s.sent, " "); got != tt.sent || s.closed != tt.closed {
				t.Errorf("sent %q, closed with %q, want %q and %q", got, s.closed, tt.sent, tt.closed)
			}
		})
	}
}

// TestOverMeetsARespondUnderWay: the session ends while Respond runs.
func TestOverMeetsARespondUnderWay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		gate := make(chan struct{})
		a := &attendant{respond: func(s session.Session, m session.Message) error {
			<-gate
			return s.Send(s.Context(), m)
		}}
		c := responding(t, &session.Config{}, a)
		attach(t, c, stream)
		go lend(c, session.Text, "slow")
		synctest.Wait()
		c.Kill(&session.CloseError{Code: 4000})
		close(gate)
		synctest.Wait()
		if got := a.String(); got != "opened, slow, over 4000" {
			t.Errorf("seen: %s", got)
		}
	})
}
