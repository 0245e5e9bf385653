package socketio

import (
	"sync/atomic"
	"time"
)

// stock is what the keepers of all namespaces keep together. Who adds to it and
// finds it too large gives up something of its own.
type stock struct {
	bytes   atomic.Int64 // of events, and of clients that are away
	clients atomic.Int64 // that are away
}

// full reports whether the namespaces keep too much together.
func (k *keeper) full() bool {
	total := &k.ns.srv.stock
	return total.bytes.Load() > int64(k.cfg.MaxTotalBytes) || total.clients.Load() > int64(k.cfg.MaxTotalClients)
}

// roomOverhead is what being in a room costs besides its name.
const roomOverhead = 64

// giveUpAway removes a child that nobody is in, but for clients that are away: one
// who is here goes before them. The caller holds Server.mu.
func (srv *Server) giveUpAway() []*Namespace {
	for _, parent := range srv.parents {
		for _, child := range parent.family.children {
			if child.keeper.abandon() && srv.giveUp(child) {
				return []*Namespace{child}
			}
		}
	}
	return nil
}

// abandon forgets the clients that are away if they are all that holds the
// namespace. The caller holds Server.mu.
func (k *keeper) abandon() bool {
	if k == nil || k.ns.pinned {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ns.uses > k.away.Len() {
		return false
	}
	k.ns.uses -= k.forget()
	return true
}

// sendAway begins the time that a client is away. The caller holds mu.
func (k *keeper) sendAway(st *stay) {
	st.away = k.away.PushBack(st)
	st.size = keptOverhead
	for room := range st.rooms {
		st.size += roomOverhead + len(room)
	}
	for _, v := range st.former {
		st.size += roomOverhead + len(v.room)
	}
	k.ns.srv.stock.bytes.Add(int64(st.size))
	k.ns.srv.stock.clients.Add(1)
}

// bringBack ends it. The caller holds mu.
func (k *keeper) bringBack(st *stay) {
	k.away.Remove(st.away)
	st.away = nil
	k.ns.srv.stock.bytes.Add(-int64(st.size))
	k.ns.srv.stock.clients.Add(-1)
}

// clear drops all events. The caller holds mu.
func (k *keeper) clear() {
	k.ns.srv.stock.bytes.Add(-int64(k.bytes))
	k.log, k.off, k.bytes = nil, 0, 0
}

// arm sees that tick is called when something becomes too old. The caller holds
// mu.
func (k *keeper) arm(now time.Time) {
	var due time.Time
	if k.off < len(k.log) {
		due = k.log[k.off].at.Add(k.cfg.Window + k.slack)
	}
	if e := k.away.Front(); e != nil {
		if over := e.Value.(*stay).since.Add(k.cfg.Window); due.IsZero() || over.Before(due) {
			due = over
		}
	}
	if due.IsZero() || k.timer != nil && !due.Before(k.due) {
		return
	}
	if k.timer != nil {
		k.timer.Stop()
	}
	k.due = due
	k.timer = time.AfterFunc(due.Sub(now), k.tick)
}

// tick forgets what is too old, so that nothing stays when nobody comes.
func (k *keeper) tick() {
	k.mu.Lock()
	now := time.Now()
	if k.timer == nil || now.Before(k.due) {
		k.mu.Unlock()
		return // it was stopped too late
	}
	k.timer = nil
	released := k.expire(now)
	k.trim(now)
	if len(k.stays) == 0 {
		k.clear()
	}
	k.arm(now)
	k.mu.Unlock()
	k.release(released)
}
