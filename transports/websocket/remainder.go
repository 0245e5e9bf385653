package websocket

import (
	"bytes"

	"github.com/everwire/everwire/protocol/ws"
)

// controlHeader is the length of a client's control frame without its
// payload: two bytes and the masking key (RFC 6455 section 5.2).
const controlHeader = 6

// remainder keeps account of the bytes that have arrived and belong to no
// complete message or control frame.
type remainder struct {
	hixie bool // the dialect is a hixie one
	bytes int
	timed bool // a deadline for the rest of them is set
	fresh bool // a message came to its end since
	frame hixieFrame
}

// count takes the account on by one call of the decoder, which has consumed p.
// Control frames may stand between the fragments of a message and do not
// complete it (RFC 6455 section 5.4).
func (r *remainder) count(p []byte, ev ws.Event) {
	switch ev.Type {
	case ws.Text, ws.Binary:
		r.bytes, r.fresh = 0, true
		r.frame = hixieFrame{}
	case ws.Ping, ws.Pong:
		r.bytes += len(p) - controlHeader - len(ev.Data)
	default:
		r.bytes += len(p)
		if r.hixie {
			if rest, ended := r.frame.follow(p); ended {
				r.bytes, r.fresh = rest, true
			}
		}
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

// hixieFrame follows the frames of the hixie dialects. Reserved ones are
// discarded without an event (draft-hixie-thewebsocketprotocol-76 section
// 5.3), so only their bytes tell where they end.
type hixieFrame struct {
	stage hixieStage
	left  int64 // of a frame with a length
}

type hixieStage uint8

const (
	betweenFrames hixieStage = iota
	inSentinel               // up to FF
	inLength                 // 7 bits per byte, up to one without bit 7
	inCounted
)

// follow goes on by p. It returns how many bytes the frame that is left
// incomplete has in p, and whether another one came to its end.
func (f *hixieFrame) follow(p []byte) (rest int, ended bool) {
	start := 0
	for i := 0; i < len(p); {
		switch b := p[i]; f.stage {
		case betweenFrames:
			start = i
			i++
			*f = hixieFrame{stage: inSentinel}
			if b >= 0x80 {
				f.stage = inLength
			}
			continue
		case inSentinel:
			n := bytes.IndexByte(p[i:], 0xFF)
			if n < 0 {
				return len(p) - start, ended
			}
			i += n + 1
		case inLength:
			i++
			f.left = f.left<<7 | int64(b&0x7F) // the decoder has bounded it
			if b >= 0x80 {
				continue
			}
			if f.left > 0 {
				f.stage = inCounted
				continue
			}
		case inCounted:
			n := min(f.left, int64(len(p)-i))
			i += int(n)
			if f.left -= n; f.left > 0 {
				continue
			}
		}
		f.stage, start, ended = betweenFrames, i, true
	}
	return len(p) - start, ended
}
