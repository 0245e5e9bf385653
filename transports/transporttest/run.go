package transporttest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/everwire/everwire/internal/leaktest"
	"github.com/everwire/everwire/session"
)

// Config says what is under test.
type Config struct {
	// Start starts a server whose sessions the clients of Dial open.
	Start func(testing.TB, Options) *Server
	// Dial opens a session.
	Dial func(testing.TB, *Server) Client
	// TextOverhead is how many bytes of the payload limit a text message does
	// not have for itself.
	TextOverhead int
	// TooBig checks what a client sees that has sent too much: the error of
	// its Send, and if that is nil the one of its next Receive.
	TooBig func(error) bool

	// What not every transport and dialect has:

	// TextOnly: there are no binary messages.
	TextOnly bool
	// Codes: a client that is closed learns the code and the reason.
	Codes bool
	// NoPings: the server cannot ask whether the client lives.
	NoPings bool
	// ClientPings: the client asks and not the server.
	ClientPings bool
	// EndIsClose: a client closes by closing its connection, so it cannot be
	// told from one that is cut off.
	EndIsClose bool
}

func always(Config) bool       { return true }
func hasPings(c Config) bool   { return !c.NoPings }
func isPinged(c Config) bool   { return !c.NoPings && !c.ClientPings }
func hasNoPings(c Config) bool { return c.NoPings }

// Run runs the suite.
func Run(t *testing.T, c Config) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Config)
		with func(Config) bool
	}{
		{"echo in order", echoInOrder, always},
		{"near the limit", nearTheLimit, always},
		{"over the limit", overTheLimit, always},
		{"server close drains", serverCloseDrains, always},
		{"client close", clientClose, always},
		{"abrupt loss", abruptLoss, always},
		{"handler that does not read", handlerDoesNotRead, always},
		{"client that does not read", clientDoesNotRead, always},
		{"handler panic", handlerPanic, always},
		{"pings", pingsAreAnswered, isPinged},
		{"ping timeout", pingTimeout, hasPings},
		{"silence is no end", silenceIsNoEnd, hasNoPings},
		{"many sessions", manySessions, always},
		{"shutdown drains", shutdownDrains, always},
		{"sends after the end fail", sendAfterEnd, always},
	} {
		if !test.with(c) {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			before := leaktest.Goroutines()
			t.Run("", func(t *testing.T) { test.run(t, c) })
			// The inner test's clients and servers are closed now.
			if leaked := leaktest.Since(before, patience); len(leaked) > 0 {
				t.Errorf("%d goroutines are left:\n%s", len(leaked), leaked[0])
			}
		})
	}
}

// within waits for a channel.
func within[T any](t testing.TB, what string, ch <-chan T) (v T) {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case v = <-ch:
	case <-timer.C:
		t.Fatalf("waited too long for %s", what)
	}
	return v
}

// async runs f on a goroutine of its own; the channel has its error.
func async(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

// cause returns why a session ended, once it has.
func cause(t testing.TB, s session.Session) *session.CloseError {
	t.Helper()
	within(t, "the session's end", s.Context().Done())
	ce, ok := errors.AsType[*session.CloseError](context.Cause(s.Context()))
	if !ok {
		t.Fatalf("the session's cause is %v", context.Cause(s.Context()))
	}
	return ce
}

// numbered is message i of a stream: its number and, up to the size, bytes
// that follow from it.
func (c Config) numbered(i, size int) session.Message {
	p := make([]byte, max(size, 8))
	binary.BigEndian.PutUint64(p, uint64(i))
	x := uint32(i) + 1 // xorshift: compression gains nothing
	for j := 8; j < len(p); j += 4 {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		copy(p[j:], []byte{byte(x), byte(x >> 8), byte(x >> 16), byte(x >> 24)})
	}
	if c.TextOnly {
		for j := range p {
			p[j] &= 0x7F // ASCII, whose bytes are all legal in text
		}
		return session.Message{Data: p}
	}
	return session.Message{Kind: session.Binary, Data: p}
}

func same(got, want session.Message) error {
	switch {
	case got.Kind != want.Kind:
		return fmt.Errorf("kind %v, want %v", got.Kind, want.Kind)
	case !bytes.Equal(got.Data, want.Data):
		return fmt.Errorf("%d bytes %.20q, want %d bytes %.20q", len(got.Data), got.Data, len(want.Data), want.Data)
	}
	return nil
}

// receiver has Receive, as clients and, with their context, sessions do.
type receiver func() (session.Message, error)

func receiverOf(s session.Session) receiver {
	return func() (session.Message, error) { return s.Receive(s.Context()) }
}

// expectStream receives messages from to below upTo of a stream.
func (c Config) expectStream(receive receiver, from, upTo, size int) error {
	for i := from; i < upTo; i++ {
		m, err := receive()
		if err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
		if err := same(m, c.numbered(i, size)); err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
	}
	return nil
}

// expectClosed checks how a client was told of its session's end.
func (c Config) expectClosed(err error, code session.Code, reason string) error {
	closed, ok := errors.AsType[*Closed](err)
	if !ok || c.Codes && (closed.Code != uint16(code) || closed.Reason != reason) {
		return fmt.Errorf("ended with %v, want %d %s", err, code, reason)
	}
	return nil
}

// echoes checks that a session of Echo answers n times.
func (c Config) echoes(client Client, n, size int) error {
	for i := range n {
		if err := client.Send(c.numbered(i, size)); err != nil {
			return err
		}
		if err := c.expectStream(client.Receive, i, i+1, size); err != nil {
			return err
		}
	}
	return nil
}
