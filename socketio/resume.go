package socketio

import (
	"maps"
	"slices"
	"time"

	"github.com/everwire/everwire/session"
)

// claimant is a socket that is to come back as a stay's, once it is let in.
type claimant struct {
	socket *Socket
	offset *string // of the last event that its client has got
}

// recognise gives s the stay of the client that it shows to be, if that may come
// back, and else a new one. Nothing becomes of an old one yet: whether this is the
// client, and whether it is let in, is for the middlewares to say.
func (k *keeper) recognise(s *Socket) {
	was := s.presents()
	if k.cfg.For != nil && !k.cfg.For(s) {
		return
	}
	principal := s.client.conn.Peer().Principal
	k.mu.Lock()
	released := k.expire(time.Now())
	st, c := k.stays[was.private], claimant{s, was.offset}
	if _, ok := k.resumable(st, c, principal); ok {
		s.id, s.recovers = st.id, true
		s.inherit(st.known())
		st.asking = append(st.asking, c)
	} else {
		st = &stay{private: session.NewID(), id: s.id, principal: principal}
	}
	s.stay = st
	k.mu.Unlock()
	k.release(released)
	if s.ctx.Err() != nil {
		k.depart(s, TransportClose, nil) // its end has not seen the stay
	}
}

// resumable reports whether a client of that principal may come back, and up to
// which event it has all. The caller holds mu.
func (k *keeper) resumable(st *stay, c claimant, principal string) (from uint64, ok bool) {
	switch {
	case st == nil, st.spoilt:
		return 0, false
	case st.principal != principal:
		// A client keeps its private id when its user signs out and another
		// one signs in. The stay is the former's still.
		return 0, false
	case st.socket != nil && st.socket.client == c.socket.client:
		return 0, false // it is about to end
	}
	return k.missedFrom(st, c.offset)
}

// claim makes s the socket of its stay, as its client is let in. If the client
// has come back, its earlier connections end, should they seem to live. It
// reports false if it is too late: for a client whose stay is no more, or who has
// come again since, the connection ends. Such a client comes anew.
func (k *keeper) claim(s *Socket) bool {
	peer, cfg := s.client.conn.Peer(), s.client.conn.Config()
	k.mu.Lock()
	if s.ctx.Err() != nil {
		k.mu.Unlock()
		return false
	}
	k.slack = max(k.slack, cfg.PingInterval+cfg.PingTimeout)
	st := s.stay
	if !s.recovers {
		s.claimed = true
		st.socket, st.login, st.entered, st.sent = s, peer.Login, k.n, k.n
		k.stays[st.private] = st
		k.mu.Unlock()
		return true
	}
	over, released, ok := k.replace(st, s, peer.Principal)
	if ok {
		st.login = peer.Login
	}
	k.mu.Unlock()
	k.release(released)
	for _, o := range over {
		// Its client has noticed before this side that the connection was lost.
		o.client.conn.Kill(&session.CloseError{Code: session.TransportLost, Reason: "came back by another connection", Remote: true})
	}
	if !ok {
		s.client.conn.Kill(&session.CloseError{Code: session.TransportLost, Reason: "came back too late"})
	}
	return ok
}

// replace makes s its stay's socket, if it still may be, and returns the others
// that are not to be any more: the one that was, and those that have asked before
// s. The caller holds mu.
func (k *keeper) replace(st *stay, s *Socket, principal string) (over []*Socket, released int, ok bool) {
	i := slices.IndexFunc(st.asking, func(c claimant) bool { return c.socket == s })
	if i < 0 || k.stays[st.private] != st {
		return nil, 0, false
	}
	from, ok := k.resumable(st, st.asking[i], principal)
	if !ok {
		return nil, 0, false
	}
	if st.socket != nil {
		over = append(over, st.socket)
	}
	for _, c := range st.asking[:i] {
		over = append(over, c.socket)
	}
	st.asking = slices.Delete(st.asking, 0, i+1)
	if st.away != nil {
		k.bringBack(st)
		released = 1
	}
	s.inherit(st.known()) // once more: it may have changed meanwhile
	s.claimed = true
	st.socket, st.live, st.sent, st.values = s, false, from, nil
	return over, released, true
}

