package shell_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everwire/everwire/handlers/shell"
	"github.com/everwire/everwire/session"
)

// patience is how long a test waits for what should come soon.
const patience = time.Minute

const openMessage = `{"type":"open","mode":"stream","cols":80,"rows":24}`

// client is a session's fake and the client at its other end in one. Nothing
// is buffered: a message is sent when the other side takes it.
type client struct {
	t    *testing.T
	peer session.Peer

	ctx     context.Context
	over    context.CancelCauseFunc
	in, out chan session.Message
	left    chan struct{} // closed when the client has left
	served  chan struct{} // closed when ServeSession has returned

	once   sync.Once
	closed chan struct{} // closed by Close, after it wrote code
	code   session.Code

	// What came so far; see next.
	output  []byte
	control []string
	kinds   map[session.Kind]int
}

var _ session.Session = (*client)(nil)

// clientID is like the ids of Engine.IO sessions, which authorise.
const clientID = "0123456789abcdefghijklmnop"

// serve runs h for a new client of peer.
func serve(t *testing.T, h session.Handler, peer session.Peer) *client {
	t.Helper()
	c := &client{
		t:      t,
		peer:   peer,
		in:     make(chan session.Message),
		out:    make(chan session.Message),
		left:   make(chan struct{}),
		served: make(chan struct{}),
		closed: make(chan struct{}),
		kinds:  make(map[session.Kind]int),
	}
	c.ctx, c.over = context.WithCancelCause(context.Background())
	go func() {
		defer close(c.served)
		h.ServeSession(c)
	}()
	t.Cleanup(func() {
		c.over(session.ErrClosed)
		c.await(c.served, "the handler's return")
	})
	return c
}

// start runs a shell with cfg and opens it, for a client with binary messages.
func start(t *testing.T, cfg shell.Config) *client {
	t.Helper()
	c := serve(t, shell.New(cfg), session.Peer{Binary: true})
	c.send(session.Text, openMessage)
	return c
}

// script is a Config for a shell that runs text and does not read commands.
func script(text string) shell.Config {
	return shell.Config{Command: []string{"/bin/sh", "-c", text}}
}

// interactive is a Config for a plain shell that reads commands.
func interactive() shell.Config {
	return shell.Config{Command: []string{"/bin/sh"}, Env: map[string]string{"PS1": "$ ", "ENV": ""}}
}

// need skips the test, for all to see, where a program is missing.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("NOT TESTED: this needs %s: %v", program, err)
	}
}

func (c *client) ID() string               { return clientID }
func (c *client) Peer() session.Peer       { return c.peer }
func (c *client) Context() context.Context { return c.ctx }

func (c *client) Receive(ctx context.Context) (session.Message, error) {
	select {
	case m := <-c.in:
		return m, nil
	case <-c.left:
		return session.Message{}, io.EOF
	case <-ctx.Done():
		return session.Message{}, context.Cause(ctx)
	}
}

func (c *client) Send(ctx context.Context, m session.Message) error {
	select {
	case <-c.closed:
		return session.ErrClosed
	default:
	}
	if m.Kind == session.Binary && !c.peer.Binary {
		return session.ErrUnsupported
	}
	select {
	case c.out <- m:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *client) Close(code session.Code, _ string) error {
	err := session.ErrClosed
	c.once.Do(func() {
		c.code, err = code, nil
		close(c.closed)
	})
	return err
}

// leave ends the session as a client does that closes its window.
func (c *client) leave() { close(c.left) }

func (c *client) await(done <-chan struct{}, what string) {
	c.t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		c.t.Fatalf("%s did not come; output so far: %.2000q", what, c.output)
	}
}

func (c *client) send(kind session.Kind, data string) {
	c.t.Helper()
	for {
		select {
		case c.in <- session.Message{Kind: kind, Data: []byte(data)}:
			return
		case m := <-c.out:
			c.took(m)
		case <-time.After(patience):
			c.t.Fatalf("nobody received %.100q; output so far: %.2000q", data, c.output)
		}
	}
}

func (c *client) typeLine(format string, args ...any) {
	c.t.Helper()
	c.send(session.Binary, fmt.Sprintf(format, args...)+"\r")
}

func (c *client) took(m session.Message) {
	c.kinds[m.Kind]++
	if m.Kind == session.Binary {
		c.output = append(c.output, m.Data...)
		return
	}
	var msg struct{ Type, Data string }
	if err := json.Unmarshal(m.Data, &msg); err != nil {
		c.t.Errorf("control message %q: %v", m.Data, err)
	}
	if msg.Type == "out" {
		c.output = append(c.output, msg.Data...)
		return
	}
	c.control = append(c.control, string(m.Data))
}

// next takes one message. It returns false when the handler has returned.
func (c *client) next() bool {
	c.t.Helper()
	select {
	case m := <-c.out:
		c.took(m)
		return true
	case <-c.served:
		return false
	case <-time.After(patience):
		c.t.Fatalf("nothing came; output so far: %.2000q", c.output)
		return false
	}
}

// expect takes messages until the output holds want, and forgets the output up
// to its end.
func (c *client) expect(want string) {
	c.t.Helper()
	for {
		if _, rest, ok := strings.Cut(string(c.output), want); ok {
			c.output = []byte(rest)
			return
		}
		if !c.next() {
			c.t.Fatalf("the handler returned before %q came; output: %.2000q, control: %q", want, c.output, c.control)
		}
	}
}

// field expects name=value and white space, and returns the value.
func (c *client) field(name string) string {
	c.t.Helper()
	c.expect("\n" + name + "=")
	for {
		if value, _, ok := strings.Cut(string(c.output), "\r"); ok {
			return value
		}
		if !c.next() {
			c.t.Fatalf("the value of %s did not come", name)
		}
	}
}

// finish takes messages until the handler returns and the session is closed
// with code; its last control message is then want.
func (c *client) finish(code session.Code, want string) {
	c.t.Helper()
	for c.next() {
	}
	c.await(c.closed, "the close")
	if c.code != code {
		c.t.Errorf("closed with %v, want %v", c.code, code)
	}
	if len(c.control) != 1 || c.control[0] != want {
		c.t.Errorf("control messages %q, want one: %q", c.control, want)
	}
}
