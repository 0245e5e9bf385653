package transports

import (
	"sync/atomic"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// Wire is how one session's packets are written and read. It is a small value;
// copies are of the same session. Its methods may be called concurrently.
type Wire struct {
	family *Family
	state  *wireState // nil for families whose sessions have nothing to remember
}

// wireState is what the transports remember of a session between its requests.
type wireState struct {
	family atomic.Pointer[Family] // the variant that the session speaks
}

// WireOf returns the wire of a session that belongs to the family or to one of
// its variants.
func WireOf(f *Family, c *session.Conn) Wire {
	s, _ := c.Carriage().(*wireState)
	return Wire{f, s}
}

// Family returns the family, or the variant of it that the session speaks now.
func (w Wire) Family() *Family {
	if w.state != nil {
		return w.state.family.Load()
	}
	return w.family
}

// Codec returns what writes and reads the packets. That of a session that is
// undecided changes once, by what its client says first, so writers ask for it
// for each batch.
func (w Wire) Codec() eio.Codec { return w.Family().Codec }

// remembers reports whether sessions of the family need a wireState.
func (f *Family) remembers() bool {
	return f.Undouble || f.Base64 != nil || f.Old != nil || f.Undecided != nil
}

// owns reports whether the session was opened as one of the family or of its
// variants.
func (f *Family) owns(c *session.Conn) bool {
	cfg := c.Config()
	if cfg == f.Config {
		return true
	}
	for _, v := range [...]*Family{f.Base64, f.Old, f.Undecided} {
		if v != nil && v.Config == cfg {
			return true
		}
	}
	return false
}
