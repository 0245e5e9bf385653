package rfb

import "math/bits"

// A code is an entry of a decoding table: the number of its bits, what it
// means, how many extra bits follow, and a value.
type code uint32

const (
	codeInvalid = iota
	codeLiteral // value is a byte
	codeBase    // value is the least length or distance; extra bits follow
	codeEnd
	codeTable // value is where a second table begins; extra is its bits
)

const (
	maxCodeLength = 15
	rootBits      = 10 // of the first table; longer codes have a second one
)

func makeCode(kind, extra uint, value int) code {
	return code(kind<<4 | extra<<8 | uint(value)<<16)
}

func (c code) length() uint { return uint(c & 15) }
func (c code) kind() uint   { return uint(c >> 4 & 15) }
func (c code) extra() uint  { return uint(c >> 8 & 15) }
func (c code) value() uint  { return uint(c >> 16) }

// A huffman decodes one Huffman code (RFC 1951 section 3.2.2).
type huffman struct {
	root   [1 << rootBits]code
	second []code
}

// lookup returns the code that the lowest bits of hold begin with.
func (h *huffman) lookup(hold uint64) code {
	e := h.root[hold&(1<<rootBits-1)]
	if e.kind() == codeTable {
		return h.second[e.value()+uint(hold>>rootBits)&(1<<e.extra()-1)]
	}
	return e
}

// build makes the tables for symbols with the given lengths of codes, of which
// meaning holds what they mean. It reports false for lengths that are no code:
// too many codes, or too few, except for no code or a single one.
func (h *huffman) build(lengths []uint8, meaning []code) bool {
	var count [maxCodeLength + 1]int
	for _, l := range lengths {
		count[l]++
	}
	used := len(lengths) - count[0]
	var next [maxCodeLength + 2]uint32
	count[0] = 0
	left := 1
	for l := 1; l <= maxCodeLength; l++ {
		next[l+1] = (next[l] + uint32(count[l])) << 1
		if left = left<<1 - count[l]; left < 0 {
			return false
		}
	}
	if left > 0 {
		if used > 1 || used == 1 && count[1] != 1 {
			return false
		}
		clear(h.root[:])
	}
	h.second = h.second[:0]
	h.fillRoot(lengths, meaning, next)
	return true
}

// fillRoot stores the codes. A first pass finds how long the codes behind each
// root are.
func (h *huffman) fillRoot(lengths []uint8, meaning []code, next [maxCodeLength + 2]uint32) {
	var deep [1 << rootBits]uint8
	first := next
	for _, l := range lengths {
		if l == 0 {
			continue
		}
		rev := reversed(next[l], l)
		next[l]++
		if l > rootBits {
			at := rev & (1<<rootBits - 1)
			deep[at] = max(deep[at], l-rootBits)
		}
	}
	for at, d := range deep {
		if d > 0 {
			h.root[at] = makeCode(codeTable, uint(d), len(h.second))
			for range 1 << d {
				h.second = append(h.second, 0)
			}
		}
	}
	next = first
	for s, l := range lengths {
		if l == 0 {
			continue
		}
		rev := reversed(next[l], l)
		next[l]++
		e := meaning[s] | code(l)
		if l <= rootBits {
			for i := rev; i < 1<<rootBits; i += 1 << l {
				h.root[i] = e
			}
			continue
		}
		table := h.root[rev&(1<<rootBits-1)]
		sub := h.second[table.value() : table.value()+1<<table.extra()]
		for i := rev >> rootBits; i < uint32(len(sub)); i += 1 << (l - rootBits) {
			sub[i] = e
		}
	}
}

func reversed(v uint32, length uint8) uint32 {
	return bits.Reverse32(v) >> (32 - length)
}

