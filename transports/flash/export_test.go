package flash

import "time"

// Seams for the tests.
const (
	Request      = request
	MaxAddresses = maxAddresses
)

// Check is check.
func Check(p []byte) (complete bool, err error) { return check(p) }

// Allow is allow.
func (l *Limiter) Allow(remote string, now time.Time) bool { return l.allow(remote, now) }

// Len is how many addresses are remembered.
func (l *Limiter) Len() int { return len(l.full) }

// Pipe is pipe.
func Pipe(local, remote string) (near, far *conn) { return pipe(addr(local), addr(remote)) }
