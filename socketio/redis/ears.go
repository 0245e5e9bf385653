package redis

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// ears are what the hub listens to. Who listens is known at once; a goroutine
// tells Redis, as that may block.
type ears struct {
	hub  *Hub
	wake chan struct{} // has room for one

	mu      sync.Mutex // guards below
	nodes   map[source][]*node
	told    map[source]bool // what Redis was told last: that it is listened to
	changed map[source]struct{}
	pending map[source][]chan struct{} // closed when Redis has confirmed
	heard   map[source]bool            // what Redis has confirmed before
	main    *goredis.PubSub
	masters map[string]*masterLine // by their addresses
	vain    bool                   // nothing was confirmed since somebody gave up to wait for it
	late    map[source]struct{}    // pending, and somebody does not wait for it any more
	unread  int                    // streams, or groups of them, that cannot be read
	over    bool

	unconfirmed
}

func (e *ears) init(h *Hub) {
	e.hub, e.wake = h, make(chan struct{}, 1)
	e.nodes = make(map[source][]*node)
	e.told = make(map[source]bool)
	e.changed = make(map[source]struct{})
	e.pending = make(map[source][]chan struct{})
	e.heard = make(map[source]bool)
	e.late = make(map[source]struct{})
	e.masters = make(map[string]*masterLine)
	e.unconfirmed.init()
	h.run(e.work)
}

// add lets n listen, and waits until Redis has confirmed all of it or time is up.
// When Redis is away it is enough that one has waited.
func (e *ears) add(n *node, list []source) {
	var waits []chan struct{}
	e.mu.Lock()
	for _, s := range list {
		e.nodes[s] = append(slices.Clip(e.nodes[s]), n)
		if s.way == stream {
			waits = append(waits, e.hub.streams...) // it is read all the time
			continue
		}
		if !e.heard[s] {
			c := make(chan struct{})
			e.pending[s] = append(e.pending[s], c)
			waits = append(waits, c)
		}
		e.changed[s] = struct{}{}
	}
	vain := e.vain
	if vain {
		e.overdue(list)
	}
	e.mu.Unlock()
	e.nudge()
	if vain {
		return
	}
	timer := time.NewTimer(subscribeTime)
	defer timer.Stop()
	for _, c := range waits {
		select {
		case <-c:
		case <-timer.C:
			e.giveUp(n.ns.Name(), list)
			return
		case <-e.hub.ctx.Done():
			return
		}
	}
}

// giveUp notes that a namespace has waited in vain, unless the last confirmation has
// come just now, and has the log say why if it does not yet.
func (e *ears) giveUp(ns string, list []source) {
	e.mu.Lock()
	vain := e.overdue(list)
	e.vain = e.vain || vain
	warned := e.warned
	e.mu.Unlock()
	if !vain || warned || e.hub.state.isDown() {
		return
	}
	e.hub.run(func() {
		e.hub.log.Warn("Redis has not confirmed a subscription: this server does not hear others until it does",
			"ns", ns, "err", e.hub.shown(e.try(list)))
	})
}

// overdue notes which sources nobody has confirmed though one does not wait for
// them any more. It reports whether there are any. The caller holds mu.
func (e *ears) overdue(list []source) (some bool) {
	for _, s := range list {
		if len(e.pending[s]) > 0 {
			e.late[s] = struct{}{}
			some = true
		}
		some = some || s.way == stream && e.unread > 0
	}
	return some
}

// try subscribes to sources by connections of their own and returns what is wrong
// with that. Those that are there do not tell.
func (e *ears) try(list []source) error {
	ctx, cancel := context.WithTimeout(e.hub.ctx, sendTime)
	defer cancel()
	for _, s := range list {
		subscribe := e.hub.client.Subscribe
		switch s.way {
		case pattern:
			subscribe = e.hub.client.PSubscribe
		case shard:
			subscribe = e.hub.client.SSubscribe
		case stream:
			continue
		}
		line := subscribe(ctx, s.name)
		_, err := line.Receive(ctx)
		_ = line.Close()
		if err != nil {
			return err
		}
	}
	return errSlow
}

// errSlow says that Redis confirms subscriptions, and did not in time.
var errSlow = errors.New("redis: it took too long")

// reads notes that a group of streams can be read, or cannot any more.
func (e *ears) reads(can bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !can {
		e.unread++
		return
	}
	e.unread--
	e.vain = false
}

// isDeaf reports whether something that was refused, or waited for in vain, is not
// confirmed yet, or a stream cannot be read.
func (e *ears) isDeaf() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.late) > 0 || len(e.again) > 0 || e.unread > 0
}

// set lets n listen to one more source, or no longer. It does not wait.
func (e *ears) set(n *node, s source, on bool) {
	e.mu.Lock()
	e.nodes[s] = without(e.nodes[s], n)
	if on {
		e.nodes[s] = append(e.nodes[s], n) // a copy
	} else {
		e.gone(s)
	}
	e.changed[s] = struct{}{}
	e.mu.Unlock()
	e.nudge()
}

// remove lets n listen to nothing.
func (e *ears) remove(n *node) {
	e.mu.Lock()
	for s, list := range e.nodes {
		if !slices.Contains(list, n) {
			continue
		}
		e.nodes[s] = without(list, n)
		e.gone(s)
		e.changed[s] = struct{}{}
	}
	e.mu.Unlock()
	e.nudge()
}

