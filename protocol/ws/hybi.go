package ws

import (
	"encoding/binary"
	"fmt"
)

// hybi is the framing of RFC 6455 section 5 and of the drafts from hybi-07.
type hybi struct{}

// stage is the part of a frame that comes next. Each part is judged as soon as
// it is complete, so the verdict does not depend on how the bytes are split.
type stage uint8

const (
	atFirst   stage = iota // FIN, RSV and opcode
	atSecond               // MASK and the short length
	atLength               // the extended length, of 0, 2 or 8 bytes
	atKey                  // the masking key, of 0 or 4 bytes
	atPayload              // the payload, of left bytes
)

// frame is the frame that a decoder is reading.
type frame struct {
	head  [MaxHeader]byte
	have  uint8 // bytes of head that are there
	want  uint8 // bytes of head that complete the stage
	stage stage
	fin   bool
	op    Opcode
	key   uint32  // as it stands for the next byte of payload
	left  int64   // bytes of payload that are missing
	end   int64   // offset of the next frame
	ctl   *buffer // payload of a control frame that came in pieces
}

// decode reads frames until one completes an event (RFC 6455 section 5).
func (h hybi) decode(d *Decoder, p []byte) (n int, ev Event, err error) {
	f := &d.frame
	for {
		k, err := h.header(d, p)
		n += k
		if err != nil || f.stage != atPayload {
			return n, Event{}, err
		}
		chunk := p[k:]
		if int64(len(chunk)) > f.left {
			chunk = chunk[:f.left]
		}
		n += len(chunk)
		p = p[k+len(chunk):]
		f.left -= int64(len(chunk))
		if d.role == Server {
			f.key = mask(chunk, f.key)
		}
		if f.op.IsControl() {
			ev, err = h.control(d, chunk)
		} else {
			ev, err = d.collect(chunk, f.fin && f.left == 0)
		}
		if err != nil || f.left > 0 {
			return n, Event{}, err
		}
		d.offset = f.end
		*f = frame{}
		if ev.Type != None {
			return n, ev, nil
		}
	}
}

// header reads a frame's header, or as much of it as is there.
func (h hybi) header(d *Decoder, p []byte) (n int, err error) {
	f := &d.frame
	for f.stage < atPayload {
		if f.stage == atFirst {
			f.want = 1
		}
		k := copy(f.head[f.have:f.want], p[n:])
		n += k
		f.have += uint8(k)
		if f.have < f.want {
			return n, nil
		}
		switch f.stage {
		case atFirst:
			err = h.first(d, f.head[0])
			f.want = 2
		case atSecond:
			err = h.second(d, f.head[1])
			f.want += extraLength(f.head[1])
		case atLength:
			err = h.length(d)
			if d.role == Server {
				f.want += 4
			}
		case atKey:
			if d.role == Server {
				f.key = binary.LittleEndian.Uint32(f.head[f.have-4:])
			}
		}
		if err != nil {
			return n, err
		}
		f.stage++
	}
	return n, nil
}

// first judges a frame's first byte (RFC 6455 sections 5.2 and 5.4, RFC 7692
// section 6) and begins a message if it is the first of one.
func (hybi) first(d *Decoder, b byte) error {
	f, m := &d.frame, &d.message
	f.fin, f.op = b&bitFin != 0, Opcode(b&0xF)
	data := f.op == OpText || f.op == OpBinary
	switch {
	case b&bitsRSV != 0 && (b&bitsRSV != bitRSV1 || d.inflate == nil || !data):
		return d.fail(CodeProtocolError, "reserved bit set")
	case f.op > OpBinary && f.op < OpClose, f.op > OpPong:
		return d.fail(CodeProtocolError, "reserved opcode")
	case f.op.IsControl() && !f.fin:
		return d.fail(CodeProtocolError, "fragmented control frame")
	case f.op == OpContinuation && m.t == None:
		return d.fail(CodeProtocolError, "continuation without a beginning")
	case data && m.t != None:
		return d.fail(CodeProtocolError, "new message inside another")
	}
	if data {
		m.start, m.compressed = d.offset, b&bitRSV1 != 0
		m.t = Text
		if f.op == OpBinary {
			m.t = Binary
		}
	}
	return nil
}

