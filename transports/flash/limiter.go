package flash

import (
	"net/netip"
	"sync"
	"time"
)

// maxAddresses bounds what a limiter remembers.
const maxAddresses = 4096

const (
	// defaultBurst and defaultInterval are for those who name no Limiter.
	defaultBurst    = 10
	defaultInterval = time.Second
)

// Limiter is a token bucket per address: a burst of policy requests at once,
// then one for every interval. All the ports of a machine should share one.
// IPv6 clients count by their /64, which one of them has to itself; clients
// whose address is none share a bucket. At most 4,096 addresses are
// remembered. It is safe for concurrent use.
type Limiter struct {
	burst    int
	interval time.Duration

	mu sync.Mutex // guards below
	// full is when the bucket of each address is full again; before burst
	// intervals ahead of that there is a token left.
	full map[netip.Prefix]time.Time
}

// NewLimiter returns a Limiter. Zeros mean 10 and one second.
func NewLimiter(burst int, interval time.Duration) *Limiter {
	if burst == 0 {
		burst = defaultBurst
	}
	if interval == 0 {
		interval = defaultInterval
	}
	return &Limiter{burst: burst, interval: interval, full: make(map[netip.Prefix]time.Time)}
}

// allow takes a token of the address, given as host:port. What is no address
// shares one bucket.
func (l *Limiter) allow(remote string, now time.Time) bool {
	key := bucketOf(remote)
	l.mu.Lock()
	defer l.mu.Unlock()
	full, known := l.full[key]
	if !known || full.Before(now) {
		full = now
	}
	if full.Sub(now) > time.Duration(l.burst-1)*l.interval {
		return false
	}
	if !known && len(l.full) >= maxAddresses {
		l.forget(now)
	}
	l.full[key] = full.Add(l.interval)
	return true
}

// forget makes room: a full bucket need not be remembered. If there are few, an
// arbitrary eighth of all is forgotten: memory is bounded, whoever comes, and
// the work too.
func (l *Limiter) forget(now time.Time) {
	for key, full := range l.full {
		if !full.After(now) {
			delete(l.full, key)
		}
	}
	for key := range l.full {
		if len(l.full) <= maxAddresses-maxAddresses/8 {
			return
		}
		delete(l.full, key)
	}
}

func bucketOf(remote string) netip.Prefix {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	addr := ap.Addr().Unmap()
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.WithZone("").Prefix(bits) // bits fit the address
	return p
}
