package shell

import "io"

// Seams for the external tests.

const (
	MaxInput = maxInput
	MaxQueue = maxQueue
)

// Control is what DecodeControl makes of a message.
type Control = control

var (
	DecodeControl = decodeControl
	Incomplete    = incomplete
	Language      = language
)

func ReadAccount(r io.Reader, uid int) (name, home, shell string) {
	a := readAccount(r, uid)
	return a.name, a.home, a.shell
}
