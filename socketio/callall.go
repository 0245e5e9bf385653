package socketio

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/everwire/everwire/protocol/sio"
)

// Answers is who is told what the receivers of an event have answered. An Adapter
// gets one with Ask. Its methods may be called concurrently and do not block.
type Answers interface {
	// Receivers is called once for each server, with the number of its sockets
	// that the event goes to.
	Receivers(n int)
	// Answer is called once for each socket: with its answer, or with the reason
	// why there will be none, if that is known.
	Answer(args Args, err error)
}

// MissingError says that not all have answered.
type MissingError struct {
	// Clients is how many clients are known to have been asked and have not
	// answered, or not in a way that can be decoded.
	Clients int
	// Servers is how many servers have not answered, or not told how many
	// clients they have asked.
	Servers int
	// Answers are those that have come, in no order.
	Answers []Args
	// Err is why: that of the context if time was up, else ErrDisconnected or
	// what was wrong with one of the answers.
	Err error
}

// Error says how many are missing.
func (e *MissingError) Error() string {
	what := several(e.Clients, "client")
	switch {
	case e.Clients == 0:
		what = several(e.Servers, "server")
	case e.Servers > 0:
		what += " and " + several(e.Servers, "server")
	}
	return fmt.Sprintf("socketio: no answer from %s: %v", what, e.Err)
}

func several(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// Unwrap returns Err.
func (e *MissingError) Unwrap() error { return e.Err }

// CallAll emits an event to the sockets that b chooses and waits until all of
// them have answered. Out is decoded from each ack as in Call; the answers are in
// no order. It waits until ctx is done, or for Config.AckTimeout if ctx has no
// deadline, but not for clients that have gone. If some have not answered it
// returns the answers of the others and a *MissingError. Other errors are those
// of Emit and of the Adapter.
//
// Handlers may use CallAll, also on their own socket.
func CallAll[Out any](ctx context.Context, b Broadcast, event string, args ...any) ([]Out, error) {
	answers, err := b.ask(ctx, event, args)
	missing, ok := errors.AsType[*MissingError](err)
	if err != nil && !ok {
		return nil, err
	}
	return decodeAll[Out](answers, missing)
}

// decodeAll decodes answers. Those that do not fit count as missing.
func decodeAll[Out any](answers []Args, missing *MissingError) ([]Out, error) {
	out := make([]Out, 0, len(answers))
	for _, a := range answers {
		v, err := decodeFirst[Out](a)
		if err == nil {
			out = append(out, v)
			continue
		}
		if missing == nil {
			missing = &MissingError{Answers: answers, Err: err}
		}
		missing.Clients++
	}
	if missing != nil {
		return out, missing
	}
	return out, nil
}

// withDeadline bounds ctx by Config.AckTimeout if it has no deadline.
func (ns *Namespace) withDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, ns.srv.cfg.AckTimeout)
}

// ask emits an event and collects the answers.
func (b Broadcast) ask(ctx context.Context, event string, values []any) ([]Args, error) {
	args, err := encodeArgs(sio.Event, event, values)
	if err != nil {
		return nil, err
	}
	ctx, cancel := b.ns.withDeadline(ctx)
	defer cancel() // whoever is asked is forgotten then
	t := &tally{unheard: 1, done: make(chan struct{})}
	if !b.local {
		if t.unheard, err = b.ns.adapter.Servers(ctx); err != nil {
			return nil, err
		}
	}
	if err := b.ns.adapter.Ask(ctx, b.delivery(event, args), t); err != nil {
		return nil, err
	}
	select {
	case <-t.done:
	case <-ctx.Done():
	}
	return t.result(ctx)
}

// tally counts answers.
type tally struct {
	done chan struct{} // closed when all have answered

	mu      sync.Mutex // guards below
	unheard int        // servers that have not said how many sockets they asked
	pending int        // sockets that have not answered; negative if an answer was quicker than its server
	failed  int
	err     error // why the first of them has
	answers []Args
	over    bool
}

func (t *tally) Receivers(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unheard--
	t.pending += n
	t.check()
}

func (t *tally) Answer(args Args, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pending--
	if err == nil {
		t.answers = append(t.answers, args)
	} else if t.failed++; t.err == nil {
		t.err = err
	}
	t.check()
}

// check notes whether that was all. The caller holds mu.
func (t *tally) check() {
	if !t.over && t.unheard <= 0 && t.pending == 0 {
		t.over = true
		close(t.done)
	}
}

func (t *tally) result(ctx context.Context) ([]Args, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := &MissingError{Clients: max(t.pending, 0) + t.failed, Servers: max(t.unheard, 0), Answers: t.answers, Err: t.err}
	if !t.over {
		t.over = true
		e.Err = ctx.Err()
	}
	if e.Clients+e.Servers == 0 {
		return t.answers, nil
	}
	return t.answers, e
}
