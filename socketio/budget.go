package socketio

import "github.com/everwire/everwire/session"

// budget is what waits in the mailboxes of all of a client's sockets. What
// still runs for a socket that has ended counts as an event, so that a client
// cannot pile up handlers by leaving and coming back.
type budget struct {
	bytes int
	// room is closed when half of the budget is free again. There is one
	// deliverer, so one at most waits for it.
	room   chan struct{}
	events int32
	// awaiting is how many calls wait for an ack of this client. Their handlers
	// may hold up the mailbox, and the ack is behind what is in the way.
	awaiting int32
}

// overhead is what an entry of a mailbox costs besides its data.
const overhead = 128

// post puts an event into a socket's mailbox. While the client's mailboxes are
// full it blocks, which holds the client back.
func (c *client) post(s *Socket, e *event) error {
	if err := c.reserve(e.size()); err != nil {
		return err
	}
	if !s.post(e) {
		c.taken(e.size())
	}
	return nil
}

// reserve takes an entry from the budget, and waits for it.
func (c *client) reserve(size int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.over && !c.fits(size) {
		if c.budget.awaiting > 0 {
			return &session.CloseError{Code: session.PolicyViolated, Reason: "mailbox overflow", Err: errMailboxFull}
		}
		room := make(chan struct{})
		c.budget.room = room
		c.mu.Unlock()
		c.conn.Stall(func() { <-room })
		c.mu.Lock()
	}
	if c.over {
		return session.ErrClosed
	}
	c.budget.events++
	c.budget.bytes += size
	return nil
}

// fits reports whether an entry fits the budget. An empty one takes any. The
// caller holds mu.
func (c *client) fits(size int) bool {
	factor := 1
	if c.budget.awaiting > 0 {
		factor = 4
	}
	return c.budget.events == 0 ||
		int(c.budget.events) < factor*c.srv.cfg.MailboxEvents && c.budget.bytes+size <= factor*c.srv.cfg.MailboxBytes
}

// lingers counts a socket that has ended and is not done yet.
func (c *client) lingers() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.budget.events++
	c.budget.bytes += overhead
}

// taken gives an entry back.
func (c *client) taken(size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.budget.events--
	c.budget.bytes -= size
	c.free(false)
}

// free lets the deliverer look again. The caller holds mu.
func (c *client) free(all bool) {
	b := &c.budget
	half := int(b.events) <= c.srv.cfg.MailboxEvents/2 && b.bytes <= c.srv.cfg.MailboxBytes/2
	if b.room != nil && (all || half) {
		close(b.room)
		b.room = nil
	}
}

// await counts the calls that wait for an ack: by 1 when one begins, by -1 when
// it has ended.
func (c *client) await(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.budget.awaiting += int32(n)
	// The deliverer may be blocked in front of the ack: its budget has grown.
	c.free(n > 0)
}
