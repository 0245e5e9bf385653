package vt

import (
	"bytes"
	"unicode/utf8"
)

// A state is one of the parser's, after the VT500 diagram of Paul Williams.
type state uint8

const (
	stateGround    state = iota
	stateEscape          // behind ESC
	stateEscInter        // ESC and intermediate bytes
	stateCSI             // behind CSI
	stateCSIParam        // parameters
	stateCSIInter        // intermediate bytes
	stateCSIIgnore       // a malformed sequence, up to its final byte
	stateDCS             // behind DCS
	stateDCSParam        //
	stateDCSInter        //
	stateDCSIgnore       // a malformed one, up to ST
	stateDCSString       // data
	stateOSC             // data
	stateSkip            // SOS, PM and APC, which say nothing to us
	stateCount
)

// An action is what a byte causes besides a change of state.
type action uint8

const (
	actNone action = iota
	actExecute
	actClear // a new sequence begins
	actCollect
	actParam
	actEscape
	actCSI
	actHook // the data of a DCS begins
	actOSC  // the data of an OSC begins
)

// step is the parser's table: what a byte below 0x80 does in a state. The lower
// half of an entry is the next state, the upper one the action. Bytes of data
// are not taken from it, see stringByte.
var step = buildSteps()

func buildSteps() *[stateCount][128]uint8 {
	table := new([stateCount][128]uint8)
	add := func(s state, from, to byte, a action, next state) {
		for c := int(from); c <= int(to); c++ {
			table[s][c] = uint8(a)<<4 | uint8(next)
		}
	}
	for s := range stateCount {
		add(s, 0, 0x7f, actNone, s)
		if s != stateDCS && s != stateDCSParam && s != stateDCSInter && s != stateDCSIgnore {
			add(s, 0, 0x1f, actExecute, s)
		}
		add(s, 0x18, 0x18, actExecute, stateGround) // CAN
		add(s, 0x1a, 0x1a, actExecute, stateGround) // SUB
		add(s, 0x1b, 0x1b, actClear, stateEscape)
	}
	add(stateEscape, 0x20, 0x2f, actCollect, stateEscInter)
	add(stateEscape, 0x30, 0x7e, actEscape, stateGround)
	add(stateEscape, '[', '[', actClear, stateCSI)
	add(stateEscape, ']', ']', actOSC, stateOSC)
	add(stateEscape, 'P', 'P', actClear, stateDCS)
	for _, c := range []byte("X^_") {
		add(stateEscape, c, c, actNone, stateSkip)
	}
	add(stateEscInter, 0x20, 0x2f, actCollect, stateEscInter)
	add(stateEscInter, 0x30, 0x7e, actEscape, stateGround)

	addParams(add, stateCSI, stateCSIParam, stateCSIInter, stateCSIIgnore)
	for _, s := range []state{stateCSI, stateCSIParam, stateCSIInter} {
		add(s, 0x40, 0x7e, actCSI, stateGround)
	}
	add(stateCSIIgnore, 0x40, 0x7e, actNone, stateGround)

	addParams(add, stateDCS, stateDCSParam, stateDCSInter, stateDCSIgnore)
	for _, s := range []state{stateDCS, stateDCSParam, stateDCSInter} {
		add(s, 0x40, 0x7e, actHook, stateDCSString)
	}
	return table
}

// addParams adds what CSI and DCS have in common: a prefix, parameters,
// intermediate bytes.
func addParams(add func(s state, from, to byte, a action, next state), entry, param, inter, ignore state) {
	add(entry, 0x30, 0x3b, actParam, param)
	add(entry, 0x3c, 0x3f, actCollect, param)
	add(param, 0x30, 0x3b, actParam, param)
	add(param, 0x3c, 0x3f, actNone, ignore)
	add(entry, 0x20, 0x2f, actCollect, inter)
	add(param, 0x20, 0x2f, actCollect, inter)
	add(inter, 0x20, 0x2f, actCollect, inter)
	add(inter, 0x30, 0x3f, actNone, ignore)
}

// A parser is where in a sequence the bytes so far have ended.
type parser struct {
	state  state
	prefix byte // one of <=>? behind CSI or DCS
	inter  byte // the intermediate byte
	inters int  // how many there are
	par    params
	str    stringBuffer // the data of an OSC or DCS
	hook   func(t *Terminal, data []byte)
	utf8   decoder
}

func (ps *parser) reset() { ps.state = stateGround; ps.utf8 = decoder{}; ps.str.release() }

// Write takes what a program writes, cut anywhere. It always takes all of p and
// never fails. It takes time in proportion to the length of p; only sequences
// that concern the whole screen cost as much as the screen is large.
func (t *Terminal) Write(p []byte) (int, error) {
	t.gen++
	for i := 0; i < len(p); {
		c := p[i]
		switch {
		case t.parser.utf8.need > 0:
			i += t.continueRune(c)
		case t.parser.state >= stateDCSIgnore:
			i += t.stringBytes(p[i:])
		case t.parser.state != stateGround:
			i += t.sequenceByte(c)
		case c-0x20 < 0x5f:
			i += t.printRun(p[i:])
		case c == 0x1b:
			i += t.escapeBytes(p[i:])
		case c < 0x20:
			t.execute(c)
			i++
		case c == 0x7f: // DEL
			i++
		default:
			i += t.printRunes(p[i:])
		}
	}
	t.noteControl()
	return len(p), nil
}

