package session

import "runtime"

// StopTimer stops the session's timer and reports whether it was running.
func (c *Conn) StopTimer() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.live.timer != nil && c.live.timer.Stop()
}

// FireTimer runs what the timer would run, as one that was reset too late does.
func (c *Conn) FireTimer() { c.fire() }

// MaxStall is how far a blocked inbound side extends the pong deadline.
const MaxStall = maxStall

// CanLock reports whether the session's mutex becomes free. A callback that
// runs while its own goroutine holds the mutex sees it held for ever.
func (c *Conn) CanLock() bool {
	for range 1_000_000 {
		if c.mu.TryLock() {
			c.mu.Unlock()
			return true
		}
		runtime.Gosched()
	}
	return false
}
