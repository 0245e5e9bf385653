package session

import "context"

// outbox is the queue of data packets, with the close packet as its last
// entry. Its entries stay until a batch that holds them is committed.
type outbox struct {
	entries []entry // head at index off
	off     int
	bytes   int
}

// entry is a packet, and how many further packets belong to its event. The
// packets of one event are never separated.
type entry struct {
	Packet
	more int
}

func (o *outbox) len() int { return len(o.entries) - o.off }

func (o *outbox) push(ps ...Packet) {
	for i, p := range ps {
		o.entries = append(o.entries, entry{p, len(ps) - 1 - i})
		o.bytes += len(p.Data)
	}
}

// smallQueue is how many entries an idle outbox may keep allocated.
const smallQueue = 4

// drop removes n entries after the first skip ones.
func (o *outbox) drop(skip, n int) {
	at := o.off + skip
	for i := at; i < at+n; i++ {
		o.bytes -= len(o.entries[i].Data)
	}
	if skip == 0 {
		clear(o.entries[at : at+n])
		o.off += n
	} else {
		copy(o.entries[at:], o.entries[at+n:])
		clear(o.entries[len(o.entries)-n:])
		o.entries = o.entries[:len(o.entries)-n]
	}
	switch {
	case o.len() == 0 && cap(o.entries) > smallQueue:
		o.entries, o.off = nil, 0
	case o.len() == 0:
		o.entries, o.off = o.entries[:0], 0
	case o.off > 32 && o.off > len(o.entries)/2:
		// Half of the array is behind the head: move up, so that a queue
		// that never runs dry does not grow for ever.
		m := copy(o.entries, o.entries[o.off:])
		clear(o.entries[m:])
		o.entries, o.off = o.entries[:m], 0
	}
}

// rest gives up the array of an outbox that is empty and nobody's: between two
// polls there may be many sessions.
func (o *outbox) rest() {
	if o.len() == 0 {
		o.entries, o.off = nil, 0
	}
}

// discard removes all but the first keep entries, which a carrier has.
func (o *outbox) discard(keep int) { o.drop(keep, o.len()-keep) }

// dropEvent removes the oldest event after the first skip entries that is not
// essential, and says how many packets it had; 0 if there is none.
func (o *outbox) dropEvent(skip int) int {
	for skip < o.len() {
		e := &o.entries[o.off+skip]
		n := e.more + 1
		if !e.Essential {
			o.drop(skip, n)
			return n
		}
		skip += n
	}
	return 0
}

// take appends whole events from the head to dst until max bytes are
// reached, at least one event. With closeAlone the close packet is taken only
// if nothing stands in front of it.
func (o *outbox) take(dst []Packet, max int, closeAlone bool) []Packet {
	size := 0
	for i := o.off; i < len(o.entries); {
		n := o.entries[i].more + 1
		if closeAlone && i > o.off && o.entries[i].Type == PacketClose {
			break
		}
		event := 0
		for _, e := range o.entries[i : i+n] {
			event += len(e.Data)
		}
		if size > 0 && size+event > max {
			break
		}
		size += event
		for _, e := range o.entries[i : i+n] {
			dst = append(dst, e.Packet)
		}
		i += n
		if size >= max {
			break
		}
	}
	return dst
}

// fits reports whether n more packets of the given size may be queued. The
// limit bounds what waits: an empty outbox takes any one event.
func (c *Conn) fits(n, size int) bool {
	if c.out.len() == 0 {
		return true
	}
	return c.out.len()+n <= c.cfg.outboxMessages() && c.out.bytes+size <= c.cfg.outboxBytes()
}

// fitsBesideLent is fits for an outbox that has nothing but what is lent.
func (c *Conn) fitsBesideLent(n, size int) bool {
	lent := c.lentPackets()
	if lent == 0 {
		return true
	}
	size += sizeOf(c.lent.Packets[c.lent.control:])
	return lent+n <= c.cfg.outboxMessages() && size <= c.cfg.outboxBytes()
}

func sizeOf(ps []Packet) int {
	n := 0
	for i := range ps {
		n += len(ps[i].Data)
	}
	return n
}

// Send queues a message for the client; see Session.
func (c *Conn) Send(ctx context.Context, m Message) error {
	return c.Enqueue(ctx, messagePacket(m))
}

