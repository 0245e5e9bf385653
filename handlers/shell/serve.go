package shell

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/everwire/everwire/session"
)

// farewell is how long a client has to make room for the message that tells
// why its session ends.
const farewell = 2 * time.Second

var errExited = errors.New("shell: exited")

// ServeSession waits for the open message, runs a shell for s and returns when
// the shell has ended or s is over: then its processes are gone, its files are
// closed and s is closed.
func (h *Handler) ServeSession(s session.Session) {
	c := &conversation{h: h, s: s, kind: session.JSON}
	if s.Peer().Binary {
		c.kind = session.Text
	}
	c.log = h.cfg.Logger.With("sid", session.ShortID(s.ID()))
	c.serve()
}

// conversation is one session with its shell.
type conversation struct {
	h    *Handler
	s    session.Session
	log  *slog.Logger
	kind session.Kind // of control messages to the client
	term *terminal
	size size
}

func (c *conversation) serve() {
	open, err := c.awaitOpen()
	if err != nil {
		c.fail(err)
		return
	}
	user := c.s.Peer().Principal
	if err := c.h.slots.take(user); err != nil {
		c.fail(err)
		return
	}
	defer c.h.slots.free(user)

	c.size = open.size()
	c.term, err = startTerminal(&c.h.cfg, c.size)
	if err != nil {
		c.fail(err)
		return
	}
	c.log.Info("shell started", "user", user, "pid", c.term.pid())
	c.run()
}

// awaitOpen receives the open message.
func (c *conversation) awaitOpen() (control, error) {
	ctx, cancel := context.WithTimeout(c.s.Context(), c.h.cfg.OpenTimeout)
	defer cancel()
	m, err := c.s.Receive(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && c.s.Context().Err() == nil:
		return control{}, &failure{session.HandshakeTimeout, "no open message came in time"}
	case err != nil:
		return control{}, err
	case m.Kind == session.Binary:
		return control{}, badMessage("the first message must be open, not binary data")
	case m.Kind == session.JSON:
		c.kind = session.JSON
	}
	open, err := decodeControl(m.Data)
	if err == nil && open.Type != "open" {
		err = badMessage("the first message must be open, not %s", open.Type)
	}
	return open, err
}

// run moves bytes and messages until either side ends, then cleans up.
func (c *conversation) run() {
	ctx, stop := context.WithCancelCause(c.s.Context())
	queue := newInputQueue()
	written, copied := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(written)
		queue.copyTo(ctx, c.term)
	}()
	go func() {
		defer close(copied)
		stop(c.show(ctx))
	}()

	err := c.obey(ctx, queue)
	stop(err)
	c.fail(err)
	if left := c.term.end(c.h.cfg.KillGrace); left > 0 {
		c.log.Error("processes outlived their shell", "count", left)
	}
	<-written
	<-copied
	c.log.Info("shell ended", "code", c.term.exitCode())
}

// show sends all output, then the exit message, and closes the session. It
// returns why there is nothing more to do.
func (c *conversation) show(ctx context.Context) error {
	out := output{s: c.s, binary: c.s.Peer().Binary}
	if err := out.copyFrom(ctx, c.term); err != nil {
		return err
	}
	select {
	case <-c.term.exited:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := c.tell(ctx, exitMessage{"exit", c.term.exitCode()}); err != nil {
		return err
	}
	if err := c.s.Close(session.Normal, "the shell has ended"); err != nil {
		return err
	}
	return errExited
}

// obey does what the client says until it leaves, breaks the protocol, or ctx
// is done.
func (c *conversation) obey(ctx context.Context, queue *inputQueue) error {
	for {
		m, err := c.s.Receive(ctx)
		if err != nil {
			return err
		}
		input := m.Data
		if m.Kind != session.Binary {
			msg, err := decodeControl(m.Data)
			if err != nil {
				return err
			}
			switch msg.Type {
			case "open":
				return badMessage("the shell is open already")
			case "resize":
				if err := c.resize(msg.size()); err != nil {
					return err
				}
				continue
			}
			input = []byte(msg.Data)
		}
		if len(input) > maxInput {
			return tooLarge("the input", maxInput)
		}
		if err := queue.put(ctx, input); err != nil {
			return err
		}
	}
}

// resize tells the terminal its new size. Programs get SIGWINCH, so a size
// that is no news is not told.
func (c *conversation) resize(to size) error {
	if to == c.size {
		return nil
	}
	c.size = to
	return c.term.resize(to)
}

// tell sends a control message.
func (c *conversation) tell(ctx context.Context, m any) error {
	return c.s.Send(ctx, session.Message{Kind: c.kind, Data: encode(m)})
}

// fail tells the client of err and closes the session, if err is about
// something that the client can be told and the session is not over.
func (c *conversation) fail(err error) {
	var f *failure
	if !errors.As(err, &f) {
		return
	}
	level := slog.LevelWarn
	if f.code == session.InternalError {
		level = slog.LevelError
	}
	c.log.Log(c.s.Context(), level, "shell refused", "code", f.code, "err", f.message)
	ctx, cancel := context.WithTimeout(c.s.Context(), farewell)
	defer cancel()
	// If either of these fails, the session is over and nobody listens.
	_ = c.tell(ctx, errorMessage{"error", sentence(f.message)})
	_ = c.s.Close(f.code, f.code.String())
}

// sentence makes a phrase one for people. Phrases here begin with ASCII.
func sentence(phrase string) string {
	return strings.ToUpper(phrase[:1]) + phrase[1:] + "."
}
