package ws

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// hixie is the framing of drafts 75 and 76, the same in both directions:
//
//	00 text FF           a message; FF cannot occur in UTF-8
//	01..7F any FF        reserved, discarded
//	80..FF length bytes  reserved, discarded; the length has 7 bits per byte,
//	                     the highest first, all but the last with bit 7 set
//	FF 00                the end: closes in draft 76, and is no frame that a
//	                     client of draft 75 would send for anything else
type hixie struct{}

// The stages of a hixie frame.
const (
	atType     stage = iota // the first byte
	atText                  // the text, up to FF
	atSentinel              // discarded bytes, up to FF
	atDigits                // the length
	atSkipped               // discarded bytes, left of them
)

const (
	textType = 0x00
	lastType = 0xFF
	endByte  = 0xFF
)

// maxDigits bounds the bytes of a length, which may begin with zeros.
const maxDigits = 10

// decode reads frames until one completes an event.
func (h hixie) decode(d *Decoder, p []byte) (n int, ev Event, err error) {
	f := &d.frame
	for n < len(p) {
		var k int
		var done bool
		switch f.stage {
		case atType:
			k = 1
			h.begin(d, p[n])
		case atText:
			k, done, ev, err = h.text(d, p[n:])
		case atSentinel:
			k, done, err = h.sentinel(d, p[n:])
		case atDigits:
			k = 1
			done, ev, err = h.digit(d, p[n])
		case atSkipped:
			k = int(min(f.left, int64(len(p)-n)))
			f.left -= int64(k)
			done = f.left == 0
		}
		n += k
		f.end += int64(k)
		if err != nil {
			return n, Event{}, err
		}
		if !done {
			continue
		}
		d.offset = f.end
		*f = frame{end: d.offset}
		if ev.Type != None {
			return n, ev, nil
		}
	}
	return n, Event{}, nil
}

// begin takes a frame's first byte, its type.
func (hixie) begin(d *Decoder, b byte) {
	f := &d.frame
	f.head[0] = b
	switch {
	case b == textType:
		f.stage = atText
		d.message.t, d.message.start, d.message.most = Text, d.offset, d.max
	case b < 0x80:
		f.stage = atSentinel
	default:
		f.stage = atDigits
	}
}

// text takes bytes of a message, up to its end if that is there. The limit
// counts what has arrived, since no length was announced; which rule is broken
// first does not depend on how the bytes are split.
func (hixie) text(d *Decoder, p []byte) (n int, done bool, ev Event, err error) {
	m := &d.message
	chunk := p
	if i := bytes.IndexByte(p, endByte); i >= 0 {
		chunk, done = p[:i], true
	}
	if room := d.max - m.size; int64(len(chunk)) > room {
		if !m.check.write(chunk[:room]) {
			return 0, false, ev, d.fail(CodeInvalidPayload, "text is not UTF-8")
		}
		return 0, false, ev, d.fail(CodeTooBig, "message over the limit")
	}
	m.size += int64(len(chunk))
	n = len(chunk)
	if done {
		n++
	}
	ev, err = d.collect(chunk, done)
	return n, done, ev, err
}

// sentinel discards the bytes of a reserved frame, up to its end if that is
// there.
func (hixie) sentinel(d *Decoder, p []byte) (n int, done bool, err error) {
	n = len(p)
	i := bytes.IndexByte(p, endByte)
	if i >= 0 {
		n = i
	}
	if d.frame.left += int64(n); d.frame.left > d.max {
		return 0, false, d.fail(CodeTooBig, "reserved frame over the limit")
	}
	if i >= 0 {
		return n + 1, true, nil
	}
	return n, false, nil
}

// digit takes one byte of a length. The length is compared with the limit
// before it is multiplied, so it cannot overflow.
func (hixie) digit(d *Decoder, b byte) (done bool, ev Event, err error) {
	f := &d.frame
	if f.have++; f.have > maxDigits {
		return false, ev, d.fail(CodeProtocolError, "length of too many bytes")
	}
	value := int64(b &^ 0x80)
	if f.left > (d.max-value)>>7 {
		return false, ev, d.fail(CodeTooBig, "reserved frame over the limit")
	}
	f.left = f.left<<7 + value
	switch {
	case b&0x80 != 0:
		return false, ev, nil
	case f.left > 0:
		f.stage = atSkipped
		return false, ev, nil
	case f.head[0] == lastType:
		return true, Event{Type: Close, Code: CodeNoStatus}, nil
	}
	return true, ev, nil
}

// appendMessage appends a Text. Bytes that are not UTF-8 are replaced by
// U+FFFD, because one of them could be the end of the frame.
func (hixie) appendMessage(dst []byte, t Type, payload []byte) ([]byte, error) {
	if t != Text {
		return dst, fmt.Errorf("%w: message of type %v", ErrUnsupported, t)
	}
	if !utf8.Valid(payload) {
		payload = bytes.ToValidUTF8(payload, []byte("\uFFFD"))
	}
	dst = append(dst, textType)
	dst = append(dst, payload...)
	return append(dst, endByte), nil
}
