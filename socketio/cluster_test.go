package socketio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/everwire/everwire/socketio"
)

// cluster connects servers within this process. What passes between them goes
// through JSON, as it would between processes, and comes on a goroutine of its own.
type cluster struct {
	t testing.TB

	mu       sync.Mutex // guards below
	nodes    []*node
	silent   bool // nothing is answered
	requests map[int]*request
}

// node is the Adapter of one server.
type node struct {
	*socketio.Memory
	c  *cluster
	ns *socketio.Namespace
}

// wire is a message from one server to another.
type wire struct {
	Kind     string
	Request  int
	To       []string
	Except   []string
	Event    string
	Elements []json.RawMessage
	Binary   [][]byte
	Flags    [2]bool // volatile, uncompressed
	Change   socketio.Change
	Sockets  []socketio.SocketInfo
	Count    int
}

// request is what a server waits for others for.
type request struct {
	answers socketio.Answers // of an Ask
	replies chan wire        // of anything else
}

func newCluster(t testing.TB) *cluster {
	return &cluster{t: t, requests: make(map[int]*request)}
}

// server returns one more server.
func (c *cluster) server(cfg socketio.Config) *socketio.Server {
	cfg.Adapter = func(ns *socketio.Namespace) socketio.Adapter {
		n := &node{Memory: socketio.NewMemory(), c: c, ns: ns}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.nodes = append(c.nodes, n)
		return n
	}
	return socketio.NewServer(cfg)
}

func (c *cluster) others(n *node) []*node {
	c.mu.Lock()
	defer c.mu.Unlock()
	var others []*node
	for _, o := range c.nodes {
		if o != n && o.ns.Name() == n.ns.Name() {
			others = append(others, o)
		}
	}
	return others
}

// publish sends w to the other servers. With a request they may answer until it
// is ended.
func (n *node) publish(ctx context.Context, w wire, r *request) (end func()) {
	if r != nil {
		n.c.mu.Lock()
		w.Request = len(n.c.requests) + 1
		n.c.requests[w.Request] = r
		n.c.mu.Unlock()
	}
	text, err := json.Marshal(w)
	if err != nil {
		n.c.t.Error(err)
	}
	for _, o := range n.c.others(n) {
		go o.hear(ctx, text)
	}
	return func() {
		n.c.mu.Lock()
		defer n.c.mu.Unlock()
		n.c.requests[w.Request] = nil
	}
}

// answer sends w to whoever waits for it.
func (n *node) answer(w wire) {
	text, err := json.Marshal(w)
	if err != nil {
		n.c.t.Error(err)
	}
	n.c.mu.Lock()
	r, silent := n.c.requests[w.Request], n.c.silent
	n.c.mu.Unlock()
	w = wire{}
	if err := json.Unmarshal(text, &w); err != nil {
		n.c.t.Error(err)
	}
	switch {
	case r == nil || silent:
	case w.Kind == "count":
		r.answers.Receivers(w.Count)
	case r.answers != nil:
		args, err := w.args()
		r.answers.Answer(args, err)
	default:
		r.replies <- w // has room for all
	}
}

func (w *wire) put(args socketio.Args) {
	elements, binary := args.Raw()
	for _, raw := range elements {
		w.Elements = append(w.Elements, raw)
	}
	w.Binary = binary
}

func (w *wire) args() (socketio.Args, error) {
	elements := make([][]byte, len(w.Elements))
	for i, raw := range w.Elements {
		elements[i] = raw
	}
	return socketio.RawArgs(elements, w.Binary)
}

// hear does what another server has asked for.
func (n *node) hear(ctx context.Context, text []byte) {
	var w wire
	if err := json.Unmarshal(text, &w); err != nil {
		n.c.t.Error(err)
	}
	args, err := w.args()
	if err != nil {
		n.c.t.Error(err)
	}
	sel := socketio.Selection{Namespace: n.ns, To: w.To, Except: w.Except}
	d := socketio.Delivery{Selection: sel, Event: w.Event, Args: args, Volatile: w.Flags[0], Uncompressed: w.Flags[1]}
	switch w.Kind {
	case "broadcast":
		n.Memory.Broadcast(d)
	case "ask":
		n.Memory.Ask(ctx, d, echo{n, w.Request})
	case "fetch":
		infos, _ := n.Memory.Fetch(ctx, sel)
		n.answer(wire{Kind: "sockets", Request: w.Request, Sockets: infos})
	case "change":
		n.Memory.Change(sel, w.Change)
	case "server":
		if answer, ok := n.ns.ServerSideEvent(ctx, w.Event, args); ok && w.Request > 0 {
			reply := wire{Kind: "answer", Request: w.Request}
			reply.put(answer)
			n.answer(reply)
		}
	}
}

// echo passes the answers of clients on to the server that asked.
type echo struct {
	n       *node
	request int
}

func (e echo) Receivers(count int) {
	e.n.answer(wire{Kind: "count", Request: e.request, Count: count})
}

func (e echo) Answer(args socketio.Args, err error) {
	if err != nil {
		return // the other side waits in vain
	}
	w := wire{Kind: "answer", Request: e.request}
	w.put(args)
	e.n.answer(w)
}

func (n *node) Broadcast(d socketio.Delivery) error {
	if !d.Local {
		n.publish(context.Background(), of("broadcast", d), nil)
	}
	return n.Memory.Broadcast(d)
}

func of(kind string, d socketio.Delivery) wire {
	w := wire{Kind: kind, To: d.To, Except: d.Except, Event: d.Event, Flags: [2]bool{d.Volatile, d.Uncompressed}}
	w.put(d.Args)
	return w
}

func (n *node) Ask(ctx context.Context, d socketio.Delivery, to socketio.Answers) error {
	if !d.Local {
		context.AfterFunc(ctx, n.publish(ctx, of("ask", d), &request{answers: to}))
	}
	return n.Memory.Ask(ctx, d, to)
}

// gather waits for a reply of each other server.
func (n *node) gather(ctx context.Context, w wire) ([]wire, error) {
	others := len(n.c.others(n))
	r := &request{replies: make(chan wire, others)}
	defer n.publish(ctx, w, r)()
	var replies []wire
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

func (n *node) Fetch(ctx context.Context, sel socketio.Selection) ([]socketio.SocketInfo, error) {
	infos, err := n.Memory.Fetch(ctx, sel)
	if err != nil || sel.Local {
		return infos, err
	}
	replies, err := n.gather(ctx, wire{Kind: "fetch", To: sel.To, Except: sel.Except})
	for _, r := range replies {
		infos = append(infos, r.Sockets...)
	}
	return infos, err
}

func (n *node) Change(sel socketio.Selection, c socketio.Change) error {
	if !sel.Local {
		n.publish(context.Background(), wire{Kind: "change", To: sel.To, Except: sel.Except, Change: c}, nil)
	}
	return n.Memory.Change(sel, c)
}

func (n *node) EmitToServers(ctx context.Context, e socketio.ServerEvent) ([]socketio.Args, error) {
	w := wire{Kind: "server", Event: e.Event}
	w.put(e.Args)
	if !e.Ack {
		n.publish(ctx, w, nil)
		return nil, nil
	}
	replies, err := n.gather(ctx, w)
	var answers []socketio.Args
	for _, r := range replies {
		args, err := r.args()
		if err != nil {
			return nil, fmt.Errorf("answer of a server: %w", err)
		}
		answers = append(answers, args)
	}
	return answers, err
}

func (n *node) Servers(context.Context) (int, error) { return 1 + len(n.c.others(n)), nil }
