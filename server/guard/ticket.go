package guard

import (
	"container/list"
	"errors"
	"sync"
	"time"
)

// Errors of IssueTicket.
var (
	// ErrNoPrincipal says that the grant has no principal a ticket could
	// stand for.
	ErrNoPrincipal = errors.New("guard: a ticket needs a principal")
	// ErrTooManyTickets says that too many tickets wait to be redeemed. It
	// passes within TicketLifetime.
	ErrTooManyTickets = errors.New("guard: too many tickets")
)

type ticket struct {
	key              secretHash
	principal, login string
	expires          time.Time
}

// tickets are those not redeemed yet. A spent one is forgotten: it is as
// unknown as one that never was.
type tickets struct {
	max int

	mu    sync.Mutex // guards below
	byKey map[secretHash]*list.Element
	order *list.List // of ticket, the next to expire in front
}

func newTickets(max int) *tickets {
	return &tickets{max: max, byKey: make(map[secretHash]*list.Element), order: list.New()}
}

// IssueTicket returns a single-use value by which Open admits the grant's
// principal for the next TicketLifetime, in the query parameter ticket. It
// dies with the grant's login session. The error is ErrNoPrincipal or
// ErrTooManyTickets.
func (g *Guard) IssueTicket(gr Grant) (string, error) {
	if gr.Principal == "" {
		return "", ErrNoPrincipal
	}
	value := secret()
	now := g.clock()
	ok := g.tickets.add(ticket{
		key: hashSecret(value), principal: gr.Principal, login: gr.Login,
		expires: now.Add(TicketLifetime),
	}, now)
	if !ok {
		return "", ErrTooManyTickets
	}
	// A login that ended meanwhile has voided its tickets before this one.
	if !g.Touch(gr.Login) {
		g.tickets.void(gr.Login)
		return "", ErrNoPrincipal
	}
	return value, nil
}

func (t *tickets) add(n ticket, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(now)
	if t.order.Len() >= t.max {
		return false
	}
	t.byKey[n.key] = t.order.PushBack(n)
	return true
}

// valid reports whether redeem would succeed.
func (t *tickets) valid(value string, now time.Time) bool {
	_, ok := t.get(value, now, false)
	return ok
}

// redeem uses a ticket up.
func (t *tickets) redeem(value string, now time.Time) (ticket, bool) {
	return t.get(value, now, true)
}

func (t *tickets) get(value string, now time.Time, use bool) (ticket, bool) {
	if len(value) != secretLen {
		return ticket{}, false
	}
	key := hashSecret(value)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(now)
	e, ok := t.byKey[key]
	if !ok {
		return ticket{}, false
	}
	if use {
		t.remove(e)
	}
	return e.Value.(ticket), true
}

// void removes the tickets of a login session.
func (t *tickets) void(login string) {
	if login == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for e := t.order.Front(); e != nil; {
		next := e.Next()
		if e.Value.(ticket).login == login {
			t.remove(e)
		}
		e = next
	}
}

func (t *tickets) sweep(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expire(now)
}

// expire needs the lock. All tickets live equally long, so the oldest are in
// front.
func (t *tickets) expire(now time.Time) {
	for e := t.order.Front(); e != nil && !now.Before(e.Value.(ticket).expires); e = t.order.Front() {
		t.remove(e)
	}
}

// remove needs the lock.
func (t *tickets) remove(e *list.Element) {
	delete(t.byKey, t.order.Remove(e).(ticket).key)
}
