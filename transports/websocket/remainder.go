package websocket

import "github.com/everwire/everwire/protocol/ws"

// controlHeader is the length of a client's control frame without its
// payload: two bytes and the masking key (RFC 6455 section 5.2).
const controlHeader = 6

// remainder keeps account of the bytes that have arrived and belong to no
// complete message or control frame.
type remainder struct {
	bytes int
	timed bool // a deadline for the rest of them is set
	fresh bool // a message came to its end since
}

// count takes the account on by one call of the decoder. Control frames may
// stand between the fragments of a message and do not complete it (RFC 6455
// section 5.4).
func (r *remainder) count(n int, ev ws.Event) {
	switch ev.Type {
	case ws.Text, ws.Binary:
		r.bytes, r.fresh = 0, true
	case ws.Ping, ws.Pong:
		r.bytes += n - controlHeader - len(ev.Data)
	default:
		r.bytes += n
	}
}

// begins reports whether something is incomplete that has no deadline yet.
func (r *remainder) begins() bool {
	fresh := r.fresh
	r.fresh = false
	if r.bytes == 0 || r.timed && !fresh {
		return false
	}
	r.timed = true
	return true
}

// ends reports whether there is a deadline and nothing incomplete any more.
func (r *remainder) ends() bool {
	if r.bytes > 0 || !r.timed {
		return false
	}
	r.timed = false
	return true
}
