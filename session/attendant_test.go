package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

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
