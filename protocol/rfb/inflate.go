package rfb

import "encoding/binary"

const (
	inflateWindow = 32 << 10 // how far back a match may reach
	inflateMatch  = 258      // the longest match
	// maxPeek is the most that peek can be asked for: a row of MaxSide pixels.
	maxPeek       = 4 * MaxSide
	inflateBuffer = inflateWindow + 2*maxPeek + inflateMatch
)

type inflateState uint8

const (
	inflateStart  inflateState = iota // the two bytes of zlib's header
	inflateBlock                      // a block's header
	inflateSizes                      // a stored block's length
	inflateStored                     // a stored block's bytes
	inflateCodes                      // the code lengths of a dynamic block
	inflateSyms                       // symbols
	inflateEnd                        // the last block is over
)

// An inflater reads a zlib stream (RFC 1950, RFC 1951) that lives as long as
// the connection and whose pieces arrive in rectangles, cut anywhere. It is a
// decoder of its own, as compress/zlib can neither wait in the middle of a
// block nor give out what is decoded before it.
//
// Memory is constant. What is decoded waits in a buffer until it is taken, and
// while the buffer is full nothing more is decoded: a bomb stays in its shell.
type inflater struct {
	in []byte // what is not yet read; borrowed while a rectangle is decoded

	hold uint64 // bits that are read but not used, the next one lowest
	bits uint

	state   inflateState
	final   bool
	stored  int
	dynamic dynamicCodes

	lit, dist       *huffman
	ownLit, ownDist huffman
	buf             []byte // decoded: what was taken, for matches, and what was not
	taken, made     int    // of buf
}

func newInflater() *inflater {
	return &inflater{buf: make([]byte, inflateBuffer)}
}

// reset begins a new stream.
func (z *inflater) reset() {
	z.in, z.hold, z.bits, z.state, z.final = nil, 0, 0, inflateStart, false
	z.taken, z.made = 0, 0
	z.dynamic = dynamicCodes{}
}

// peek returns the next n bytes of the decoded stream, or fewer if there is no
// more input; n is at most maxPeek. They are borrowed until the next call.
func (z *inflater) peek(n int) ([]byte, error) {
	if z.made-z.taken < n {
		if err := z.fill(n); err != nil {
			return nil, err
		}
	}
	return z.buf[z.taken:min(z.made, z.taken+n)], nil
}

// take marks n bytes of what peek returned as used.
func (z *inflater) take(n int) { z.taken += n }

// finish is called when a rectangle has all that it needs. It reads the rest
// of the input, which may end a block but hold nothing more.
func (z *inflater) finish() error {
	if z.made == z.taken {
		if err := z.fill(1); err != nil {
			return err
		}
	}
	if z.made != z.taken || len(z.in) > 0 {
		return ErrMalformed
	}
	return nil
}

