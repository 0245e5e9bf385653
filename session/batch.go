package session

// Batch is what a lease has borrowed from the outbox. Its borrower settles it
// with Commit or Rollback; giving up the lease settles it with Commit.
type Batch struct {
	// Packets to be written in this order. Valid until the borrower calls
	// Commit or Rollback, also if the lease is given up meanwhile.
	Packets []Packet

	lease   *Lease
	control int  // packets from the head of the control lane, which lead
	data    int  // packets from the head of the outbox, which follow; a noop is neither
	open    bool // lent and not settled
}

// Commit settles the batch as sent: its packets leave the outbox for good.
// Bytes handed to the kernel cannot be taken back, so after the first write
// every outcome is Commit, failures too. A settled batch is not settled again.
func (b *Batch) Commit() { b.settle(true, false) }

// CommitAndArm is Commit together with a TryNext that would find nothing: it
// arms wake and returns true. It returns false if there is more to do, and
// TryNext says what.
func (b *Batch) CommitAndArm() (idle bool) { return b.settle(true, true) }

// Rollback settles the batch as not sent: its packets stay at the head of the
// outbox. Only a carrier that has written nothing may call it.
func (b *Batch) Rollback() { b.settle(false, false) }

func (b *Batch) settle(sent, arm bool) (idle bool) {
	l := b.lease
	if l == nil {
		return false
	}
	c := l.c
	var a actions
	c.mu.Lock()
	c.settle(b, sent, &a)
	b.forget(sent)
	if arm && !l.gone && c.state != Closed && c.lease == l && c.lent == nil && l.carrier.Stream &&
		c.out.len() == 0 && len(c.control) == 0 {
		idle, l.armed, l.due = true, true, false
	}
	c.mu.Unlock()
	a.run(c)
	return idle
}

// settle ends a loan. The caller holds mu. The packets stay as they are: if a
// connection's reader gives the lease up, its writer may be reading them.
func (c *Conn) settle(b *Batch, sent bool, a *actions) {
	if !b.open {
		return
	}
	b.open = false
	c.lent = nil
	if c.state == Closed {
		return
	}
	closed := sent && b.data > 0 && b.Packets[len(b.Packets)-1].Type == PacketClose
	if sent {
		c.out.drop(0, b.data)
		c.control = c.control[b.control:]
		if len(c.control) == 0 {
			c.control = nil
		}
		if b.data > 0 {
			c.releaseRoom()
		}
	} else {
		b.lease.served = false // it still waits for its first batch
	}
	if closed {
		c.finish(c.cause, a)
		return
	}
	if c.lease != b.lease {
		c.signalCarrier(a) // it was waiting for this settlement
	}
}

// forget drops what the batch refers to and keeps a small array for the next.
// Its borrower has done with the packets: buffers of those that were sent are
// used again.
func (b *Batch) forget(sent bool) {
	if sent {
		for i := range b.Packets {
			b.Packets[i].buffer.free()
		}
	}
	clear(b.Packets)
	b.Packets = b.Packets[:0]
	if cap(b.Packets) > smallQueue {
		b.Packets = nil
	}
}
