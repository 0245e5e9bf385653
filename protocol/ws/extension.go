package ws

import (
	"errors"
	"strings"
)

// extension is one element of a Sec-WebSocket-Extensions header (RFC 6455
// section 9.1).
type extension struct {
	name   string
	params []param
}

type param struct {
	name, value string
	// valued tells "name=value" from "name".
	valued bool
}

// The list is bounded so that a long header costs no more than its reading.
const (
	maxExtensions = 32
	maxParams     = 16
)

var (
	errExtensionSyntax = errors.New("the extensions are malformed")
	errExtensionCount  = errors.New("too many extensions")
)

// parseExtensions reads all values of the header. A value that does not
// follow the grammar fails the connection (RFC 6455 section 9.1).
func parseExtensions(values []string) ([]extension, error) {
	var list []extension
	for _, v := range values {
		s := scanner{rest: v}
		for {
			s.space()
			switch {
			case s.rest == "":
			case s.next(','):
				continue
			case len(list) == maxExtensions:
				return nil, errExtensionCount
			default:
				e, err := s.extension()
				if err != nil {
					return nil, err
				}
				list = append(list, e)
				if s.rest == "" || s.next(',') {
					continue
				}
				return nil, errExtensionSyntax
			}
			break
		}
	}
	return list, nil
}

// scanner reads a header value from left to right, each byte once.
type scanner struct{ rest string }

func (s *scanner) space() { s.rest = strings.TrimLeft(s.rest, " \t") }

// next skips c if it is next.
func (s *scanner) next(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// token returns the token that is next, or "".
func (s *scanner) token() string {
	n := 0
	for n < len(s.rest) && isTokenByte(s.rest[n]) {
		n++
	}
	t := s.rest[:n]
	s.rest = s.rest[n:]
	return t
}

// extension reads a name and its parameters, up to the white space behind.
func (s *scanner) extension() (extension, error) {
	e := extension{name: s.token()}
	if e.name == "" {
		return e, errExtensionSyntax
	}
	for s.space(); s.next(';'); s.space() {
		s.space()
		p, ok := s.param()
		if !ok || len(e.params) == maxParams {
			return e, errExtensionSyntax
		}
		e.params = append(e.params, p)
	}
	return e, nil
}

func (s *scanner) param() (param, bool) {
	p := param{name: s.token()}
	if p.name == "" {
		return p, false
	}
	s.space()
	if !s.next('=') {
		return p, true
	}
	s.space()
	p.valued = true
	if s.next('"') {
		return p, s.quoted(&p.value)
	}
	p.value = s.token()
	return p, p.value != ""
}

// quoted reads the rest of a quoted string, whose text must be a token after
// unescaping.
func (s *scanner) quoted(value *string) bool {
	var b strings.Builder
	for i := 0; i < len(s.rest); i++ {
		switch c := s.rest[i]; c {
		case '"':
			s.rest = s.rest[i+1:]
			*value = b.String()
			return isToken(*value)
		case '\\':
			if i++; i < len(s.rest) {
				b.WriteByte(s.rest[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return false
}
