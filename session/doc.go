// Package session is the narrow waist of Everwire: whatever carries a client,
// be it a WebSocket of any dialect or long polling, a handler sees one
// Session, and whatever a handler does, a transport sees one Conn.
//
// # For handlers
//
// A Handler gets a Session, which is a connected client:
//
//	func (h Echo) ServeSession(s session.Session) {
//		for {
//			m, err := s.Receive(s.Context())
//			if err != nil {
//				return
//			}
//			if err := s.Send(s.Context(), m); err != nil {
//				return
//			}
//		}
//	}
//
// Messages arrive in the order in which they were sent, each at most once,
// also when the client moves from polling to a WebSocket on the way. Send
// blocks while the client is slow; nothing in the library buffers without a
// bound.
//
// # For transports
//
// A Conn is a Session and has what transports need besides. Nothing is pushed
// into a transport: the carrier (one live connection, or one poll) attaches,
// gets a Lease, and pulls.
//
//	lease, err := conn.Attach(carrier, wake)  // becomes the session's carrier
//	batch, err := lease.TryNext(max)          // lends a batch, or arms wake and says ErrIdle
//	...write batch.Packets...
//	batch.Commit()
//
// A batch is lent, not removed: only its borrower settles it, with Commit once
// the bytes are handed to the kernel, or with Rollback if nothing was written.
// A later carrier that attaches meanwhile is woken when the batch is settled.
// So a message is never lost between two carriers, and never doubled.
//
//	          first Attach           Close, limit, timeout         drained, or linger over
//	Opening ──────────────▶ Open ─────────────────────────▶ Closing ───────────────────────▶ Closed
//	while Open:  Detached ⇄ Leased(carrier) ⇄ Upgrading(carrier, candidate)
//
// What comes in goes the other way: the carrier calls Deliver with each packet
// it has decoded, and the Conn passes messages on to its Sink: a Handler's
// inbox (Serve), or Socket.IO.
//
// One mutex per Conn guards its state. It is never held while a wake, a sink
// or any other foreign function runs.
package session
