package rfb

import (
	"time"

	"github.com/everwire/everwire/protocol/rfb"
)

// write writes what there is, until the connection fails or done is closed.
func (v *Viewer) write(done <-chan struct{}) error {
	defer close(v.drained)
	var buf []byte
	var last time.Time
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-v.wake:
		case <-timer.C:
		}
		wait := updateGap - time.Since(last)
		out, u := v.take(buf[:0], wait <= 0)
		if u != nil {
			last = time.Now()
		} else if wait > 0 {
			timer.Reset(wait)
		}
		var err error
		if buf, err = v.send(out, u); err != nil {
			return err
		}
		if u != nil {
			// More may have changed meanwhile.
			v.awake()
		}
	}
}

// take returns the output, and begins an update if there is time for one.
func (v *Viewer) take(buf []byte, update bool) ([]byte, *rfb.Update) {
	v.mu.Lock()
	defer v.mu.Unlock()
	// Before it has asked for pixels, a viewer has not said what it knows.
	if v.clipboardWaits && v.server.Asked() {
		v.server.SetClipboard(v.clipboard)
		v.clipboardWaits = false
	}
	buf = v.server.AppendOutput(buf)
	select {
	case v.drained <- struct{}{}:
	default:
	}
	if update {
		if u, ok := v.server.BeginUpdate(); ok {
			return buf, u
		}
	}
	return buf, nil
}

// send writes the output and the update, if there is one, and returns the
// buffer for the next time.
func (v *Viewer) send(buf []byte, u *rfb.Update) ([]byte, error) {
	if u == nil {
		return buf, v.writeAll(buf)
	}
	for more := true; more; {
		buf, more = u.Append(buf, v.source)
		if len(buf) >= writeChunk || !more {
			if err := v.writeAll(buf); err != nil {
				return nil, err
			}
			buf = buf[:0]
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.server.EndUpdate()
	return buf, nil
}

// writeAll writes in pieces, each of which has its own time: a viewer may be
// slow, but must take something.
func (v *Viewer) writeAll(p []byte) error {
	for len(p) > 0 {
		if err := v.conn.SetWriteDeadline(time.Now().Add(v.config.WriteTimeout)); err != nil {
			return err
		}
		n, err := v.conn.Write(p[:min(len(p), writeChunk)])
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}
