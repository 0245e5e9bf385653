package socketio

import (
	"maps"
	"slices"
	"time"

	"github.com/everwire/everwire/session"
)

// claim gives s the stay of the client that it is, if it shows that it is one
// that may come back, and else a new one.
func (k *keeper) claim(s *Socket) {
	was := s.presents()
	if k.cfg.For != nil && !k.cfg.For(s) {
		return
	}
	peer := s.client.conn.Peer()
	k.mu.Lock()
	st, old, released := k.take(s, peer.Principal, was)
	if st == nil {
		st = &stay{private: session.NewID(), id: s.id, principal: peer.Principal}
	} else {
		s.id, s.recovers, s.values = st.id, true, st.values
		st.values = nil
	}
	st.login = peer.Login
	s.stay = st
	k.mu.Unlock()
	k.release(released)
	if old != nil {
		// Its client has noticed before this side that the connection was lost.
		old.client.conn.Kill(&session.CloseError{Code: session.TransportLost, Reason: "came back by another connection", Remote: true})
	}
	if s.ctx.Err() != nil {
		k.depart(s, TransportClose, nil) // its end has not seen the stay
	}
}

// take finds the stay that a client of that principal presents, and makes s its
// socket. If its old one is connected still it is returned. The caller holds mu.
func (k *keeper) take(s *Socket, principal string, was presented) (st *stay, old *Socket, released int) {
	if was.private == "" {
		return nil, nil, 0
	}
	released = k.expire(time.Now())
	st = k.stays[was.private]
	if st == nil || st.principal != principal {
		// A client keeps its private id when its user signs out and another
		// one signs in. The stay is the former's still.
		return nil, nil, released
	}
	from, ok := k.missedFrom(st, was.offset)
	if st.away != nil {
		k.bringBack(st)
		released++
	}
	if !ok || st.spoilt {
		if st.socket == nil {
			delete(k.stays, st.private)
		}
		return nil, nil, released
	}
	if old = st.socket; old != nil && old.client == s.client {
		return nil, nil, released // it is about to end
	} else if old != nil {
		st.values = old.copyValues()
	}
	st.socket, st.live, st.sent = s, false, from
	return st, old, released
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

// register begins a new client's stay, or goes on with an old one.
func (k *keeper) register(s *Socket) {
	cfg := s.client.conn.Config()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.slack = max(k.slack, cfg.PingInterval+cfg.PingTimeout)
	if st := s.stay; !s.recovers && s.ctx.Err() == nil {
		st.socket, st.entered, st.sent = s, k.n, k.n
		k.stays[st.private] = st
	}
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
		k.mu.Unlock()
		return // it was never accepted, or its client is back already
	}
	st.ended = k.endOf(st)
	st.socket, st.live = nil, false
	if k.over || st.spoilt || !recoverable(reason, cause) {
		delete(k.stays, st.private)
		k.mu.Unlock()
		return
	}
	now := time.Now()
	st.since, st.values = now, s.copyValues()
	st.away = k.away.PushBack(st)
	released := k.expire(now)
	if k.timer == nil {
		k.timer = time.AfterFunc(k.cfg.Window, k.tick)
	}
	k.mu.Unlock()
	k.ns.srv.retain(k.ns)
	k.release(released)
}

// bringBack ends the time that a client was away. The caller holds mu.
func (k *keeper) bringBack(st *stay) {
	k.away.Remove(st.away)
	st.away = nil
}

// expire forgets clients that have been away for too long, or are too many, and
// returns how many. The caller holds mu.
func (k *keeper) expire(now time.Time) (n int) {
	for e := k.away.Front(); e != nil; e = k.away.Front() {
		st := e.Value.(*stay)
		if k.away.Len() <= k.cfg.MaxClients && now.Sub(st.since) < k.cfg.Window {
			break
		}
		k.bringBack(st)
		delete(k.stays, st.private)
		n++
	}
	return n
}

// tick forgets what is too old, so that nothing stays when nobody comes.
func (k *keeper) tick() {
	k.mu.Lock()
	now := time.Now()
	released := k.expire(now)
	k.trim(now)
	if len(k.stays) == 0 {
		k.log, k.off, k.bytes = nil, 0, 0
	}
	k.timer = nil
	if e := k.away.Front(); e != nil {
		k.timer = time.AfterFunc(k.cfg.Window-now.Sub(e.Value.(*stay).since), k.tick)
	}
	k.mu.Unlock()
	k.release(released)
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

func (s *Socket) copyValues() map[any]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.values)
}
