package session

import "sync/atomic"

// OverflowCounter counts what becomes of events for which an outbox has no room.
// The zero value is ready. One may be shared by any number of sessions. Safe for
// concurrent use.
type OverflowCounter struct{ totals [4]atomic.Uint64 }

// What an OverflowCounter counts.
const (
	volatileDropped = iota
	oldestDropped
	eventRefused
	slowClient
)

// add counts one. A nil counter counts for nobody.
func (o *OverflowCounter) add(what int) {
	if o != nil {
		o.totals[what].Add(1)
	}
}

// CountRefused counts an event that a queue in front of the outbox has refused.
func (o *OverflowCounter) CountRefused() { o.add(eventRefused) }

// OverflowCounts are totals since an OverflowCounter came into use. An event
// counts once, whatever the number of its packets.
type OverflowCounts struct {
	// Volatile events were dropped as their client was not ready for them.
	Volatile uint64
	// Oldest events were dropped by the policy DropOldest, to make room.
	Oldest uint64
	// Refused events were not accepted, by the policy Refuse, because no
	// dropping would have made room, or by a queue in front of the outbox; one of
	// those that has refused a broadcast counts once for all its receivers.
	Refused uint64
	// SlowClients is how many sessions were ended with the code SlowClient.
	SlowClients uint64
}

// Counts returns the totals. Taken one after the other, they need not belong to
// one moment.
func (o *OverflowCounter) Counts() OverflowCounts {
	return OverflowCounts{
		Volatile: o.totals[volatileDropped].Load(), Oldest: o.totals[oldestDropped].Load(),
		Refused: o.totals[eventRefused].Load(), SlowClients: o.totals[slowClient].Load(),
	}
}

// countEnd counts the end of a session. The caller holds mu.
func (c *Conn) countEnd(cause *CloseError) {
	if cause.Code == SlowClient && !cause.Remote {
		c.cfg.OverflowCounter.add(slowClient)
	}
}
