package sio

import (
	"bytes"
	"fmt"
)

// Decoder decodes the packets of one connection and puts binary ones together
// with their attachments. The zero value is ready, with the default limits. It
// is for one goroutine at a time. After an error it must not be used again
// without a Reset: the stream no longer makes sense.
type Decoder struct {
	// Limits of the packets. They must not change after the first call.
	Limits Limits
	// Dialect of the packets. The zero value is V5.
	Dialect Dialect
	// FromServer is set if the packets come from a server, which alone may
	// send CONNECT_ERROR.
	FromServer bool

	missing   int32
	pending   *Packet // while missing > 0: the packet without some attachments
	size      int     // bytes held for pending
	namespace string  // of the last packet: most have the same
}

// Add takes a text message. If that completes a packet it returns the packet
// and true; Data then borrows text. If attachments have to follow it keeps a
// copy and returns false. Errors wrap ErrProtocol.
func (d *Decoder) Add(text []byte) (p Packet, done bool, err error) {
	if d.missing > 0 {
		return Packet{}, false, ErrAttachmentsPending
	}
	lim := d.Limits.withDefaults()
	if p, err = decode(text, lim, d.namespace, d.Dialect); err != nil {
		return Packet{}, false, err
	}
	if p.Type == ConnectError && !d.FromServer {
		return Packet{}, false, fmt.Errorf("%w: %v from a client", ErrType, p.Type)
	}
	d.namespace = p.Namespace
	if !p.Type.IsBinary() {
		return p, true, nil
	}
	if len(text) > lim.MaxBytes {
		return Packet{}, false, ErrTooLarge
	}
	if len(p.Data) > 0 {
		// The attachments are still to come, but their number is known.
		if err := CheckPlaceholders(p.Data, p.Attachments); err != nil {
			return Packet{}, false, err
		}
		p.Data = bytes.Clone(p.Data)
	}
	d.pending, d.missing, d.size = new(p), int32(p.Attachments), len(text)
	return Packet{}, false, nil
}

// AddBinary takes a binary message, the next attachment, and keeps a copy. With
// the last one it returns the packet and true; all of that packet is the
// caller's own. Errors wrap ErrProtocol.
func (d *Decoder) AddBinary(data []byte) (p Packet, done bool, err error) {
	if d.missing == 0 {
		return Packet{}, false, ErrUnexpectedBinary
	}
	if len(data) > d.Limits.withDefaults().MaxBytes-d.size {
		return Packet{}, false, ErrTooLarge
	}
	d.size += len(data)
	d.pending.Binary = append(d.pending.Binary, bytes.Clone(data))
	if d.missing--; d.missing > 0 {
		return Packet{}, false, nil
	}
	p = *d.pending
	d.pending, d.size = nil, 0
	return p, true, nil
}

// Missing returns how many attachments have to come before the next packet.
func (d *Decoder) Missing() int { return int(d.missing) }

// Reset drops a packet that is incomplete and makes the Decoder ready for the
// beginning of another stream.
func (d *Decoder) Reset() {
	d.pending, d.missing, d.size, d.namespace = nil, 0, 0, ""
}
