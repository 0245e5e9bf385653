package redis

import (
	"context"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// pingTime is how long a line to a master may be silent before it is asked
	// whether it lives, and once more before it is given up.
	pingTime = 10 * time.Second
	// retryTime is when subscriptions are tried again that have failed.
	retryTime = 500 * time.Millisecond
)

// A masterLine is the connection to one master of a Redis Cluster, for the shard
// channels that it has. The driver renews all subscriptions of a connection by one
// command, which a cluster refuses for channels of several slots; and channels move
// to other masters. So a line that breaks is not mended but replaced, each channel
// by its own command to the master that has it now.
type masterLine struct {
	*goredis.PubSub
	addr  string
	heard atomic.Bool // since it was pinged
	// channels is what it was told to send, leaving how often it has yet to
	// confirm that it does not any more. The mutex of ears guards both.
	channels map[string]struct{}
	leaving  map[string]int
}

// tellMasters tells the masters of shard channels to send them, or no longer.
func (e *ears) tellMasters(ctx context.Context, cluster *goredis.ClusterClient, names []string, on bool) {
	if !on {
		for _, name := range names {
			if l := e.leaveMaster(name); l != nil {
				_ = l.SUnsubscribe(ctx, name)
			}
		}
		return
	}
	bad := make(map[string]bool) // addresses: each is tried once
	for _, name := range names {
		master, err := cluster.MasterForKey(ctx, name)
		if err != nil {
			e.forget(name)
			continue
		}
		addr := master.Options().Addr
		if bad[addr] {
			e.forget(name)
			continue
		}
		l, fresh := e.masterLine(master, addr, name)
		if err := l.SSubscribe(ctx, name); err != nil {
			bad[addr] = true
			e.hangUp(l)
			continue
		}
		if fresh {
			e.hub.run(func() { e.listenToMaster(l) })
		}
	}
	if len(bad) > 0 {
		e.reload()
	}
}

// masterLine returns the line to a master, which is to have a channel, and whether
// it was made now.
func (e *ears) masterLine(master *goredis.Client, addr, channel string) (l *masterLine, fresh bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	l = e.masters[addr]
	if l == nil {
		fresh = true
		l = &masterLine{PubSub: master.SSubscribe(e.hub.ctx), addr: addr,
			channels: make(map[string]struct{}), leaving: make(map[string]int)}
		l.heard.Store(true)
		if e.over {
			_ = l.Close()
		} else {
			e.masters[addr] = l
		}
	}
	l.channels[channel] = struct{}{}
	return l, fresh
}

// leaveMaster takes a channel from the line that has it.
func (e *ears) leaveMaster(channel string) *masterLine {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.masters {
		if _, ok := l.channels[channel]; ok {
			delete(l.channels, channel)
			l.leaving[channel]++
			return l
		}
	}
	return nil
}

// forget has shard channels told again in a while, if they are still wanted.
func (e *ears) forget(names ...string) {
	e.mu.Lock()
	for _, name := range names {
		s := source{shard, name}
		delete(e.told, s)
		e.changed[s] = struct{}{}
	}
	e.mu.Unlock()
	time.AfterFunc(retryTime, e.nudge)
}

// hangUp closes a line and has what it has told elsewhere.
func (e *ears) hangUp(l *masterLine) {
	_ = l.Close()
	e.mu.Lock()
	if e.masters[l.addr] == l {
		delete(e.masters, l.addr)
	}
	names := make([]string, 0, len(l.channels))
	for name := range l.channels {
		names = append(names, name)
	}
	clear(l.channels)
	e.mu.Unlock()
	e.forget(names...)
}

// listenToMaster hands messages to those who listen, until the line breaks or Redis
// has one of the channels elsewhere, or not yet: it does not say which.
func (e *ears) listenToMaster(l *masterLine) {
	for {
		m, err := l.Receive(e.hub.ctx)
		if err != nil {
			if !isReply(err) {
				break
			}
			l.heard.Store(true)
			if e.missed(err); notDone(err) {
				break
			}
			continue
		}
		l.heard.Store(true)
		if s, ok := m.(*goredis.Subscription); ok && s.Kind == "sunsubscribe" {
			e.moved(l, s.Channel)
			continue
		}
		e.take(m)
	}
	e.hangUp(l)
	e.reload()
}

// pingMasters asks the masters whether they live, and hangs up if one has said
// nothing since it was asked before.
func (e *ears) pingMasters() {
	e.mu.Lock()
	lines := make([]*masterLine, 0, len(e.masters))
	for _, l := range e.masters {
		lines = append(lines, l)
	}
	e.mu.Unlock()
	for _, l := range lines {
		if !l.heard.Swap(false) || l.Ping(e.hub.ctx) != nil {
			e.hangUp(l)
		}
	}
}

// moved notes the end of a subscription. A cluster ends one by itself when the
// channel's slot goes to another master: it is told elsewhere then.
func (e *ears) moved(l *masterLine, channel string) {
	e.mu.Lock()
	_, wanted := l.channels[channel]
	if l.leaving[channel] > 0 { // we have asked for it
		wanted = false
		if l.leaving[channel]--; l.leaving[channel] == 0 {
			delete(l.leaving, channel)
		}
	}
	if wanted {
		delete(l.channels, channel)
	}
	e.mu.Unlock()
	if wanted {
		e.reload()
		e.forget(channel)
	}
}

// reload has the driver ask who has which slot. It does not wait.
func (e *ears) reload() {
	if cluster, ok := e.hub.client.(*goredis.ClusterClient); ok && e.hub.ctx.Err() == nil {
		cluster.ReloadState(e.hub.ctx)
	}
}
