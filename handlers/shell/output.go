package shell

import (
	"context"
	"sync"
	"unicode/utf8"

	"github.com/everwire/everwire/session"
)

const (
	// maxOutput is how many bytes of output go into one message. The kernel
	// gives at most 4095 a read.
	maxOutput = 64 << 10
	// maxDrain is how much is read after the shell's exit while another
	// process holds the terminal open and goes on writing.
	maxDrain = 256 << 10
)

// buffers are lent while there is output: an idle shell holds none.
var buffers = sync.Pool{New: func() any { return new([maxOutput]byte) }}

// output sends what programs write to the client.
type output struct {
	s      session.Session
	binary bool
	tail   []byte // the begin of a character, kept back where text is sent
}

// copyFrom sends the terminal's output until it ends or Send fails; the error
// is Send's. Everything that was written before the shell's exit is sent.
func (o *output) copyFrom(ctx context.Context, t *terminal) error {
	drained := 0
	for {
		b, err := t.readOutput()
		if len(b) > 0 {
			if err := o.send(ctx, b); err != nil {
				return err
			}
		}
		if t.hasExited() {
			drained += len(b)
		}
		if err != nil || drained > maxDrain {
			return o.flush(ctx)
		}
	}
}

// send sends b and keeps it.
func (o *output) send(ctx context.Context, b []byte) error {
	if o.binary {
		return o.s.Send(ctx, session.Message{Kind: session.Binary, Data: b})
	}
	b = append(o.tail, b...)
	n := len(b) - incomplete(b)
	o.tail = append([]byte(nil), b[n:]...)
	return o.sendText(ctx, b[:n])
}

// flush sends what was kept back.
func (o *output) flush(ctx context.Context) error {
	b := o.tail
	o.tail = nil
	return o.sendText(ctx, b)
}

func (o *output) sendText(ctx context.Context, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	data := encode(outMessage{"out", string(b)})
	return o.s.Send(ctx, session.Message{Kind: session.JSON, Data: data})
}

// incomplete returns how many bytes at b's end begin a character whose rest
// is missing: 0 to 3.
func incomplete(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if p := b[len(b)-n:]; utf8.RuneStart(p[0]) {
			if utf8.FullRune(p) {
				return 0
			}
			return n
		}
	}
	return 0
}
