package flash

import "time"

// Seams for the tests.
const (
	Request      = request
	MaxAddresses = maxAddresses
)

// Check is check.
func Check(p []byte) (complete bool, err error) { return check(p) }

// Limiter is the limiter of Serve.
type Limiter struct{ l *limiter }

// NewLimiter returns a limiter.
func NewLimiter(burst int, interval time.Duration) Limiter {
	return Limiter{newLimiter(burst, interval)}
}

// Allow takes a token.
func (l Limiter) Allow(remote string, now time.Time) bool { return l.l.allow(remote, now) }

// Len is how many addresses are remembered.
func (l Limiter) Len() int { return len(l.l.full) }
