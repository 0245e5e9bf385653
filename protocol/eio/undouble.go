package eio

// Verdict is what Undouble has found out about the sender of a text.
type Verdict uint8

const (
	// Unknown: the text is the same under both readings, or nothing decides.
	Unknown Verdict = iota
	// Single: no client that encodes twice can have sent this text.
	Single
	// Double: the text had been encoded twice and has been decoded once more.
	Double
)

// String returns "unknown", "single" or "double".
func (v Verdict) String() string {
	switch v {
	case Single:
		return "single"
	case Double:
		return "double"
	}
	return "unknown"
}

// Undouble undoes the double UTF-8 of some Engine.IO 3 clients.
func Undouble(text []byte) (out []byte, verdict Verdict) { return text, Unknown }
