package session

import (
	"context"
	"slices"
	"time"
)

// drainSlot is the time between two steps of a Drain that is spread: every so
// often at least one session is closed.
const drainSlot = 10 * time.Millisecond

// Drain refuses new sessions, closes all there are with GoingAway after what
// they have queued, and waits for them and their handlers. When ctx is done
// first, it ends the rest at once and returns the context's cause without
// waiting for handlers that still run.
//
// The sessions are closed one after the other, in no order, evenly over the time
// spread, so that their clients do not all come back in the same moment; each
// goes on as usual until it is its turn. It takes less time if there are few of
// them, 10 ms for each, and no more than three quarters of what ctx allows. Zero
// closes them all at once.
func (m *Manager) Drain(ctx context.Context, spread time.Duration) error {
	m.mu.Lock()
	m.draining = true
	m.check()
	m.mu.Unlock()
	m.closeAll(ctx, spread)
	select {
	case <-m.empty:
	case <-ctx.Done():
		for c := range m.All() {
			c.Kill(&CloseError{Code: GoingAway, Reason: "server shut down"})
		}
		return context.Cause(ctx)
	}
	select {
	case <-m.idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// closeAll closes all sessions over the given time. It returns early when there
// are none left, and when ctx is done.
func (m *Manager) closeAll(ctx context.Context, spread time.Duration) {
	all := slices.Collect(m.All())
	step := len(all)
	if deadline, ok := ctx.Deadline(); ok {
		spread = min(spread, time.Until(deadline)/4*3)
	}
	if slots := int(spread / drainSlot); slots > 0 {
		step = (len(all) + slots - 1) / slots
	}
	for len(all) > 0 {
		for _, c := range all[:min(step, len(all))] {
			c.Close(GoingAway, "server shutting down")
		}
		all = all[min(step, len(all)):]
		if len(all) == 0 {
			return
		}
		select {
		case <-time.After(drainSlot):
		case <-m.empty:
			return
		case <-ctx.Done():
			return
		}
	}
}
