package socketio

import (
	"context"
	"sync"
)

// Shutdown forgets clients that could come back (see Recovery), and waits until
// nothing is under way any more that the server does on a goroutine of its own,
// such as calling OnAnyOutgoing's listeners; an Emit of later does that itself.
// It ends no connections: it is for whoever has ended them. When ctx is done
// first it returns the context's cause.
func (srv *Server) Shutdown(ctx context.Context) error {
	if srv.cfg.Recovery != nil {
		for _, k := range srv.keepers() {
			k.end()
		}
	}
	select {
	case <-srv.errands.end():
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// end forgets all clients that are away, and keeps nobody who goes away later.
func (k *keeper) end() {
	k.mu.Lock()
	released := k.forget()
	k.mu.Unlock()
	k.release(released)
}

// forget is end, and returns how many were away. The caller holds mu.
func (k *keeper) forget() int {
	k.over = true
	n := k.away.Len()
	for e := k.away.Front(); e != nil; e = k.away.Front() {
		st := e.Value.(*stay)
		k.bringBack(st)
		delete(k.stays, st.private)
	}
	k.clear()
	if k.timer != nil {
		k.timer.Stop()
		k.timer = nil
	}
	return n
}

// errands counts the goroutines that work for nobody in particular.
type errands struct {
	mu   sync.Mutex // guards below
	n    int
	over bool
	idle chan struct{} // closed when it is over and none runs; made by end
}

// run runs f on a goroutine of its own, unless it is over.
func (e *errands) run(f func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return false
	}
	e.n++
	go func() {
		defer e.done()
		f()
	}()
	return true
}

func (e *errands) done() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.n--; e.over && e.n == 0 {
		close(e.idle)
	}
}

// end refuses further errands and returns a channel that is closed when the last
// one is done.
func (e *errands) end() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.over {
		e.over, e.idle = true, make(chan struct{})
		if e.n == 0 {
			close(e.idle)
		}
	}
	return e.idle
}