// sequenceByte takes a byte of a sequence.
func (t *Terminal) sequenceByte(c byte) int {
	if c >= 0x80 {
		return t.runeBytes([]byte{c})
	}
	entry := step[t.parser.state][c]
	t.parser.state = state(entry & 0x0f)
	switch action(entry >> 4) {
	case actExecute:
		t.execute(c)
	case actClear:
		t.startSequence()
	case actCollect:
		if c >= 0x3c {
			t.parser.prefix = c
		} else {
			t.parser.inter = c
			t.parser.inters++
		}
	case actParam:
		t.parser.par.put(c)
	case actEscape:
		t.escape(c)
	case actCSI:
		t.csi(c)
	case actHook:
		t.hook(c)
	case actOSC:
		t.parser.str.start(maxOSC)
	}
	return 1
}

// startSequence forgets the sequence before.
func (t *Terminal) startSequence() {
	t.parser.prefix, t.parser.inter, t.parser.inters = 0, 0, 0
	t.parser.par.clear()
}

// escapeBytes takes ESC, and the whole of a control sequence if it lies in p and
// has nothing but parameters: nearly all are like that. The table would give
// the same.
func (t *Terminal) escapeBytes(p []byte) int {
	t.startSequence()
	t.parser.state = stateEscape
	if len(p) < 3 || p[1] != '[' {
		return 1
	}
	i := 2
	if p[2]-0x3c < 4 {
		t.parser.prefix = p[2]
		i = 3
	}
	par := &t.parser.par
	for ; i < len(p); i++ {
		switch c := p[i]; {
		case c-0x30 < 0x0c:
			par.put(c)
		case c-0x40 < 0x3f:
			t.parser.state = stateGround
			t.csi(c)
			return i + 1
		default:
			t.parser.state = stateCSIParam
			if i == 2 {
				t.parser.state = stateCSI
			}
			return i
		}
	}
	t.parser.state = stateCSIParam
	if i == 2 {
		t.parser.state = stateCSI
	}
	return i
}

// stringBytes takes data of an OSC, a DCS or of what is skipped, up to the byte
// that ends it: BEL for OSC, ST, CAN or SUB.
func (t *Terminal) stringBytes(p []byte) int {
	ps := &t.parser
	for i, c := range p {
		switch {
		case c >= 0x20 && c != 0x9c, c != 0x07 && c != 0x18 && c != 0x1a && c != 0x1b && c != 0x9c:
			continue
		case c == 0x9c: // ST in UTF-8 is C2 9C; elsewhere it is part of a character
			if i > 0 && p[i-1] != 0xc2 || i == 0 && ps.str.last != 0xc2 {
				continue
			}
		case c == 0x07 && ps.state != stateOSC:
			continue
		}
		t.addData(p[:i])
		if c == 0x9c {
			ps.str.dropLast()
		}
		t.endString(c)
		return i + 1
	}
	t.addData(p)
	return len(p)
}

// addData keeps data of a string. An OSC that turns out to be long may be one of
// the two that have a larger limit.
func (t *Terminal) addData(p []byte) {
	s := &t.parser.str
	if t.parser.state == stateOSC && s.limit == maxOSC && len(s.data)+len(p) > maxOSC {
		var name [8]byte
		n := copy(name[:], s.data)
		n += copy(name[n:], p)
		switch {
		case bytes.HasPrefix(name[:n], []byte("52;")):
			s.limit = max(s.limit, t.opt.ClipboardBytes/3*4+64)
		case bytes.HasPrefix(name[:n], []byte("1337;")):
			s.limit = max(s.limit, t.opt.ImageBytes+64)
		}
	}
	s.add(p)
}

// endString ends the data of an OSC or DCS. CAN and SUB cancel it. ESC ends it,
// whatever follows.
func (t *Terminal) endString(c byte) {
	s := t.parser.state
	t.parser.state = stateGround
	data, whole := t.parser.str.take()
	if whole && c != 0x18 && c != 0x1a {
		switch s {
		case stateOSC:
			t.osc(data, c == 0x07)
		case stateDCSString:
			if t.parser.hook != nil {
				t.parser.hook(t, data)
			}
		}
	}
	t.parser.str.release()
	t.breakChain()
	if c == 0x1b {
		t.parser.state = stateEscape
		t.startSequence()
	}
}

// maxParams is how many parameters of a sequence are kept.
const maxParams = 32

// maxParam is the largest value of a parameter.
const maxParam = 1<<31 - 1

// params are the parameters of a sequence: numbers, separated by a semicolon,
// or by a colon where a number is a part of the one before (ECMA-48 5.4.2).
type params struct {
	n    int
	sub  uint32 // bit i: number i is behind a colon
	full bool   // there are more than maxParams
	v    [maxParams]int32
}

