package redis

import (
	"context"
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
	lines   map[string]*goredis.PubSub
	over    bool
}

func (e *ears) init(h *Hub) {
	e.hub, e.wake = h, make(chan struct{}, 1)
	e.nodes = make(map[source][]*node)
	e.told = make(map[source]bool)
	e.changed = make(map[source]struct{})
	e.pending = make(map[source][]chan struct{})
	e.heard = make(map[source]bool)
	e.lines = make(map[string]*goredis.PubSub)
	h.run(e.work)
}

// add lets n listen, and waits until Redis has confirmed all of it or time is up.
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
	e.mu.Unlock()
	e.nudge()
	timer := time.NewTimer(subscribeTime)
	defer timer.Stop()
	for _, c := range waits {
		select {
		case <-c:
		case <-timer.C:
			e.hub.log.Warn("Redis has not confirmed a subscription", "ns", n.ns.Name())
			return
		case <-e.hub.ctx.Done():
			return
		}
	}
}

// set lets n listen to one more source, or no longer. It does not wait.
func (e *ears) set(n *node, s source, on bool) {
	e.mu.Lock()
	e.nodes[s] = without(e.nodes[s], n)
	if on {
		e.nodes[s] = append(e.nodes[s], n) // a copy
	} else if len(e.nodes[s]) == 0 {
		delete(e.nodes, s)
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
		if e.nodes[s] = without(list, n); len(e.nodes[s]) == 0 {
			delete(e.nodes, s)
		}
		e.changed[s] = struct{}{}
	}
	e.mu.Unlock()
	e.nudge()
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
	for {
		select {
		case <-e.wake:
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
		if e.told[s] == on {
			continue
		}
		if on {
			e.told[s] = true
		} else {
			delete(e.told, s)
			delete(e.heard, s)
		}
		list[s.way] = append(list[s.way], s.name)
	}
	return list
}

// tell tells Redis to send something, or no longer. An error is no concern here:
// the connection remembers what it is to listen to, and tries again.
func (e *ears) tell(w way, names []string, on bool) {
	ctx, cancel := context.WithTimeout(e.hub.ctx, sendTime)
	defer cancel()
	if _, cluster := e.hub.client.(*goredis.ClusterClient); cluster && w == shard {
		// Each channel has a master of its own.
		for _, name := range names {
			if on {
				_ = e.line(name).SSubscribe(ctx, name)
			} else {
				e.hangUp(name)
			}
		}
		return
	}
	line := e.line("")
	switch {
	case w == pattern && on:
		_ = line.PSubscribe(ctx, names...)
	case w == pattern:
		_ = line.PUnsubscribe(ctx, names...)
	case w == shard && on:
		_ = line.SSubscribe(ctx, names...)
	case w == shard:
		_ = line.SUnsubscribe(ctx, names...)
	case on:
		_ = line.Subscribe(ctx, names...)
	default:
		_ = line.Unsubscribe(ctx, names...)
	}
}

// line returns the connection of that name, which is made if need be.
func (e *ears) line(name string) *goredis.PubSub {
	e.mu.Lock()
	defer e.mu.Unlock()
	line := e.lines[name]
	if line == nil {
		if name == "" {
			line = e.hub.client.Subscribe(e.hub.ctx)
		} else {
			line = e.hub.client.SSubscribe(e.hub.ctx)
		}
		e.lines[name] = line
		if e.over {
			_ = line.Close()
			return line
		}
		e.hub.run(func() { e.listen(line) })
	}
	return line
}

func (e *ears) hangUp(name string) {
	e.mu.Lock()
	line := e.lines[name]
	delete(e.lines, name)
	e.mu.Unlock()
	if line != nil {
		_ = line.Close()
	}
}

// listen hands messages to those who listen, until the connection is closed.
func (e *ears) listen(line *goredis.PubSub) {
	for m := range line.ChannelWithSubscriptions(goredis.WithChannelSize(1000)) {
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
}

// confirm notes what Redis says that it does.
func (e *ears) confirm(m *goredis.Subscription) {
	w, known := map[string]way{"subscribe": plain, "psubscribe": pattern, "ssubscribe": shard}[m.Kind]
	if !known {
		return
	}
	s := source{w, m.Channel}
	e.mu.Lock()
	again := e.heard[s]
	if e.told[s] {
		e.heard[s] = true
	}
	waits := e.pending[s]
	delete(e.pending, s)
	e.mu.Unlock()
	for _, c := range waits {
		close(c)
	}
	if again && e.hub.renewed.Add(1)%16 == 1 {
		e.hub.log.Warn("subscriptions were renewed: what other servers said meanwhile was not heard")
	}
}

// close closes the connections.
func (e *ears) close() (err error) {
	e.mu.Lock()
	e.over = true
	lines := e.lines
	e.lines = make(map[string]*goredis.PubSub)
	e.mu.Unlock()
	for _, l := range lines {
		if bad := l.Close(); err == nil {
			err = bad
		}
	}
	return err
}
