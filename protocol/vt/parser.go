package vt

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
		if t.parser.state != stateGround || t.parser.utf8.need > 0 {
			i += t.resume(p[i:])
			continue
		}
		switch c := p[i]; {
		case c-0x20 < 0x5f || c >= 0x80:
			i += t.printText(p[i:])
		case c == 0x1b:
			i += t.escapeBytes(p[i:])
		case c < 0x20:
			t.execute(c)
			i++
		default: // DEL, which is nothing in a set of 94 characters (ECMA-35 section 6.2.2)
			if t.charset.del() {
				t.print(0x7f)
			}
			i++
		}
	}
	if len(t.styles.a) > largeStyles && t.gen%256 == 0 {
		t.shrinkStyles()
	}
	t.noteControl()
	return len(p), nil
}

// resume goes on in a sequence or in a character of several bytes, and returns
// how many bytes of p it took.
func (t *Terminal) resume(p []byte) int {
	switch {
	case t.parser.utf8.need > 0:
		return t.continueRune(p[0])
	case t.parser.state >= stateDCSIgnore:
		return t.stringBytes(p)
	}
	return t.sequenceByte(p[0])
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
	n := par.take(p[i:])
	for i += n; i < len(p) && p[i]-0x30 < 0x0c; i++ {
		par.put(p[i])
	}
	if i < len(p) && p[i]-0x40 < 0x3f {
		t.parser.state = stateGround
		t.csi(p[i])
		return i + 1
	}
	t.parser.state = stateCSIParam
	if i == 2 {
		t.parser.state = stateCSI
	}
	return i
}