// Meanings of the symbols (RFC 1951 section 3.2.5). Those that are missing at
// the end are invalid.
var litMeaning, distMeaning = func() (lit [288]code, dist [32]code) {
	for i := range 256 {
		lit[i] = makeCode(codeLiteral, 0, i)
	}
	lit[256] = makeCode(codeEnd, 0, 0)
	base := 3
	for i := range 28 {
		extra := max(0, i/4-1)
		lit[257+i] = makeCode(codeBase, uint(extra), base)
		base += 1 << extra
	}
	lit[285] = makeCode(codeBase, 0, 258)
	base = 1
	for i := range 30 {
		extra := max(0, i/2-1)
		dist[i] = makeCode(codeBase, uint(extra), base)
		base += 1 << extra
	}
	return lit, dist
}()

// The codes of blocks that bring none (RFC 1951 section 3.2.6).
var fixedLit, fixedDist = func() (*huffman, *huffman) {
	var lengths [288]uint8
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	var lit, dist huffman
	lit.build(lengths[:], litMeaning[:])
	for i := range 32 {
		lengths[i] = 5
	}
	dist.build(lengths[:32], distMeaning[:])
	return &lit, &dist
}()

// dynamicCodes is the header of a dynamic block, as far as it is read (RFC
// 1951 section 3.2.7).
type dynamicCodes struct {
	started        bool
	literals       int
	distances      int
	ofLengths      int
	read           int // lengths of the code for lengths
	ready          bool
	have           int // lengths of the other two
	codeLengths    [19]uint8
	lengths        [288 + 32]uint8
	lengthsMeaning huffman
}

var codeLengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

var codeLengthMeaning = func() (m [19]code) {
	for i := range m {
		m[i] = makeCode(codeLiteral, 0, i)
	}
	return m
}()

// codes reads the header of a dynamic block.
func (z *inflater) codes() (bool, error) {
	d := &z.dynamic
	if !d.started {
		if !z.need(14) {
			return false, nil
		}
		d.literals, d.distances, d.ofLengths = int(z.drop(5))+257, int(z.drop(5))+1, int(z.drop(4))+4
		if d.literals > 286 || d.distances > 30 {
			return false, ErrMalformed
		}
		d.started = true
	}
	for ; d.read < d.ofLengths; d.read++ {
		if !z.need(3) {
			return false, nil
		}
		d.codeLengths[codeLengthOrder[d.read]] = uint8(z.drop(3))
	}
	if !d.ready {
		if !d.lengthsMeaning.build(d.codeLengths[:], codeLengthMeaning[:]) {
			return false, ErrMalformed
		}
		d.ready = true
	}
	for d.have < d.literals+d.distances {
		if more, err := z.codeLength(); !more || err != nil {
			return false, err
		}
	}
	// Without an end the block could not end.
	if d.lengths[256] == 0 ||
		!z.ownLit.build(d.lengths[:d.literals], litMeaning[:]) ||
		!z.ownDist.build(d.lengths[d.literals:d.have], distMeaning[:]) {
		return false, ErrMalformed
	}
	z.lit, z.dist = &z.ownLit, &z.ownDist
	z.state = inflateSyms
	return true, nil
}

// codeLength reads one length, or a repetition.
func (z *inflater) codeLength() (bool, error) {
	d := &z.dynamic
	e := d.lengthsMeaning.lookup(z.hold)
	for e.kind() == codeInvalid || e.length() > z.bits {
		if z.bits >= 7 && e.kind() == codeInvalid {
			return false, ErrMalformed
		}
		if !z.need(z.bits + 1) {
			return false, nil
		}
		e = d.lengthsMeaning.lookup(z.hold)
	}
	length, repeat, extra := uint8(e.value()), 1, uint(0)
	switch length {
	case 16:
		repeat, extra = 3, 2
	case 17:
		repeat, extra = 3, 3
	case 18:
		repeat, extra = 11, 7
	}
	if !z.need(e.length() + extra) {
		return false, nil
	}
	z.drop(e.length())
	repeat += int(z.drop(extra))
	if length == 16 {
		if d.have == 0 {
			return false, ErrMalformed
		}
		length = d.lengths[d.have-1]
	} else if length > 16 {
		length = 0
	}
	if d.have+repeat > d.literals+d.distances {
		return false, ErrMalformed
	}
	for range repeat {
		d.lengths[d.have] = length
		d.have++
	}
	return true, nil
}
