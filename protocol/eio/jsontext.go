package eio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

var (
	errJSON  = fmt.Errorf("%w: invalid JSON", ErrMalformed)
	errArray = fmt.Errorf("%w: no JSON array", ErrMalformed)
)

const jsonSpace = " \t\r\n"

// checkArray checks that data is a JSON array in UTF-8. nextElement and
// unquote rely on it.
func checkArray(data []byte) error {
	text := bytes.TrimLeft(data, jsonSpace)
	switch {
	case len(text) == 0 || text[0] != '[':
		return errArray
	case !utf8.Valid(text):
		return errNotUTF8
	case !json.Valid(text): // at most 10,000 levels deep
		return errJSON
	}
	return nil
}

// nextElement returns the next element of a valid array and what follows it.
// rest is the whole array, or what the call before returned. The element is
// empty if there is none.
func nextElement(rest []byte) (value, after []byte) {
	rest = bytes.TrimLeft(rest, jsonSpace)
	if len(rest) == 0 || rest[0] == ']' {
		return nil, nil
	}
	rest = bytes.TrimLeft(rest[1:], jsonSpace) // behind the bracket or a comma
	depth := 0
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '"':
			i += stringEnd(rest[i:]) - 1
		case '[', '{':
			depth++
		case '}':
			depth--
		case ']', ',':
			if depth == 0 {
				value = bytes.TrimRight(rest[:i], jsonSpace)
				return value[:len(value):len(value)], rest[i:]
			}
			if rest[i] == ']' {
				depth--
			}
		}
	}
	return nil, nil
}

// stringEnd returns the length of the valid JSON string that text begins with.
func stringEnd(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// unquote decodes a valid JSON string in place: no escape is shorter than what
// it stands for. Half of a surrogate pair becomes U+FFFD.
func unquote(quoted []byte) []byte {
	s := quoted[1 : len(quoted)-1]
	out := s[:0]
	for i := bytes.IndexByte(s, '\\'); i >= 0; i = bytes.IndexByte(s, '\\') {
		out = append(out, s[:i]...)
		c := s[i+1]
		s = s[i+2:]
		if c == 'u' {
			var r rune
			r, s = unquoteRune(s)
			out = utf8.AppendRune(out, r)
			continue
		}
		out = append(out, unescape(c))
	}
	return append(out, s...)
}

// unescape returns what a backslash and c stand for.
func unescape(c byte) byte {
	if i := bytes.IndexByte([]byte("bfnrt"), c); i >= 0 {
		return "\b\f\n\r\t"[i]
	}
	return c
}

// unquoteRune decodes the digits behind \u, with a second escape if the two
// are a surrogate pair. AppendRune makes U+FFFD of half a pair.
func unquoteRune(s []byte) (r rune, rest []byte) {
	r, rest = hex4(s), s[4:]
	if utf16.IsSurrogate(r) && len(rest) >= 6 && rest[0] == '\\' && rest[1] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(rest[2:])); pair != utf8.RuneError {
			return pair, rest[6:]
		}
	}
	return r, rest
}

// hex4 decodes four hexadecimal digits.
func hex4(s []byte) (r rune) {
	for _, c := range s[:4] {
		switch {
		case c <= '9':
			c -= '0'
		case c <= 'F':
			c -= 'A' - 10
		default:
			c -= 'a' - 10
		}
		r = r<<4 | rune(c)
	}
	return r
}

// appendJSONString appends text, which is UTF-8, as a JSON string. Beside what
// must be escaped these are: U+2028 and U+2029, which old JavaScript does not
// take in a string.
func appendJSONString(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for done, i := 0, 0; ; i++ {
		if i == len(text) {
			return append(append(dst, text[done:]...), '"')
		}
		n := escapeSize(text[i:])
		if n == 0 {
			continue
		}
		dst = append(dst, text[done:i]...)
		r, size := utf8.DecodeRune(text[i:])
		if n == 2 {
			dst = append(dst, '\\', byte(r))
		} else {
			dst = append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
		i += size - 1
		done = i + 1
	}
}

// escapeSize returns how long the escape of the character is that text begins
// with, 0 if it needs none.
func escapeSize(text []byte) int {
	switch c := text[0]; {
	case c == '"' || c == '\\':
		return len(`\"`)
	case c < ' ' || c == 0xe2 && len(text) > 2 && text[1] == 0x80 && text[2]&^1 == 0xa8:
		return len(`\u2028`)
	}
	return 0
}

// jsonStringSize is the length of what appendJSONString appends.
func jsonStringSize(text []byte) int {
	size := 2 + len(text)
	for i := range text {
		if n := escapeSize(text[i:]); n > 0 {
			size += n - 1
			if text[i] >= utf8.RuneSelf {
				size -= 2 // the character has three bytes
			}
		}
	}
	return size
}
