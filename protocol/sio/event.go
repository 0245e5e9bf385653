package sio

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// SplitArray returns the elements of a JSON array as raw JSON without white
// space around them. They borrow data. For an event the first one is the name,
// the others are the arguments. Empty data, which an event or ack without a
// payload has, gives no elements.
//
// It checks all of data and returns ErrPayload if that is not an array, ErrJSON,
// ErrDepth (above MaxDepth) or ErrTooManyArguments. It allocates the
// result only; AppendElements avoids that too.
func SplitArray(data []byte) ([][]byte, error) {
	return AppendElements(nil, data)
}

// AppendElements is SplitArray with a slice of the caller's to append to. It
// returns dst as it was if it fails.
func AppendElements(dst [][]byte, data []byte) ([][]byte, error) {
	if len(data) == 0 {
		return dst, nil
	}
	start := len(dst)
	s := scanner{data: data, depth: MaxDepth}
	for el := (element{}); s.next(&el); {
		if len(dst)-start == MaxArguments {
			return dst[:start], ErrTooManyArguments
		}
		dst = append(dst, data[el.start:el.end:el.end])
	}
	if s.err != nil {
		return dst[:start], s.err
	}
	return dst, nil
}

// EventName returns the name that raw, the first element of an event, stands
// for: the text of a string, or a number as it is written. It borrows raw if
// there is nothing to unescape. It returns ErrEventName if raw is of another
// kind. raw must be valid JSON, as SplitArray returns it.
func EventName(raw []byte) ([]byte, error) {
	switch {
	case len(raw) == 0:
	case raw[0] == '-' || isDigit(raw[0]):
		return raw, nil
	case raw[0] == '"' && len(raw) >= 2:
		return unquote(raw[1 : len(raw)-1])
	}
	return nil, fmt.Errorf("%w: neither string nor number", ErrEventName)
}

// IsReserved reports whether a name is one that only the two ends themselves
// use: connect, connect_error, disconnect, disconnecting, newListener,
// removeListener. Events with such a name are neither sent nor accepted.
func IsReserved[S []byte | string](name S) bool {
	switch string(name) {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}

// unquote resolves the escapes of a JSON string's inside. Half of a surrogate
// pair becomes U+FFFD, as in encoding/json.
func unquote(s []byte) ([]byte, error) {
	i := bytes.IndexByte(s, '\\')
	if i < 0 {
		return s, nil
	}
	out := make([]byte, 0, len(s))
	for ; i >= 0; i = bytes.IndexByte(s, '\\') {
		out = append(out, s[:i]...)
		if s = s[i+1:]; len(s) == 0 {
			return nil, ErrJSON
		}
		c := s[0]
		s = s[1:]
		if c != 'u' {
			out = append(out, unescape(c))
			continue
		}
		r, n := unescapeRune(s)
		if n == 0 {
			return nil, ErrJSON
		}
		out = utf8.AppendRune(out, r)
		s = s[n:]
	}
	return append(out, s...), nil
}

// unescape returns what a backslash and c stand for.
func unescape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// unescapeRune decodes the digits behind \u, together with a second escape if
// the two are a surrogate pair, and returns how many bytes that took.
func unescapeRune(s []byte) (r rune, n int) {
	r, ok := hex4(s)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) && len(s) >= 6 && s[4] == '\\' && s[5] == 'u' {
		if low, ok := hex4(s[6:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 10
			}
		}
	}
	return r, 4 // AppendRune writes U+FFFD for a surrogate
}

// AppendEvent appends the data of an event: an array of its name and
// arguments. The arguments are raw JSON, which is not checked; an empty one is
// written as null.
func AppendEvent(dst []byte, name string, args [][]byte) []byte {
	dst = append(dst, '[')
	dst = AppendString(dst, name)
	for _, arg := range args {
		dst = append(dst, ',')
		dst = appendRaw(dst, arg)
	}
	return append(dst, ']')
}

// AppendArray appends the data of an ack: an array of its arguments, with the
// same rules as AppendEvent.
func AppendArray(dst []byte, args [][]byte) []byte {
	dst = append(dst, '[')
	for i, arg := range args {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendRaw(dst, arg)
	}
	return append(dst, ']')
}

func appendRaw(dst, raw []byte) []byte {
	if len(raw) == 0 {
		return append(dst, "null"...)
	}
	return append(dst, raw...)
}

// AppendString appends s as a JSON string. Quotes, backslashes, control
// characters and the line separators U+2028 and U+2029, which old JavaScript
// does not take in a string, are escaped; bytes that are not UTF-8 become
// U+FFFD. All else is written as it is.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if c >= utf8.RuneSelf && r != '\u2028' && r != '\u2029' && !(r == utf8.RuneError && n == 1) {
			i += n
			continue
		}
		dst = append(dst, s[done:i]...)
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', c)
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == utf8.RuneError:
			dst = append(dst, "\ufffd"...)
		default:
			dst = append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
		i += n
		done = i
	}
	dst = append(dst, s[done:]...)
	return append(dst, '"')
}
