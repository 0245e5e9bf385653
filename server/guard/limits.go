package guard

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// addressKey is what limits are counted by: an IPv4 address, or the /64 of an
// IPv6 address, which is one customer's. Peers without an IP address share
// the zero key.
func addressKey(a netip.Addr) netip.Prefix {
	a = plain(a)
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// addressMap holds one value per address and forgets the address that has
// been silent longest when there are too many. It needs its owner's lock.
type addressMap[V any] struct {
	max   int
	items map[netip.Prefix]*list.Element
	order *list.List // of addressEntry[V], the one used last in front
}

type addressEntry[V any] struct {
	key   netip.Prefix
	value V
}

func newAddressMap[V any](max int) addressMap[V] {
	return addressMap[V]{max: max, items: make(map[netip.Prefix]*list.Element), order: list.New()}
}

// at returns the address's value, which make provides if there is none.
func (m *addressMap[V]) at(key netip.Prefix, make func() V) *V {
	if e, ok := m.items[key]; ok {
		m.order.MoveToFront(e)
		return &e.Value.(*addressEntry[V]).value
	}
	for m.order.Len() >= m.max {
		old := m.order.Remove(m.order.Back()).(*addressEntry[V])
		delete(m.items, old.key)
	}
	n := &addressEntry[V]{key: key, value: make()}
	m.items[key] = m.order.PushFront(n)
	return &n.value
}

// sessionLimit is a token bucket per address. A nil one has no limit.
type sessionLimit struct {
	perSecond int

	mu    sync.Mutex // guards below
	addrs addressMap[*rate.Limiter]
}

func newSessionLimit(perSecond int) *sessionLimit {
	return &sessionLimit{perSecond: perSecond, addrs: newAddressMap[*rate.Limiter](maxAddresses)}
}

// allow takes one session from the address's allowance or says how long it
// must wait.
func (s *sessionLimit) allow(key netip.Prefix, now time.Time) (ok bool, wait time.Duration) {
	if s == nil {
		return true, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := *s.addrs.at(key, func() *rate.Limiter {
		return rate.NewLimiter(rate.Limit(s.perSecond), s.perSecond)
	})
	r := l.ReserveN(now, 1)
	if d := r.DelayFrom(now); d > 0 {
		r.CancelAt(now)
		return false, d
	}
	return true, 0
}

// attemptLimit bounds how often a secret is judged: exactly, within any
// minute, per address, and by a token bucket for all logins together. A
// token bucket alone would let twice the number through in the first minute.
// A nil one has no limit.
type attemptLimit struct {
	perMinute int

	mu    sync.Mutex // guards below
	addrs addressMap[[]time.Time]
	all   *rate.Limiter
}

func newAttemptLimit(perMinute int) *attemptLimit {
	total := 100 * perMinute
	return &attemptLimit{
		perMinute: perMinute,
		addrs:     newAddressMap[[]time.Time](maxAddresses),
		all:       rate.NewLimiter(rate.Limit(float64(total)/60), total),
	}
}

// take counts an attempt or says how long the address must wait for its next.
func (a *attemptLimit) take(key netip.Prefix, now time.Time) (ok bool, wait time.Duration) {
	if a == nil {
		return true, 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	times := a.recent(key, now)
	if wait := a.wait(*times, now); wait > 0 {
		return false, wait
	}
	r := a.all.ReserveN(now, 1)
	if d := r.DelayFrom(now); d > 0 {
		r.CancelAt(now)
		return false, d
	}
	*times = append(*times, now)
	return true, 0
}

// judge passes the outcome of a comparison on unless the address must wait,
// and counts it if it was wrong. The outcome of attempts over the limit is
// lost, so they teach nothing. Without a limit wait is 0.
func (a *attemptLimit) judge(key netip.Prefix, now time.Time, match bool) (ok bool, wait time.Duration) {
	if a == nil {
		return match, 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	times := a.recent(key, now)
	if wait := a.wait(*times, now); wait > 0 {
		return false, wait
	}
	if !match {
		*times = append(*times, now)
	}
	return match, 0
}

// recent returns the address's attempts of the last minute. It needs the lock.
func (a *attemptLimit) recent(key netip.Prefix, now time.Time) *[]time.Time {
	times := a.addrs.at(key, func() []time.Time { return nil })
	old := 0
	for old < len(*times) && now.Sub((*times)[old]) >= time.Minute {
		old++
	}
	*times = append((*times)[:0], (*times)[old:]...)
	return times
}

func (a *attemptLimit) wait(times []time.Time, now time.Time) time.Duration {
	if len(times) < a.perMinute {
		return 0
	}
	return time.Minute - now.Sub(times[0])
}
