package session_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/everwire/everwire/session"
)

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