func (p *params) clear() { p.n, p.sub, p.full = 0, 0, false }

// put takes a byte of the parameters.
func (p *params) put(c byte) {
	if p.n == 0 {
		p.n, p.v[0] = 1, -1
	}
	if c >= ':' {
		if p.n == maxParams {
			p.full = true
			return
		}
		if c == ':' {
			p.sub |= 1 << p.n
		}
		p.v[p.n] = -1
		p.n++
		return
	}
	if p.full {
		return
	}
	d := int32(c - '0')
	if v := p.v[p.n-1]; v >= 0 {
		if v > (maxParam-9)/10 {
			p.v[p.n-1] = maxParam
			return
		}
		d += v * 10
	}
	p.v[p.n-1] = d
}

// count returns the number of parameters; a sequence has at least one, which
// may be empty.
func (p *params) count() int { return max(p.n, 1) }

// get returns parameter i, or def if it is missing or empty.
func (p *params) get(i, def int) int {
	if i >= p.n || p.v[i] < 0 {
		return def
	}
	return int(p.v[i])
}

// num returns parameter i as a count or a position: missing, empty and 0 are 1.
func (p *params) num(i int) int { return max(p.get(i, 1), 1) }

// isSub reports whether parameter i is a part of the one before.
func (p *params) isSub(i int) bool { return i < p.n && p.sub&(1<<i) != 0 }

// A decoder is a character of which not all bytes have come.
type decoder struct {
	r      rune
	need   uint8 // bytes to come
	lo, hi byte  // the range of the next one
}

// start takes the first byte of a character of several bytes. It reports false
// for a byte that cannot be one.
func (d *decoder) start(c byte) bool {
	d.lo, d.hi = 0x80, 0xbf
	switch {
	case c < 0xc2 || c > 0xf4:
		return false
	case c < 0xe0:
		d.r, d.need = rune(c&0x1f), 1
	case c < 0xf0:
		d.r, d.need = rune(c&0x0f), 2
		switch c {
		case 0xe0:
			d.lo = 0xa0
		case 0xed:
			d.hi = 0x9f
		}
	default:
		d.r, d.need = rune(c&0x07), 3
		switch c {
		case 0xf0:
			d.lo = 0x90
		case 0xf4:
			d.hi = 0x8f
		}
	}
	return true
}

// runeBytes takes a character of several bytes, or the first byte of it. Bytes
// that are none are one U+FFFD for each longest beginning of a character
// (Unicode, chapter 3.9).
func (t *Terminal) runeBytes(p []byte) int {
	if r, n := utf8.DecodeRune(p); n > 1 {
		t.char(r)
		return n
	}
	if !t.parser.utf8.start(p[0]) {
		t.char(utf8.RuneError)
	}
	return 1
}

// continueRune takes the next byte of a character, if it is one.
func (t *Terminal) continueRune(c byte) int {
	d := &t.parser.utf8
	if c < d.lo || c > d.hi {
		d.need = 0
		t.char(utf8.RuneError)
		return 0
	}
	d.lo, d.hi = 0x80, 0xbf
	d.r = d.r<<6 | rune(c&0x3f)
	if d.need--; d.need == 0 {
		t.char(d.r)
	}
	return 1
}

// char takes a character of several bytes: a C1 control, which counts anywhere,
// text, or what ends a malformed sequence.
func (t *Terminal) char(r rune) {
	switch {
	case r < 0xa0:
		t.control8(r)
	case t.parser.state == stateGround:
		t.print(r)
	default:
		t.parser.state = stateGround
	}
}

// stringBuffer holds the data of an OSC or a DCS, up to a limit.
type stringBuffer struct {
	data  []byte
	limit int
	over  bool
	last  byte // the last byte that came, even beyond the limit
}

// The limits of data, by what it is for.
const (
	maxOSC   = 8 << 10
	maxDCS   = 4 << 10
	keepData = 16 << 10 // a larger buffer is not kept
)

func (s *stringBuffer) start(limit int) {
	s.data, s.limit, s.over, s.last = s.data[:0], limit, false, 0
}

// add appends what has come.
func (s *stringBuffer) add(p []byte) {
	if len(p) == 0 {
		return
	}
	s.last = p[len(p)-1]
	if s.over {
		return
	}
	if len(s.data)+len(p) > s.limit {
		s.over = true
		return
	}
	s.data = append(s.data, p...)
}

// dropLast takes the first byte of a two-byte ST away.
func (s *stringBuffer) dropLast() {
	if len(s.data) > 0 && !s.over {
		s.data = s.data[:len(s.data)-1]
	}
}

// take returns the data, and whether it is all of it.
func (s *stringBuffer) take() ([]byte, bool) { return s.data, !s.over }

// release gives a large buffer back.
func (s *stringBuffer) release() {
	if cap(s.data) > keepData {
		s.data = nil
	}
	s.data = s.data[:0]
}

// isText reports whether data of a string is UTF-8 without control characters.
func isText(data []byte) bool {
	return utf8.Valid(data) && bytes.IndexFunc(data, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }) < 0
}
