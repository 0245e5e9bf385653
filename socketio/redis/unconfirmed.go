package redis

import (
	"context"
	"maps"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// The pause before Redis is told again what it has refused grows from one of
	// these to the other.
	minPause = 100 * time.Millisecond
	maxPause = 30 * time.Second
	// dialPause is short: what others say when Redis is back is not to be missed.
	dialPause = 100 * time.Millisecond
)

// unconfirmed is what Redis was told to send and has not confirmed. The driver tells
// it once for each connection: what is refused then, it does not say again.
type unconfirmed struct {
	retry *time.Timer // ends a pause

	// The mutex of ears guards these.
	unsure  map[source]struct{} // told by the connection of now, not confirmed by it
	again   map[source]struct{} // to be told again
	pausing bool
	pause   time.Duration // the last one, since nothing was to be told again
	warned  bool          // since then
}

func (u *unconfirmed) init() {
	u.unsure = make(map[source]struct{})
	u.again = make(map[source]struct{})
	u.retry = time.NewTimer(maxPause)
	u.retry.Stop()
}

// settle notes that a source is confirmed, or of no concern any more. It reports
// whether that was the last of those that the log has told of. The caller holds the
// mutex of ears.
func (u *unconfirmed) settle(s source) (last bool) {
	delete(u.unsure, s)
	if _, ok := u.again[s]; !ok {
		return false
	}
	delete(u.again, s)
	if len(u.again) > 0 {
		return false
	}
	last, u.warned, u.pause = u.warned, false, 0
	return last
}

// missed has all that is not confirmed told again after a pause, because of an error:
// what Redis refuses it does not name. It returns how much that is.
func (e *ears) missed(err error) int {
	e.mu.Lock()
	maps.Copy(e.again, e.unsure)
	if len(e.again) > 0 && !e.pausing {
		e.pausing = true
		e.pause = min(max(2*e.pause, minPause), maxPause)
		e.retry.Reset(e.pause)
	}
	n := len(e.unsure)
	warn := n > 0 && !e.warned && isReply(err)
	e.warned = e.warned || warn
	e.mu.Unlock()
	if warn {
		e.hub.log.Warn("Redis has refused a subscription: this server does not hear all that others say until it is taken",
			"err", e.hub.shown(err))
	}
	return n
}

// tellAgain has told again what was missed.
func (e *ears) tellAgain() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pausing = false
	for s := range e.again {
		delete(e.told, s)
		e.changed[s] = struct{}{}
	}
}

// isMissing reports whether something was refused and is not confirmed yet.
func (e *ears) isMissing() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.again) > 0
}

// broken notes that the driver needs a new connection, and tells Redis all by that.
func (e *ears) broken() {
	_, cluster := e.hub.client.(*goredis.ClusterClient)
	e.mu.Lock()
	defer e.mu.Unlock()
	for s := range e.told {
		if s.way != shard || !cluster { // those have connections of their own
			e.unsure[s] = struct{}{}
		}
	}
}

// listen hands messages to those who listen, until the hub is over.
func (e *ears) listen(main *goredis.PubSub) {
	replies, asked := 0, false // errors without anything else between them; whether a PONG is to come
	for {
		m, err := main.Receive(e.hub.ctx)
		switch {
		case e.hub.ctx.Err() != nil:
			return
		case err == nil:
			replies, asked = 0, false
			e.take(m)
			continue
		case isReply(err) && !e.breaks(err):
			if replies++; replies <= e.missed(err) {
				continue
			}
			// There may be more for each attempt of the driver to log in.
			if !asked && main.Ping(e.hub.ctx) == nil {
				asked = true
				continue
			}
		default:
			e.broken()
		}
		select {
		case <-time.After(dialPause):
		case <-e.hub.ctx.Done():
			return
		}
	}
}

// breaks reports whether the driver gives up a connection for a reply: the name that
// it has for Redis may belong to another by now.
func (e *ears) breaks(err error) bool {
	addr, moved := goredis.IsMovedError(err)
	return goredis.IsReadOnlyError(err) || moved && addr == e.hub.Address()
}

// ping has all connections say something, so that those that are broken show it.
func (e *ears) ping() {
	e.mu.Lock()
	main := e.main
	e.mu.Unlock()
	if main != nil {
		ctx, cancel := context.WithTimeout(e.hub.ctx, sendTime)
		_ = main.Ping(ctx) // the driver makes a new one
		cancel()
	}
	e.pingMasters()
}
