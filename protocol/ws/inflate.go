package ws

import (
	"compress/flate"
	"io"
	"slices"
	"sync"
)

// inflation is what a decoder needs to inflate its peer's messages.
type inflation struct {
	// window has the last bytes of the messages so far, at most size of them.
	// It stays empty without context takeover, for which size is 0.
	window []byte
	size   int
}

// noTakeover serves all decoders without context takeover.
var noTakeover inflation

// maxWindow is the largest window of DEFLATE (RFC 1951 section 2).
const maxWindow = 1 << 15

func newInflation(p *Deflate, role Role) *inflation {
	without, bits := p.ClientNoContextTakeover, p.ClientMaxWindowBits
	if role == Client {
		without, bits = p.ServerNoContextTakeover, p.ServerMaxWindowBits
	}
	if without {
		return &noTakeover
	}
	return &inflation{size: windowSize(bits)}
}

// windowSize returns the bytes of a window of the given bits, where 0 is 15.
func windowSize(bits int) int {
	if bits < 8 || bits > 15 {
		return maxWindow
	}
	return 1 << bits
}

// compressedLimit is the most that a compressed message of at most max bytes
// may measure: no block type of DEFLATE makes its data longer by more than an
// eighth, headers of small blocks aside.
func compressedLimit(max int64) int64 { return max + max/8 + 1024 }

// maxStreams bounds how often a message may end its DEFLATE stream by BFINAL
// and begin another: each costs the copying of a window.
const maxStreams = 64

// inflateMessage inflates a whole message (RFC 7692 section 7.2.2) into a
// buffer of its own. The output is judged while it is made: neither a bomb nor
// bad text is inflated to its end.
//
// A message without any byte, for which senders should write 00, is empty.
func (d *Decoder) inflateMessage(in []byte, text bool) (out *buffer, err error) {
	if len(in) == 0 {
		return newBuffer(0), nil
	}
	z, err := newInflater(in, d.inflate.window)
	if err != nil {
		return nil, d.fail(CodeInvalidPayload, "data does not inflate")
	}
	defer z.free()
	limit := int(d.max)
	var check utf8Check
	out = newBuffer(min(2*len(in)+1, limit+1))
	for end := false; !end; {
		out = out.grow(1, limit+1)
		old := len(out.b)
		// One byte more than the limit tells a message of that size from a
		// larger one.
		room := out.b[old:min(cap(out.b), limit+1)]
		k, err := z.read(room, d.inflate.window, out.b)
		out.b = out.b[:old+k]
		end = err == io.EOF
		switch {
		case len(out.b) > limit:
			err = d.fail(CodeTooBig, "message over the limit")
		case text && !check.write(out.b[old:]):
			err = d.fail(CodeInvalidPayload, "text is not UTF-8")
		case end && !check.complete():
			err = d.fail(CodeInvalidPayload, "text ends inside a rune")
		case err != nil && !end:
			err = d.fail(CodeInvalidPayload, "data does not inflate")
		default:
			continue
		}
		out.free()
		return nil, err
	}
	if d.inflate.size > 0 {
		d.inflate.window = slide(d.inflate.window, out.b, d.inflate.size)
	}
	return out, nil
}

// slide returns window after out: the last size bytes of both. It reuses
// window where that has room, and grows it no faster than the bytes come.
func slide(window, out []byte, size int) []byte {
	if len(out) > size {
		out = out[len(out)-size:]
	}
	keep := min(len(window), size-len(out))
	if need := keep + len(out); need > cap(window) {
		bigger := make([]byte, keep, min(size, max(need, 2*cap(window))))
		copy(bigger, window[len(window)-keep:])
		return append(bigger, out...)
	}
	copy(window, window[len(window)-keep:])
	return append(window[:keep], out...)
}

// inflater reads one message. It is pooled.
type inflater struct {
	src     source
	zr      io.Reader // also a flate.Resetter
	streams int
}

var inflaters sync.Pool

func newInflater(in, window []byte) (*inflater, error) {
	z, ok := inflaters.Get().(*inflater)
	if !ok {
		z = &inflater{}
		z.zr = flate.NewReader(&z.src)
	}
	z.src = source{data: in}
	z.streams = 1
	return z, z.restart(window)
}

// free gives the inflater back, without the message.
func (z *inflater) free() {
	z.src = source{}
	inflaters.Put(z)
}

func (z *inflater) restart(dict []byte) error {
	return z.zr.(flate.Resetter).Reset(&z.src, dict)
}

// read inflates into room, which is behind out. A block with BFINAL set ends
// the message only if nothing follows it (RFC 7692 section 7.2.3.4); else
// another stream begins, with window and out as its past.
func (z *inflater) read(room, window, out []byte) (int, error) {
	n, err := z.zr.Read(room)
	if err != io.EOF || !z.src.pending() {
		return n, err
	}
	if z.streams++; z.streams > maxStreams {
		return n, flate.CorruptInputError(z.src.at)
	}
	past := slide(slices.Clone(window), out[:len(out)+n], maxWindow)
	return n, z.restart(past)
}

// messageTail stands behind a message's data: the end of the empty block that
// the sender removed (RFC 7692 section 7.2.2), and an empty final block, at
// which a reader sees the end.
const messageTail = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"

// source reads a message's data and then messageTail.
type source struct {
	data []byte
	at   int
}

// pending reports whether some of the data is unread.
func (s *source) pending() bool { return s.at < len(s.data) }

// ReadByte implements io.ByteReader, so that flate reads no byte too many.
func (s *source) ReadByte() (byte, error) {
	i := s.at
	if i < len(s.data) {
		s.at++
		return s.data[i], nil
	}
	if i -= len(s.data); i < len(messageTail) {
		s.at++
		return messageTail[i], nil
	}
	return 0, io.EOF
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (n int, err error) {
	if s.pending() {
		n = copy(p, s.data[s.at:])
	} else if i := s.at - len(s.data); i < len(messageTail) {
		n = copy(p, messageTail[i:])
	} else if len(p) > 0 {
		return 0, io.EOF
	}
	s.at += n
	return n, nil
}