// gone forgets a source that nobody listens to any more, and lets those go who
// waited for it. The caller holds mu.
func (e *ears) gone(s source) {
	if len(e.nodes[s]) > 0 {
		return
	}
	delete(e.nodes, s)
	for _, c := range e.pending[s] {
		close(c)
	}
	delete(e.pending, s)
	delete(e.late, s)
}

// without returns a copy: what was returned by of is not modified.
func without(list []*node, n *node) []*node {
	return slices.DeleteFunc(slices.Clone(list), func(o *node) bool { return o == n })
}

func (e *ears) nudge() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// of returns who listens to a source.
func (e *ears) of(s source) []*node {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.nodes[s]
}

// work tells Redis of changes until the hub is over.
func (e *ears) work() {
	ping := time.NewTicker(pingTime)
	defer ping.Stop()
	defer e.retry.Stop()
	for {
		select {
		case <-e.wake:
		case <-e.retry.C:
			e.tellAgain()
		case <-ping.C:
			e.ping()
			continue
		case <-e.hub.ctx.Done():
			return
		}
		for _, on := range []bool{true, false} {
			for w, names := range e.news(on) {
				e.tell(w, names, on)
			}
		}
	}
}

// news returns what has to be told, by the way.
func (e *ears) news(on bool) map[way][]string {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := make(map[way][]string)
	for s := range e.changed {
		if wanted := len(e.nodes[s]) > 0; wanted != on {
			continue
		}
		delete(e.changed, s)
		if !on {
			delete(e.heard, s)
			e.settle(s)
		}
		if e.told[s] == on {
			continue
		}
		if on {
			e.told[s] = true
			e.unsure[s] = struct{}{}
		} else {
			delete(e.told, s)
		}
		list[s.way] = append(list[s.way], s.name)
	}
	return list
}

// tell tells Redis to send something, or no longer.
func (e *ears) tell(w way, names []string, on bool) {
	ctx, cancel := context.WithTimeout(e.hub.ctx, sendTime)
	defer cancel()
	if cluster, ok := e.hub.client.(*goredis.ClusterClient); ok && w == shard {
		e.tellMasters(ctx, cluster, names, on)
		return
	}
	say := command(e.line(), w, on)
	if !on {
		_ = say(ctx, names...) // the driver remembers it for the next connection
		return
	}
	size := len(names)
	if e.isMissing() {
		size = 1 // what Redis refuses is not to keep the others from it
	}
	for part := range slices.Chunk(names, size) {
		if err := say(ctx, part...); err != nil {
			e.missed(err)
			return
		}
	}
}

// command returns what tells Redis to send something, or no longer.
func command(l *goredis.PubSub, w way, on bool) func(context.Context, ...string) error {
	switch {
	case w == pattern && on:
		return l.PSubscribe
	case w == pattern:
		return l.PUnsubscribe
	case w == shard && on:
		return l.SSubscribe
	case w == shard:
		return l.SUnsubscribe
	case on:
		return l.Subscribe
	}
	return l.Unsubscribe
}

// line returns the connection for all but the shard channels of a cluster. It is
// made if need be.
func (e *ears) line() *goredis.PubSub {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.main == nil {
		main := e.hub.client.Subscribe(e.hub.ctx)
		e.main = main
		if e.over {
			_ = main.Close()
			return main
		}
		e.hub.run(func() { e.listen(main) })
	}
	return e.main
}

// take takes what has come by a connection.
func (e *ears) take(m any) {
	switch m := m.(type) {
	case *goredis.Subscription:
		e.confirm(m)
	case *goredis.Message:
		s := source{plain, m.Channel}
		switch {
		case m.Pattern != "":
			s = source{pattern, m.Pattern}
		case e.hub.cfg.sharded():
			s.way = shard
		}
		for _, n := range e.of(s) {
			n.hear(m.Channel, []byte(m.Payload))
		}
	}
}

// confirm notes what Redis says that it does.
func (e *ears) confirm(m *goredis.Subscription) {
	w, known := map[string]way{"subscribe": plain, "psubscribe": pattern, "ssubscribe": shard}[m.Kind]
	if !known {
		return
	}
	s := source{w, m.Channel}
	e.mu.Lock()
	_, unsure := e.unsure[s]
	again := unsure && e.heard[s]
	last := e.settle(s)
	e.vain = false
	if e.told[s] {
		e.heard[s] = true
	}
	waits := e.pending[s]
	delete(e.pending, s)
	delete(e.late, s)
	e.mu.Unlock()
	for _, c := range waits {
		close(c)
	}
	if last {
		e.hub.log.Info("Redis has taken all subscriptions")
	}
	if again && e.hub.renewed.Add(1)%16 == 1 {
		e.hub.log.Warn("subscriptions were renewed: what other servers said meanwhile was not heard")
	}
}

// close closes the connections.
func (e *ears) close() (err error) {
	e.mu.Lock()
	e.over = true
	main, masters := e.main, e.masters
	e.masters = make(map[string]*masterLine)
	e.mu.Unlock()
	if main != nil {
		err = main.Close()
	}
	for _, l := range masters {
		_ = l.Close() // perhaps by itself already, as the hub is over
	}
	return err
}
