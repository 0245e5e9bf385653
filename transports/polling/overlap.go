package polling

import (
	"context"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// besides is how long a farewell waits for the request beside it.
const besides = 500 * time.Millisecond

// follow waits for the end of the request that brings data already. Clients of
// Socket.IO 1.0 send their farewell without waiting for the answer to what they
// sent before, and either may arrive first. No client of Engine.IO 4 does.
func follow(x *transports.Exchange, c *session.Conn) bool {
	if !x.Family.Config.ClientPings {
		return false
	}
	ctx, cancel := context.WithTimeout(x.R.Context(), besides)
	defer cancel()
	return c.AwaitUpload(ctx)
}

// isFarewell reports whether a payload is the client's close alone. Beside another
// request nothing else is in order.
func isFarewell(wire transports.Wire, payload []byte, binary bool) bool {
	n := 0
	for p, err := range wire.DecodePayload(payload, binary) {
		if err != nil || p.Type != session.PacketClose {
			return false
		}
		n++
	}
	return n == 1
}

// overlap ends the session for two requests with data at once, as the reference.
func overlap(x *transports.Exchange, c *session.Conn) {
	misuse(c, "two requests with data at once")
	x.Refuse(eio.BadRequest)
}