// second judges a frame's second byte (RFC 6455 sections 5.1 and 5.5).
func (hybi) second(d *Decoder, b byte) error {
	switch {
	case d.role == Server && b&bitMask == 0:
		return d.fail(CodeProtocolError, "frame is not masked")
	case d.role == Client && b&bitMask != 0:
		return d.fail(CodeProtocolError, "frame is masked")
	case d.frame.op.IsControl() && b&^bitMask > MaxControl:
		return d.fail(CodeProtocolError, "control frame too long")
	}
	return nil
}

// extraLength returns the size of the extended length behind the second byte.
func extraLength(b byte) uint8 {
	switch b &^ bitMask {
	case length16:
		return 2
	case length64:
		return 8
	}
	return 0
}

// length judges a frame's length: it must keep the message within its limits
// and, but for the drafts, be in its shortest form (RFC 6455 section 5.2).
func (hybi) length(d *Decoder) error {
	f := &d.frame
	shortest := !dialects[d.dialect].draft
	length := uint64(f.head[1] &^ bitMask)
	switch length {
	case length16:
		length = uint64(binary.BigEndian.Uint16(f.head[2:]))
		if shortest && length < length16 {
			return d.fail(CodeProtocolError, "length not in its shortest form")
		}
	case length64:
		length = binary.BigEndian.Uint64(f.head[2:])
		if length>>63 != 0 {
			return d.fail(CodeProtocolError, "length with its highest bit set")
		}
		if shortest && length <= 0xFFFF {
			return d.fail(CodeProtocolError, "length not in its shortest form")
		}
	}
	if !f.op.IsControl() {
		if err := d.announce(length, f.op != OpContinuation, f.fin); err != nil {
			return err
		}
	}
	f.left = int64(length)
	f.end = d.offset + int64(f.have) + int64(length)
	if d.role == Server {
		f.end += 4
	}
	return nil
}

// control takes the next bytes of a control frame's payload and returns the
// frame's event if they complete it.
func (hybi) control(d *Decoder, chunk []byte) (Event, error) {
	f := &d.frame
	if f.left > 0 || f.ctl != nil {
		f.ctl = appendTo(f.ctl, chunk, MaxControl)
		chunk = f.ctl.b
	}
	if f.left > 0 {
		return Event{}, nil
	}
	d.lent, f.ctl = f.ctl, nil
	switch f.op {
	case OpPing:
		return Event{Type: Ping, Data: chunk}, nil
	case OpPong:
		return Event{Type: Pong, Data: chunk}, nil
	}
	code, reason, bad, why := parseClose(chunk, dialects[d.dialect].draft)
	if bad != 0 {
		return Event{}, d.fail(bad, why)
	}
	return Event{Type: Close, Code: code, Reason: reason}, nil
}

func (hybi) appendMessage(dst []byte, t Type, payload []byte) ([]byte, error) {
	switch t {
	case Text:
		return AppendFrame(dst, OpText, true, false, payload)
	case Binary:
		return AppendFrame(dst, OpBinary, true, false, payload)
	}
	return dst, fmt.Errorf("%w: message of type %v", ErrUnsupported, t)
}

func (hybi) appendControl(dst []byte, t Type, payload []byte) ([]byte, error) {
	switch t {
	case Ping:
		return AppendFrame(dst, OpPing, true, false, payload)
	case Pong:
		return AppendFrame(dst, OpPong, true, false, payload)
	case Close:
		return AppendFrame(dst, OpClose, true, false, payload)
	}
	return dst, fmt.Errorf("%w: control frame of type %v", ErrUnsupported, t)
}
