package rfb

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/everwire/everwire/protocol/rfb"
)

const (
	// updateGap is the least time between two updates, so that what changes
	// often is sent once: sixty times a second.
	updateGap = time.Second / 60
	// writeChunk is what must be taken within the WriteTimeout.
	writeChunk = 16 << 10
	// maxOutput is how many bytes of answers wait before nothing more is
	// read from a viewer.
	maxOutput  = 256 << 10
	readBuffer = 4 << 10
	keptBuffer = 64 << 10
)

// A Viewer is somebody who looks at a Source. Its methods may be called
// concurrently.
type Viewer struct {
	remote net.Addr
	source Source
	config ServeConfig

	// Set by the handshake.
	conn       net.Conn // in the end the one that TLS protects
	user       string
	permission Permission
	stop       func() // stops watching

	in      []byte        // what was read and not understood yet; of the reader
	buffer  []byte        // of the reader
	wake    chan struct{} // there may be something to write
	drained chan struct{} // output has been taken

	mu             sync.Mutex // guards below; taken under the source's lock
	server         *rfb.Server
	started        bool // before that, changes only make a newer state
	newer          bool
	now            State
	clipboard      string // for a viewer that has not listed its encodings
	clipboardWaits bool
}

// Remote returns the viewer's address.
func (v *Viewer) Remote() net.Addr { return v.remote }

// User returns the name that the viewer has logged in with, if the security
// type has names.
func (v *Viewer) User() string { return v.user }

// ViewOnly reports whether the viewer may only look.
func (v *Viewer) ViewOnly() bool { return v.permission.ViewOnly }

// notify notes a change. The source's lock is held.
func (v *Viewer) notify(c Change) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.started {
		if c.Kind != Damaged && c.Kind != Copied {
			v.now, v.newer = c.State, true
		}
		return
	}
	s := v.server
	switch c.Kind {
	case Damaged:
		s.Damage(c.Rect)
	case Copied:
		s.Copy(c.Rect, c.X, c.Y)
	case Resized:
		reason := rfb.ResizedByServer
		switch c.By {
		case nil:
		case v:
			reason = rfb.ResizedByClient
		default:
			reason = rfb.ResizedByOther
		}
		s.Resize(c.State.Width, c.State.Height, c.State.Screens, reason)
	case CursorChanged:
		s.SetCursor(c.State.Cursor)
	case Renamed:
		s.SetName(c.State.Name)
	case LEDsChanged:
		s.SetLEDs(c.State.LEDs)
	case ClipboardChanged:
		if c.By != v {
			// It is sent by the writer: a viewer that takes no answers gets
			// the newest text when it does again.
			v.clipboard, v.clipboardWaits = c.State.Clipboard, true
		}
	case BellRang:
		// A viewer that takes no answers misses bells.
		if s.OutputLength() < maxOutput {
			s.Bell()
		}
	}
	v.awake()
}

// awake has the writer look what there is to do.
func (v *Viewer) awake() {
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// read reads once, behind what is there. The buffer grows with what arrives,
// up to the largest message.
func (v *Viewer) read() error {
	if len(v.in) == 0 {
		if cap(v.buffer) > keptBuffer {
			v.buffer = nil
		}
		v.in = v.buffer[:0]
	}
	if cap(v.in)-len(v.in) < readBuffer/2 {
		v.in = append(make([]byte, 0, 2*len(v.in)+readBuffer), v.in...)
		v.buffer = v.in[:0]
	}
	n, err := v.conn.Read(v.in[len(v.in):cap(v.in)])
	v.in = v.in[:len(v.in)+n]
	if n > 0 {
		return nil
	}
	return err
}

// flush writes the output, during the handshake.
func (v *Viewer) flush() error {
	out := v.server.AppendOutput(nil)
	if len(out) == 0 {
		return nil
	}
	_, err := v.conn.Write(out)
	return err
}

// run serves a viewer that has been let in.
func (v *Viewer) run() error {
	done := make(chan struct{})
	var writer sync.WaitGroup
	var writeErr error
	writer.Go(func() {
		writeErr = v.write(done)
		v.conn.Close() // ends the reader
	})
	v.awake()
	readErr := v.receive(done)
	close(done)
	v.conn.Close() // ends the writer
	writer.Wait()
	v.source.Input(v, Input{Kind: InputLeave})
	switch {
	case !gone(readErr):
		return readErr
	case writeErr != nil && !gone(writeErr):
		return writeErr
	}
	return nil
}

// receive reads what the viewer does, until something goes wrong.
func (v *Viewer) receive(done <-chan struct{}) error {
	for {
		v.mu.Lock()
		n, ev, err := v.server.Receive(v.in)
		full := v.server.OutputLength() > maxOutput
		v.mu.Unlock()
		if err != nil {
			return v.inMessage(err)
		}
		if n == 0 {
			v.awake()
			err := v.read()
			switch {
			case errors.Is(err, io.EOF) && len(v.in) > 0:
				return v.inMessage(io.ErrUnexpectedEOF)
			case err != nil:
				return fmt.Errorf("reading what the viewer does: %w", err)
			}
			continue
		}
		v.in = v.in[n:]
		v.pass(ev)
		if full {
			v.awake()
			v.waitDrained()
		}
	}
}

// inMessage adds which of the viewer's messages an error has its place in. That
// of an unknown one says so itself.
func (v *Viewer) inMessage(err error) error {
	if len(v.in) == 0 || errors.Is(err, rfb.ErrMessageType) {
		return err
	}
	return fmt.Errorf("%w, in the viewer's message of type %d", err, v.in[0])
}

// waitDrained waits until the writer has taken the output. The writer ends the
// wait, too, when it ends.
func (v *Viewer) waitDrained() {
	for range v.drained {
		v.mu.Lock()
		full := v.server.OutputLength() > maxOutput
		v.mu.Unlock()
		if !full {
			return
		}
	}
}

// pass gives input to the source.
func (v *Viewer) pass(ev rfb.ServerEvent) {
	m := ev.Message
	if v.permission.ViewOnly {
		if ev.Kind == rfb.ServerEventResize {
			v.answerResize(rfb.ResizeProhibited)
		}
		return
	}
	switch ev.Kind {
	case rfb.ServerEventKey:
		v.source.Input(v, Input{Kind: InputKey, Down: m.Down, Keysym: m.Keysym, ScanCode: m.ScanCode})
	case rfb.ServerEventPointer:
		v.source.Input(v, Input{Kind: InputPointer, X: m.X, Y: m.Y, Buttons: m.Buttons})
	case rfb.ServerEventClipboard:
		v.source.Input(v, Input{Kind: InputClipboard, Text: ev.Text})
	case rfb.ServerEventResize:
		status := rfb.ResizeProhibited
		if r, ok := v.source.(Resizer); ok {
			status = rfb.ResizeInvalid
			if rfb.ValidScreens(m.Rect.Width, m.Rect.Height, m.Screens) {
				status = r.AskResize(v, m.Rect.Width, m.Rect.Height, m.Screens)
			}
		}
		v.answerResize(status)
	}
}

func (v *Viewer) answerResize(status int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.server.AnswerResize(status)
}
