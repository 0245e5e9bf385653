package session

// maxResting is how many goroutines without work a Manager keeps.
const maxResting = 32

// worker is a goroutine that runs handlers, one after the other, for whichever
// session has one to run. Most handlers run for a moment, many thousands a
// second, and a goroutine that has done one before has a stack that need not
// grow again.
type worker struct {
	m    *Manager
	work chan func() // has room for one; closed to end the worker
}

// Go runs f on a goroutine that Manager.Shutdown waits for, if the session is
// not over yet.
func (c *Conn) Go(f func()) {
	if c.m == nil {
		go f()
		return
	}
	switch w, counts := c.m.workerBegins(c); {
	case w != nil:
		w.work <- f
	case counts:
		w := &worker{m: c.m, work: make(chan func(), 1)}
		go w.run(f)
	default:
		go f()
	}
}

func (w *worker) run(f func()) {
	finished := false
	defer func() {
		if !finished {
			w.m.handlerEnds() // a panic or runtime.Goexit in f
		}
	}()
	for f != nil {
		f()
		if !w.m.workerRests(w) {
			break
		}
		f = <-w.work
	}
	finished = true
}

// workerBegins is handlerBegins, and returns a worker that rests, if there is one.
func (m *Manager) workerBegins(c *Conn) (w *worker, counts bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.begins(c) {
		return nil, false
	}
	if n := len(m.resting); n > 0 {
		w = m.resting[n-1]
		m.resting[n-1] = nil
		m.resting = m.resting[:n-1]
	}
	return w, true
}

// workerRests is handlerEnds, and reports whether w is to wait for more work.
func (m *Manager) workerRests(w *worker) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.handlers--
	m.check()
	if len(m.conns) == 0 || len(m.resting) >= maxResting {
		return false
	}
	m.resting = append(m.resting, w)
	return true
}

// dismiss ends the workers that rest. The caller holds mu.
func (m *Manager) dismiss() {
	for _, w := range m.resting {
		close(w.work)
	}
	m.resting = nil
}
