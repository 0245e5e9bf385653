package sio

import "unicode/utf8"

// scanner passes once over JSON text (RFC 8259), checks it and allocates
// nothing. Its methods take the offset at which something begins and return
// the offset behind it, or -1 after setting err.
//
// Arrays and objects are followed by recursion, which depth bounds; it starts
// with 1 at least.
type scanner struct {
	data  []byte
	depth int // how many more arrays and objects may be opened
	err   error
	// found, if set, is told of every placeholder, before what follows it is
	// read. An error of it ends the scan.
	found func(ph placeholder) error
}

// element is a part of an array: data[start:end], without white space. The
// zero value is the state before the first one.
type element struct {
	start, end int
}

// whole checks that the data is one value with nothing but white space around.
func (s *scanner) whole() error {
	i := s.value(s.space(0))
	if i >= 0 && s.space(i) != len(s.data) {
		s.fail(ErrJSON)
	}
	return s.err
}

// next moves el to the next element of the array that the data consists of. It
// returns false behind the last one, when it has also checked that nothing
// follows the array, and upon an error.
func (s *scanner) next(el *element) bool {
	i := el.end
	if i == 0 {
		if i = s.open(); i < 0 {
			return false
		}
		if i < len(s.data) && s.data[i] == ']' {
			return s.close(i)
		}
	} else {
		i = s.space(i)
		switch {
		case i < len(s.data) && s.data[i] == ',':
			i = s.space(i + 1)
		case i < len(s.data) && s.data[i] == ']':
			return s.close(i)
		default:
			s.fail(ErrJSON)
			return false
		}
	}
	el.start = i
	el.end = s.value(i)
	return el.end >= 0
}

// open begins the outermost array and returns the offset of what is in it.
func (s *scanner) open() int {
	i := s.space(0)
	if i == len(s.data) || s.data[i] != '[' {
		return s.fail(ErrPayload)
	}
	s.depth--
	return s.space(i + 1)
}

// close ends the outermost array, whose bracket is at i.
func (s *scanner) close(i int) bool {
	if s.space(i+1) != len(s.data) {
		s.fail(ErrJSON)
	}
	return false
}

func (s *scanner) fail(err error) int {
	s.err = err
	return -1
}

func (s *scanner) space(i int) int {
	for i < len(s.data) {
		switch s.data[i] {
		case ' ', '\t', '\n', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

func (s *scanner) value(i int) int {
	if i >= len(s.data) {
		return s.fail(ErrJSON)
	}
	switch c := s.data[i]; c {
	case '"':
		return s.str(i)
	case '{', '[':
		return s.nested(i)
	case 't':
		return s.literal(i, "true")
	case 'f':
		return s.literal(i, "false")
	case 'n':
		return s.literal(i, "null")
	default:
		return s.number(i)
	}
}

// nested goes one level down for an array or object.
func (s *scanner) nested(i int) int {
	if s.depth == 0 {
		return s.fail(ErrDepth)
	}
	s.depth--
	if s.data[i] == '{' {
		i = s.object(i)
	} else {
		i = s.array(i)
	}
	s.depth++
	return i
}

func (s *scanner) array(i int) int {
	i = s.space(i + 1)
	if i < len(s.data) && s.data[i] == ']' {
		return i + 1
	}
	for {
		if i = s.value(i); i < 0 {
			return -1
		}
		i = s.space(i)
		switch {
		case i == len(s.data):
			return s.fail(ErrJSON)
		case s.data[i] == ']':
			return i + 1
		case s.data[i] != ',':
			return s.fail(ErrJSON)
		}
		i = s.space(i + 1)
	}
}

func (s *scanner) object(start int) int {
	var ph placeholder
	i := s.space(start + 1)
	if i < len(s.data) && s.data[i] == '}' {
		return i + 1
	}
	for {
		if i = s.member(i, &ph); i < 0 {
			return -1
		}
		i = s.space(i)
		switch {
		case i == len(s.data):
			return s.fail(ErrJSON)
		case s.data[i] == '}':
			ph.start, ph.end = start, i+1
			return s.closeObject(ph)
		case s.data[i] != ',':
			return s.fail(ErrJSON)
		}
		i = s.space(i + 1)
	}
}

// member reads one key with its value.
func (s *scanner) member(i int, ph *placeholder) int {
	if i == len(s.data) || s.data[i] != '"' {
		return s.fail(ErrJSON)
	}
	end := s.str(i)
	if end < 0 {
		return -1
	}
	key := s.data[i:end]
	i = s.space(end)
	if i == len(s.data) || s.data[i] != ':' {
		return s.fail(ErrJSON)
	}
	i = s.space(i + 1)
	end = s.value(i)
	if end >= 0 && s.found != nil {
		ph.note(key, s.data[i:end])
	}
	return end
}

// closeObject decides, now that its members are known, whether an object was a
// placeholder.
func (s *scanner) closeObject(ph placeholder) int {
	if s.found == nil || !ph.marked {
		return ph.end
	}
	if !ph.valid() {
		return s.fail(ErrPlaceholder)
	}
	if err := s.found(ph); err != nil {
		return s.fail(err)
	}
	return ph.end
}

func (s *scanner) literal(i int, want string) int {
	if end := i + len(want); end <= len(s.data) && string(s.data[i:end]) == want {
		return end
	}
	return s.fail(ErrJSON)
}

func (s *scanner) number(i int) int {
	if i < len(s.data) && s.data[i] == '-' {
		i++
	}
	switch {
	case i == len(s.data) || !isDigit(s.data[i]):
		return s.fail(ErrJSON)
	case s.data[i] == '0':
		i++
	default:
		i = s.digits(i)
	}
	if i < len(s.data) && s.data[i] == '.' {
		if i = s.digits(i + 1); i < 0 {
			return -1
		}
	}
	if i < len(s.data) && (s.data[i] == 'e' || s.data[i] == 'E') {
		i++
		if i < len(s.data) && (s.data[i] == '+' || s.data[i] == '-') {
			i++
		}
		return s.digits(i)
	}
	return i
}

// digits reads at least one digit.
func (s *scanner) digits(i int) int {
	start := i
	for i < len(s.data) && isDigit(s.data[i]) {
		i++
	}
	if i == start {
		return s.fail(ErrJSON)
	}
	return i
}

// str reads a string from its opening to its closing quote.
func (s *scanner) str(i int) int {
	data := s.data
	for i++; i < len(data); {
		c := data[i]
		switch {
		case plain[c]:
			i++
		case c == '"':
			return i + 1
		case c == '\\':
			if i = s.escape(i + 1); i < 0 {
				return -1
			}
		case c < utf8.RuneSelf:
			return s.fail(ErrJSON)
		default:
			r, n := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && n == 1 {
				return s.fail(ErrJSON)
			}
			i += n
		}
	}
	return s.fail(ErrJSON)
}

// plain has the bytes that stand for themselves in a string: ASCII without
// control characters, quote and backslash.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// escape reads what follows a backslash.
func (s *scanner) escape(i int) int {
	if i == len(s.data) {
		return s.fail(ErrJSON)
	}
	switch s.data[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		if _, ok := hex4(s.data[i+1:]); ok {
			return i + 5
		}
	}
	return s.fail(ErrJSON)
}

// hex4 decodes the four hexadecimal digits that b begins with.
func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case isDigit(c):
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
