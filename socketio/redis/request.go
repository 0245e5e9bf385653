package redis

import (
	"context"
	"sync"
	"time"

	"github.com/everwire/everwire/socketio"
)

// request is what this server waits for others for.
type request struct {
	wants   kind             // of the replies
	answers socketio.Answers // of an Ask
	replies chan message     // of anything else; it has room for all

	mu      sync.Mutex // guards below
	unheard int        // servers that have not said how many clients they have asked
	clients int        // that were asked and have not answered; negative if they were quicker than the count
	held    int        // bytes of replies
}

// maxHeld bounds the bytes of all replies to one request, as they were on the wire.
const maxHeld = 64 << 20

func (n *node) begin(id string, r *request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.requests[id] = r
}

func (n *node) end(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.requests, id)
}

// gather posts a request and waits for a reply of each other server until ctx is
// done.
func (n *node) gather(ctx context.Context, m *message, wants kind) ([]message, error) {
	servers, err := n.Servers(ctx)
	if err != nil || servers < 2 {
		return nil, err
	}
	others := servers - 1
	r := &request{wants: wants, replies: make(chan message, others), unheard: others}
	m.request = newID()
	n.begin(m.request, r)
	defer n.end(m.request)
	var replies []message
	if err := n.post(m); err != nil {
		return nil, &socketio.MissingError{Servers: others, Err: err}
	}
	for len(replies) < others {
		select {
		case reply := <-r.replies:
			replies = append(replies, reply)
		case <-ctx.Done():
			return replies, &socketio.MissingError{Servers: others - len(replies), Err: ctx.Err()}
		}
	}
	return replies, nil
}

// settle takes a reply, if somebody waits for it still.
func (n *node) settle(m *message, size int) {
	n.mu.Lock()
	r := n.requests[m.request]
	n.mu.Unlock()
	if r == nil || !r.take(m, size) {
		return
	}
	switch {
	case m.kind == clientCount:
		r.answers.Receivers(m.count)
	case r.answers != nil:
		r.answers.Answer(m.args, nil)
	default:
		r.replies <- *m
	}
}

// take reports whether a reply is one that is waited for. There are no more of
// them than servers were counted, and clients that these say they have asked. As
// long as one has not said, answers come from its clients, perhaps: the channels
// of a count and of an answer may differ.
func (r *request) take(m *message, size int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held+size > maxHeld {
		return false
	}
	switch {
	case m.kind == clientCount && r.answers != nil && r.unheard > 0:
		r.unheard--
		r.clients += m.count
	case m.kind == clientAnswer && r.answers != nil && (r.clients > 0 || r.unheard > 0):
		r.clients--
	case m.kind == r.wants && r.answers == nil && r.unheard > 0:
		r.unheard--
	default:
		return false
	}
	r.held += size
	return true
}

// How long clients may take to answer another server if it does not say, and at
// most.
const (
	usualAsk   = 10 * time.Second
	longestAsk = 10 * time.Minute
)

// passOn asks the clients of this server for another one.
func (n *node) passOn(m *message) error {
	if n.asks.Add(1) > maxEvents {
		n.asks.Add(-1)
		return errAsks
	}
	timeout := m.timeout
	if timeout <= 0 {
		timeout = usualAsk
	}
	ctx, cancel := context.WithTimeout(n.hub.ctx, min(timeout, longestAsk))
	r := &relay{n: n, request: m.request, asker: m.asker, cancel: cancel}
	context.AfterFunc(ctx, func() { n.asks.Add(-1) })
	if err := n.Memory.Ask(ctx, m.delivery(n.ns), r); err != nil {
		cancel()
		return err
	}
	return nil
}

// relay passes the answers of clients on to the server that has asked.
type relay struct {
	n              *node
	request, asker string
	cancel         context.CancelFunc

	mu      sync.Mutex // guards below
	counted bool
	left    int // clients that have not answered; negative if they were quicker than the count
}

// Receivers tells how many clients were asked.
func (r *relay) Receivers(count int) {
	r.post(message{kind: clientCount, count: count})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counted = true
	r.left += count
	r.check()
}

// Answer passes an answer on. There is no word for that a client has none: the
// other server waits for it as long as it does.
func (r *relay) Answer(args socketio.Args, err error) {
	if err == nil {
		if args, err = onlyAnswer(args); err == nil {
			r.post(message{kind: clientAnswer, args: args})
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left--
	r.check()
}

// check ends the waiting when all have answered. The caller holds mu.
func (r *relay) check() {
	if r.counted && r.left == 0 {
		r.cancel()
	}
}

func (r *relay) post(m message) {
	m.request, m.asker = r.request, r.asker
	if err := r.n.post(&m); err != nil {
		r.n.hub.mishaps.warn(r.n.hub.log, "the answer of a client was not passed on", "ns", r.n.ns.Name(), "err", err)
	}
}
