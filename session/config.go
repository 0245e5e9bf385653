package session

import (
	"log/slog"
	"time"
)

// Config is what all sessions of one kind have in common. It is shared by
// them and must not be modified once used. Durations of zero switch the
// feature off unless the field says otherwise.
type Config struct {
	// Protocol is Peer.Protocol of these sessions, for example "Engine.IO 4".
	Protocol string
	// PingInterval is the time between the last proof of life and the next
	// ping; PingTimeout is how long the pong may take. A session without a
	// proof for both together ends with PingTimeout. Zero PingInterval: no
	// pings and no such deadline.
	PingInterval, PingTimeout time.Duration
	// ClientPings: the client sends the pings, each answered with a pong, and any
	// packet is a proof of life (Engine.IO 3). Otherwise this side does, and a
	// ping from the client is an error.
	ClientPings bool
	// LaxPings: a client that has not answered one ping yet need not answer any.
	// Clients before Socket.IO 0.5 do not know them. See Conn.ExpectPongs.
	LaxPings bool
	// PollGrace, if not zero, is how long a session may go without a poll, and
	// then there are no pings while polls carry it: its polls prove that the
	// client lives (Socket.IO before 1.0).
	PollGrace time.Duration
	// EchoClose: a client's close packet is answered with one, behind what is
	// queued, if a carrier is there for it (Socket.IO 0.7 to 0.9).
	EchoClose bool
	// HandshakeTimeout is how long a new session may wait for its first
	// carrier. Zero means 10 s.
	HandshakeTimeout time.Duration
	// UpgradeTimeout bounds a probe. When it is over only the candidate
	// ends. Zero means 10 s.
	UpgradeTimeout time.Duration
	// DetachGrace is how long a session lives on after its stream was lost.
	// Zero: it ends with the stream, as in Engine.IO 3 and 4.
	DetachGrace time.Duration
	// Linger is how long a closing session may wait for a carrier to take
	// what is queued. Zero means 30 s.
	Linger time.Duration
	// OutboxBytes and OutboxMessages bound what waits to be sent. One message
	// is always accepted by an empty outbox, whatever its size. Zero means
	// 1 MiB and 1,024.
	OutboxBytes, OutboxMessages int
	// InboxBytes and InboxMessages bound what has arrived and was not yet
	// received; over them the carrier's reader waits. Zero means 1 MiB and 256.
	InboxBytes, InboxMessages int
	// Overflow says what Offer does when the outbox is full.
	Overflow Overflow
	// OverflowCounter, if set, counts what becomes of events that a client is
	// not ready for.
	OverflowCounter *OverflowCounter
	// Logger gets the log of these sessions. Nil: nothing is logged.
	Logger *slog.Logger
	// Observer, if set, is told of sessions' beginnings and ends.
	Observer Observer
}

// Overflow is a policy of Offer for a full outbox. Volatile packets are
// dropped before any policy is asked.
type Overflow uint8

const (
	// Disconnect ends the session with SlowClient. It is the default: a
	// client that missed an event unknowingly is worse off than one that
	// reconnects.
	Disconnect Overflow = iota
	// DropOldest makes room by dropping the oldest whole events that no
	// carrier has borrowed yet and that are not essential. If only essential
	// ones are left, the session ends as with Disconnect.
	DropOldest
	// Refuse leaves the outbox as it is and returns ErrQueueFull.
	Refuse
)

// Observer counts sessions. Its methods are called with no lock held, by any
// goroutine, and must not block.
type Observer interface {
	SessionOpened(Peer)
	SessionClosed(p Peer, cause error)
	PacketsDropped(n int)
}

const (
	defaultHandshakeTimeout = 10 * time.Second
	defaultUpgradeTimeout   = 10 * time.Second
	defaultLinger           = 30 * time.Second
	defaultQueueBytes       = 1 << 20
	defaultOutboxMessages   = 1024
	defaultInboxMessages    = 256
	maxStall                = 60 * time.Second // how far a blocked inbox can extend the pong deadline
	noopInterval            = 100 * time.Millisecond
	quickNoop               = 10 * time.Millisecond
)

func (c *Config) outboxBytes() int    { return orInt(c.OutboxBytes, defaultQueueBytes) }
func (c *Config) outboxMessages() int { return orInt(c.OutboxMessages, defaultOutboxMessages) }
func (c *Config) inboxBytes() int     { return orInt(c.InboxBytes, defaultQueueBytes) }
func (c *Config) inboxMessages() int  { return orInt(c.InboxMessages, defaultInboxMessages) }

func orInt(v, d int) int {
	if v == 0 {
		return d
	}
	return v
}

func orDuration(v, d time.Duration) time.Duration {
	if v == 0 {
		return d
	}
	return v
}
