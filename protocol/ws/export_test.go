package ws

// SetOnFree lets tests see every buffer that goes back to the pool.
func SetOnFree(f func([]byte)) { onFree = f }

// The limits that tests reason about.
const (
	FragmentCost      = fragmentCost
	MinFragmentBudget = minFragmentBudget
	MaxStreams        = maxStreams
)

// Held returns how many bytes of buffers the decoder holds.
func Held(d *Decoder) int {
	n := 0
	for _, b := range []*buffer{d.lent, d.frame.ctl, d.message.buf} {
		if b != nil {
			n += cap(b.b)
		}
	}
	return n
}

// HeldWindow returns the size of the window that the decoder holds.
func HeldWindow(d *Decoder) int {
	if d.inflate == nil {
		return 0
	}
	return cap(d.inflate.window)
}

// HoldsCompressor reports whether the deflater holds one between messages.
func HoldsCompressor(z *Deflater) bool { return z.own != nil }

// Mask exposes mask.
func Mask(b []byte, key uint32) uint32 { return mask(b, key) }

// KeyNumber exposes keyNumber.
func KeyNumber(key string) (uint32, error) { return keyNumber(key) }

// ChallengeKeys returns the keys of a client's handshake and their numbers.
func ChallengeKeys(c *ClientHandshake) (texts [2]string, numbers [2]uint32) {
	key1, key2 := c.challenge()
	return [2]string{key1.text, key2.text}, [2]uint32{key1.number, key2.number}
}
