package vt

import (
	"bytes"
	"unicode/utf8"
)

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
