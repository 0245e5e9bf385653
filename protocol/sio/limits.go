package sio

// Limits bounds what a peer's packets can cost. The zero value has the
// defaults.
type Limits struct {
	// MaxAttachments of one packet. Zero means 10, the reference's limit.
	MaxAttachments int
	// MaxNamespace is the length in bytes of a namespace without its query.
	// Zero means 256.
	MaxNamespace int
	// MaxBytes is the size in bytes that a Decoder holds for one packet with
	// attachments, its text included. Zero means 3,000,000, three times the
	// usual payload limit. Where larger payloads are let in it should grow
	// with them.
	MaxBytes int
}

// The defaults of Limits.
const (
	DefaultMaxAttachments = 10
	DefaultMaxNamespace   = 256
	DefaultMaxBytes       = 3_000_000
)

// MaxDepth is the number of arrays and objects that may stand in one another
// in a packet's data.
const MaxDepth = 512

// MaxArguments is the number of elements that an event's or ack's array may
// have, the event's name included. It keeps the memory for SplitArray's result
// small against the text.
const MaxArguments = 1024

// withDefaults returns l with zero fields filled in.
func (l Limits) withDefaults() Limits {
	l.MaxAttachments = orDefault(l.MaxAttachments, DefaultMaxAttachments)
	l.MaxNamespace = orDefault(l.MaxNamespace, DefaultMaxNamespace)
	l.MaxBytes = orDefault(l.MaxBytes, DefaultMaxBytes)
	return l
}

func orDefault(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}