// fill decodes until at least n bytes wait or the input is used up.
func (z *inflater) fill(n int) error {
	if len(z.buf)-z.taken < n+inflateMatch || len(z.buf)-z.made <= inflateMatch {
		keep := max(0, z.taken-inflateWindow)
		copy(z.buf, z.buf[keep:z.made])
		z.taken -= keep
		z.made -= keep
	}
	for len(z.buf)-z.made > inflateMatch {
		more, err := z.advance()
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	return nil
}

// need makes sure that n ≤ 32 bits are held.
func (z *inflater) need(n uint) bool {
	for z.bits < n {
		if len(z.in) == 0 {
			return false
		}
		z.hold |= uint64(z.in[0]) << z.bits
		z.bits += 8
		z.in = z.in[1:]
	}
	return true
}

func (z *inflater) drop(n uint) uint32 {
	v := uint32(z.hold & (1<<n - 1))
	z.hold >>= n
	z.bits -= n
	return v
}

// advance does one step. It reports false if there is too little input.
func (z *inflater) advance() (bool, error) {
	switch z.state {
	case inflateStart:
		return z.header()
	case inflateBlock:
		return z.block()
	case inflateSizes:
		return z.sizes()
	case inflateStored:
		return z.copyStored(), nil
	case inflateCodes:
		return z.codes()
	case inflateSyms:
		return z.symbols()
	}
	// Behind the last block stands a checksum. There is no stream to go on.
	z.in, z.hold, z.bits = nil, 0, 0
	return false, nil
}

// header checks zlib's header: method 8, a window that we have, no dictionary
// (RFC 1950 section 2.2).
func (z *inflater) header() (bool, error) {
	if !z.need(16) {
		return false, nil
	}
	v := z.drop(16)
	cmf, flg := v&0xff, v>>8
	if cmf&15 != 8 || cmf>>4 > 7 || (cmf<<8|flg)%31 != 0 || flg&0x20 != 0 {
		return false, ErrMalformed
	}
	z.state = inflateBlock
	return true, nil
}

func (z *inflater) block() (bool, error) {
	if z.final {
		z.state = inflateEnd
		return true, nil
	}
	if !z.need(3) {
		return false, nil
	}
	z.final = z.drop(1) == 1
	switch z.drop(2) {
	case 0:
		z.drop(z.bits & 7)
		z.state = inflateSizes
	case 1:
		z.lit, z.dist = fixedLit, fixedDist
		z.state = inflateSyms
	case 2:
		z.dynamic = dynamicCodes{}
		z.state = inflateCodes
	default:
		return false, ErrMalformed
	}
	return true, nil
}

func (z *inflater) sizes() (bool, error) {
	if !z.need(32) {
		return false, nil
	}
	size, check := z.drop(16), z.drop(16)
	if size != ^check&0xffff {
		return false, ErrMalformed
	}
	z.stored, z.state = int(size), inflateStored
	return true, nil
}

func (z *inflater) copyStored() bool {
	for z.stored > 0 && z.bits >= 8 { // whole bytes, as the block is aligned
		z.buf[z.made] = byte(z.drop(8))
		z.made++
		z.stored--
	}
	n := min(z.stored, len(z.in), len(z.buf)-z.made)
	z.made += copy(z.buf[z.made:], z.in[:n])
	z.in = z.in[n:]
	z.stored -= n
	if z.stored == 0 {
		z.state = inflateBlock
		return true
	}
	return n > 0 && len(z.in) > 0
}

// symbols decodes symbols until the block ends, the buffer is full or the
// input is used up.
func (z *inflater) symbols() (bool, error) {
	z.fast()
	for len(z.buf)-z.made > inflateMatch && z.state == inflateSyms {
		hold, bits, in := z.hold, z.bits, z.in
		ok, err := z.symbol()
		if err != nil {
			return false, err
		}
		if !ok { // put back what was read of a symbol
			z.hold, z.bits, z.in = hold, bits, in
			// All of it is held from now on, so that in can be forgotten.
			for len(z.in) > 0 {
				z.hold |= uint64(z.in[0]) << z.bits
				z.bits += 8
				z.in = z.in[1:]
			}
			return false, nil
		}
	}
	return true, nil
}

// symbol decodes a literal, a match or the end of the block. It reports false,
// with input lost, if there is too little of it.
func (z *inflater) symbol() (bool, error) {
	e, ok := z.code(z.lit)
	if !ok || e.kind() == codeInvalid {
		return ok, invalid(ok)
	}
	switch e.kind() {
	case codeLiteral:
		z.buf[z.made] = byte(e.value())
		z.made++
		return true, nil
	case codeEnd:
		z.state = inflateBlock
		return true, nil
	}
	if !z.need(e.extra()) {
		return false, nil
	}
	length := int(e.value()) + int(z.drop(e.extra()))
	e, ok = z.code(z.dist)
	if !ok || e.kind() == codeInvalid {
		return ok, invalid(ok)
	}
	if !z.need(e.extra()) {
		return false, nil
	}
	distance := int(e.value()) + int(z.drop(e.extra()))
	return true, z.match(length, distance)
}

func invalid(complete bool) error {
	if complete {
		return ErrMalformed
	}
	return nil
}

// code decodes one code.
func (z *inflater) code(h *huffman) (code, bool) {
	for {
		e := h.lookup(z.hold)
		if e.kind() != codeInvalid && e.length() <= z.bits {
			z.drop(e.length())
			return e, true
		}
		if z.bits >= maxCodeLength {
			return 0, true
		}
		if !z.need(z.bits + 1) {
			return 0, false
		}
	}
}

// match repeats length bytes from distance bytes ago.
func (z *inflater) match(length, distance int) error {
	if distance > z.made {
		return ErrMalformed
	}
	from, to := z.made-distance, z.made
	if distance >= length {
		copy(z.buf[to:to+length], z.buf[from:])
	} else {
		// What is copied is itself a source: double it.
		for done := 0; done < length; {
			done += copy(z.buf[to+done:to+length], z.buf[from:to+done])
		}
	}
	z.made += length
	return nil
}

// fast decodes symbols while there is so much input and room that a literal or
// a match needs no checks. It stops in front of anything unusual.
func (z *inflater) fast() {
	lit, dist := z.lit, z.dist
	in, buf, made := z.in, z.buf, z.made
	hold, bits := z.hold, z.bits
	for len(in) >= 8 && len(buf)-made > inflateMatch {
		hold |= binary.LittleEndian.Uint64(in) << bits
		in = in[(63-bits)>>3:]
		bits |= 56
		e := lit.lookup(hold)
		if e.kind() == codeLiteral {
			buf[made] = byte(e.value())
			made++
			hold >>= e.length()
			bits -= e.length()
			// Two literals fit into what is held, and a match behind them.
			if e = lit.lookup(hold); e.kind() == codeLiteral {
				buf[made] = byte(e.value())
				made++
				hold >>= e.length()
				bits -= e.length()
				continue
			}
			if bits < 48 {
				continue
			}
		}
		if e.kind() != codeBase {
			break
		}
		h, b := hold>>e.length(), bits-e.length()
		length := int(e.value()) + int(h&(1<<e.extra()-1))
		h, b = h>>e.extra(), b-e.extra()
		e = dist.lookup(h)
		if e.kind() != codeBase {
			break
		}
		h, b = h>>e.length(), b-e.length()
		distance := int(e.value()) + int(h&(1<<e.extra()-1))
		if distance > made {
			break
		}
		hold, bits = h>>e.extra(), b-e.extra()
		if distance >= length {
			copy(buf[made:made+length], buf[made-distance:])
		} else {
			for done := 0; done < length; {
				done += copy(buf[made+done:made+length], buf[made-distance:made+done])
			}
		}
		made += length
	}
	// The load put more than the counted bits there; they are still in in.
	z.in, z.made, z.hold, z.bits = in, made, hold&(1<<bits-1), bits
}
