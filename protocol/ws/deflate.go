package ws

import (
	"compress/flate"
	"fmt"
	"sync"
)

// Deflater compresses the messages of one connection, or of a broadcast. It
// holds a compressor only where context takeover was agreed on. It is not safe
// for concurrent use.
type Deflater struct {
	window    int  // bytes
	takeover  bool // each message has those before as its context
	threshold int
	level     int
	own       *compressor // with takeover, once there was a message
}

// NewDeflater returns a deflater for the given end of a connection whose
// handshake agreed on p.
func NewDeflater(p *Deflate, role Role) *Deflater {
	without, bits := p.ServerNoContextTakeover, p.ServerMaxWindowBits
	if role == Client {
		without, bits = p.ClientNoContextTakeover, p.ClientMaxWindowBits
	}
	z := &Deflater{window: windowSize(bits), threshold: p.Threshold, level: p.Level}
	// Taking over the context is a right, not a duty; it cannot be combined
	// with the pieces into which a small window cuts messages.
	z.takeover = !without && z.window == maxWindow
	if z.threshold == 0 {
		z.threshold = DefaultThreshold
	}
	if z.level < flate.BestSpeed || z.level > flate.BestCompression || z.window < maxWindow {
		z.level = flate.BestSpeed
	}
	return z
}

// Shareable reports whether the result of AppendMessage depends on nothing but
// its arguments and may be sent to every receiver that agreed on
// permessage-deflate with a full window.
func (z *Deflater) Shareable() bool { return !z.takeover && z.window == maxWindow }

// Release gives the compressor back. The deflater must not be used after,
// because its peer still has the context. It may be called twice.
func (z *Deflater) Release() {
	z.own.free()
	z.own = nil
}

// AppendMessage appends a whole Text or Binary message in one unmasked frame,
// compressed unless it is below the threshold or does not get smaller. A type
// that is neither gives ErrUnsupported, and dst is returned as it was.
func (z *Deflater) AppendMessage(dst []byte, t Type, payload []byte) ([]byte, error) {
	var op Opcode
	switch t {
	case Text:
		op = OpText
	case Binary:
		op = OpBinary
	default:
		return dst, fmt.Errorf("%w: message of type %v", ErrUnsupported, t)
	}
	if len(payload) < z.threshold {
		return AppendFrame(dst, op, true, false, payload)
	}
	// The header's size is not known before that of the payload.
	const space = 10
	start := len(dst)
	dst = append(dst, make([]byte, space)...)
	dst, err := z.AppendCompressed(dst, payload)
	if err != nil {
		return dst[:start], err
	}
	size := len(dst) - start - space
	if size >= len(payload) && !z.takeover && len(payload) > 0 {
		return AppendFrame(dst[:start], op, true, false, payload)
	}
	head := AppendHeader(dst[:start], op, true, true, size)
	copy(dst[len(head):], dst[start+space:])
	return dst[:len(head)+size], nil
}

// AppendCompressed appends the payload of a message's frames, for frames with
// RSV1 on the first (RFC 7692 section 7.2.1). The threshold does not apply. An
// error can come only from compress/flate and leaves dst as it was.
func (z *Deflater) AppendCompressed(dst, payload []byte) ([]byte, error) {
	c := z.own
	if c == nil {
		c = newCompressor(z.level)
	}
	out, err := c.appendTo(dst, payload, z.window)
	switch {
	case err != nil:
		z.own = nil // not fit for the pool
		return dst, fmt.Errorf("ws: compressing: %w", err)
	case z.takeover:
		z.own = c
	default:
		c.free()
	}
	return out, nil
}

// syncTail ends every flushed message and is not sent (RFC 7692 section
// 7.2.1). The 00 that stays of an empty block is the empty message (7.2.3.6).
const syncTail = "\x00\x00\xff\xff"

// compressor is a flate.Writer that appends to a slice. It is pooled by level,
// because it measures about 1 MiB.
type compressor struct {
	w     *flate.Writer
	out   []byte
	level int
}

var compressors [flate.BestCompression + 1]sync.Pool

// newCompressor returns a compressor without context. The level is valid.
func newCompressor(level int) *compressor {
	c, ok := compressors[level].Get().(*compressor)
	if !ok {
		c = &compressor{level: level}
		c.w, _ = flate.NewWriter(c, level) // fails for invalid levels only
	}
	c.w.Reset(c)
	return c
}

// free gives the compressor back. It may be nil.
func (c *compressor) free() {
	if c != nil {
		compressors[c.level].Put(c)
	}
}

// Write implements io.Writer.
func (c *compressor) Write(p []byte) (int, error) {
	c.out = append(c.out, p...)
	return len(p), nil
}

// appendTo appends the payload, compressed and without syncTail. Below the
// full window the context is dropped after each piece of window bytes, so no
// reference can reach further back than that.
func (c *compressor) appendTo(dst, payload []byte, window int) ([]byte, error) {
	c.out = dst
	defer func() { c.out = nil }()
	piece := payload
	for {
		if window < maxWindow {
			c.w.Reset(c)
			piece = payload[:min(window, len(payload))]
		}
		if _, err := c.w.Write(piece); err != nil {
			return dst, err
		}
		if err := c.w.Flush(); err != nil {
			return dst, err
		}
		payload = payload[len(piece):]
		c.out = c.out[:len(c.out)-len(syncTail)]
		if len(payload) == 0 {
			return c.out, nil
		}
		c.out = append(c.out, syncTail...)
	}
}