func messagePacket(m Message) Packet {
	return Packet{Type: PacketMessage, Kind: m.Kind, Data: m.Data, Compress: true}
}

// Enqueue queues the packets of one event, all or none: nothing comes between
// them but ping, pong and noop. It blocks while the outbox is full, until ctx
// is done or the session closes.
func (c *Conn) Enqueue(ctx context.Context, ps ...Packet) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(ps) == 0 {
		return nil
	}
	for {
		room, err := c.enqueue(ps...)
		if room == nil {
			return err
		}
		select {
		case <-room:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// enqueue queues the packets of one event, or says what they wait for.
func (c *Conn) enqueue(ps ...Packet) (room <-chan struct{}, err error) {
	var a actions
	c.mu.Lock()
	defer func() { c.mu.Unlock(); a.run(c) }()
	switch err := c.acceptable(ps); {
	case err != nil:
		return nil, err
	case c.fits(len(ps), sizeOf(ps)):
		c.push(ps, &a)
		return nil, nil
	}
	if c.room == nil {
		c.room = make(chan struct{})
	}
	if c.lease != nil {
		c.lease.press(&a) // who could make room may be held
	}
	return c.room, nil
}

// Offer queues the packets of one event, all or none, and never blocks. If
// the outbox is full, volatile packets are dropped without an error, and
// for others the configured Overflow policy decides: Disconnect ends the
// session and returns ErrQueueFull, DropOldest makes room, Refuse returns
// ErrQueueFull. Volatile packets are also dropped while no carrier is ready.
func (c *Conn) Offer(ps ...Packet) error { return c.offer(ps, false) }

// OfferHere is Offer for a goroutine that has nothing more urgent to do: an idle
// carrier that can writes the packets on it, as far as that goes without
// waiting, which saves to wake another goroutine.
func (c *Conn) OfferHere(ps ...Packet) error { return c.offer(ps, true) }

func (c *Conn) offer(ps []Packet, here bool) error {
	if len(ps) == 0 {
		return nil
	}
	size := sizeOf(ps)
	a := actions{here: here}
	c.mu.Lock()
	err := c.acceptable(ps)
	switch {
	case err != nil:
	case ps[0].Volatile && (c.lease == nil || c.out.len() > 0):
		a.dropped = len(ps)
		c.cfg.OverflowCounter.add(volatileDropped)
	case c.fits(len(ps), size):
		c.push(ps, &a)
	default:
		err = c.overflow(ps, size, &a)
	}
	c.mu.Unlock()
	a.run(c)
	return err
}

func (c *Conn) overflow(ps []Packet, size int, a *actions) error {
	switch c.cfg.Overflow {
	case Refuse:
		c.cfg.OverflowCounter.add(eventRefused)
		return ErrQueueFull
	case DropOldest:
		if !ps[0].Essential && !c.fitsBesideLent(len(ps), size) {
			c.cfg.OverflowCounter.add(eventRefused)
			return ErrQueueFull // dropping all the rest would not help
		}
		for n := 1; n > 0; a.dropped += n {
			if c.fits(len(ps), size) {
				c.push(ps, a)
				return nil
			}
			if n = c.out.dropEvent(c.lentPackets()); n > 0 {
				c.cfg.OverflowCounter.add(oldestDropped)
			}
		}
		// Only what must not be dropped is left.
	}
	// The client does not read: it would not read a farewell either, but one
	// close packet is cheap and a merely slow client learns why.
	a.dropped = c.out.len() - c.lentPackets() + len(ps)
	c.beginClose(&CloseError{Code: SlowClient, Reason: "outbox overflow"}, true, a)
	return ErrQueueFull
}

func (c *Conn) acceptable(ps []Packet) error {
	if c.state >= Closing {
		return ErrClosed
	}
	if c.carrier != nil && !c.carrier.Binary {
		for i := range ps {
			if ps[i].Kind == Binary {
				return ErrUnsupported
			}
		}
	}
	return nil
}

func (c *Conn) push(ps []Packet, a *actions) {
	c.out.push(ps...)
	c.signalCarrier(a)
}

// releaseRoom lets all senders look again.
func (c *Conn) releaseRoom() {
	if c.room != nil {
		close(c.room)
		c.room = nil
	}
}

// Buffered returns how many packets and bytes wait to be sent.
func (c *Conn) Buffered() (packets, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.len(), c.out.bytes
}