// missedFrom returns the number of the event up to which the client has all. It
// reports false if something may have been dropped that the client has missed.
// The caller holds mu.
func (k *keeper) missedFrom(st *stay, offset *string) (uint64, bool) {
	from := st.entered // without an offset it has got nothing
	if offset != nil {
		n, ok := parseOffset(*offset)
		if !ok || n > k.n {
			return 0, false
		}
		from = max(from, n)
	}
	if ended := k.endOf(st); from >= st.sent {
		from = max(from, ended) // what came after the last one was not for it
	}
	return from, from+1 >= k.first()
}

// endOf returns the number of the last event that was queued for the client, if
// it was for it. The caller holds mu.
func (k *keeper) endOf(st *stay) uint64 {
	switch {
	case st.live:
		return k.n
	case st.socket != nil:
		return st.sent
	}
	return st.ended
}

// resume puts the socket of a client that is back into its rooms, and lets it
// catch up, as it does with a new one.
func (k *keeper) resume(s *Socket) {
	k.mu.Lock()
	rooms := slices.Collect(maps.Keys(s.stay.rooms))
	k.mu.Unlock()
	if len(rooms) > 0 {
		if err := k.ns.adapter.Join(s, rooms...); err != nil && s.open() {
			s.log().Warn("rooms were not restored", "err", err)
		}
	}
	k.catchUp(s)
}

// catchUp sends what the client has missed, from the log, until nothing is left
// and the socket gets events as they are emitted. It blocks while the client's
// outbox is full.
func (k *keeper) catchUp(s *Socket) {
	const batch = 64
	st := s.stay
	var missed []*kept
	for {
		missed = missed[:0]
		k.mu.Lock()
		if st.socket != s {
			k.mu.Unlock()
			return // it has ended
		}
		for st.sent < k.n && len(missed) < batch {
			if st.sent+1 < k.first() {
				st.spoilt = true
				k.mu.Unlock()
				s.client.conn.Abort(&session.CloseError{Code: session.SlowClient, Reason: "too slow for what was missed"})
				return
			}
			st.sent++
			if e := k.log[k.off+int(st.sent-k.first())]; st.meant(e) {
				missed = append(missed, e)
			}
		}
		st.live = len(missed) == 0 && st.sent == k.n
		done := st.live
		k.mu.Unlock()
		if done {
			return
		}
		for _, e := range missed {
			if s.client.conn.Enqueue(s.ctx, e.encode(k.ns)...) != nil {
				return // the session is over
			}
		}
	}
}

// depart ends a socket's part in its stay. If the client may come back the stay is
// kept.
func (k *keeper) depart(s *Socket, reason DisconnectReason, cause error) {
	k.mu.Lock()
	st := s.stay
	if st == nil || st.socket != s {
		// It was never accepted, or its client is back already.
		if st != nil {
			st.asking = slices.DeleteFunc(st.asking, func(c claimant) bool { return c.socket == s })
		}
		k.mu.Unlock()
		return
	}
	st.ended = k.endOf(st)
	st.socket, st.live = nil, false
	if k.over || st.spoilt || !recoverable(reason, cause) {
		delete(k.stays, st.private)
		k.mu.Unlock()
		return
	}
	now := time.Now()
	st.since, st.values = now, s.allValues()
	k.sendAway(st)
	k.trim(now) // rather its old events than a client
	released := k.expire(now)
	k.arm(now)
	k.mu.Unlock()
	k.ns.srv.retain(k.ns)
	k.release(released)
}

// expire forgets clients that have been away for too long, or are too many, and
// returns how many. The caller holds mu.
func (k *keeper) expire(now time.Time) (n int) {
	for e := k.away.Front(); e != nil; e = k.away.Front() {
		st := e.Value.(*stay)
		if k.away.Len() <= k.cfg.MaxClients && !k.full() && now.Sub(st.since) < k.cfg.Window {
			break
		}
		k.bringBack(st)
		delete(k.stays, st.private)
		n++
	}
	return n
}

// release lets the namespace go that was held for clients that are away.
func (k *keeper) release(n int) {
	for range n {
		k.ns.srv.release(k.ns)
	}
}

// spoil makes the client one that cannot come back.
func (k *keeper) spoil(s *Socket) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s.stay.spoilt = true
}
