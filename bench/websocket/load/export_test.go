//go:build linux

package load

// Frame and the functions below are of frame.go.
type Frame = frame

var (
	AppendFrame   = appendFrame
	ParseFrame    = parseFrame
	AppendRequest = appendRequest
	CheckResponse = checkResponse
)

// Op and Payload tell what a frame has.
func (f frame) Op() byte        { return f.op }
func (f frame) Payload() []byte { return f.payload }
