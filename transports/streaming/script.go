package streaming

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string in which nothing means anything to
// HTML, to a script or to a line of an event: no control character, no "<", so
// that neither "</script" nor "<!--" can stand there, and none of the line
// separators U+2028 and U+2029, which end a line in ECMAScript before 2019.
// Bytes that are not UTF-8 become U+FFFD. With slashes each "/" is written "\/".
func appendString(dst, s []byte, slashes bool) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		n, safe := plain(s[i:])
		if safe && s[i] != '"' && s[i] != '\\' && !(slashes && s[i] == '/') {
			i += n
			continue
		}
		dst = append(dst, s[from:i]...)
		if c := s[i]; c == '"' || c == '\\' || c == '/' {
			dst = append(dst, '\\', c)
		} else {
			dst = appendEscape(dst, s[i:i+n])
		}
		i += n
		from = i
	}
	return append(append(dst, s[from:]...), '"')
}

// appendJSON appends JSON as it is, but for the characters that appendString
// would not let through: in JSON they stand in strings only, where an escape
// means the same.
func appendJSON(dst, json []byte) []byte {
	from := 0
	for i := 0; i < len(json); {
		n, safe := plain(json[i:])
		if !safe && json[i] >= ' ' {
			dst = appendEscape(append(dst, json[from:i]...), json[i:i+n])
			from = i + n
		}
		i += n
	}
	return append(dst, json[from:]...)
}

// plain returns the length of the first character of s and whether it may
// stand in a script as it is.
func plain(s []byte) (n int, safe bool) {
	if c := s[0]; c < utf8.RuneSelf {
		return 1, c >= ' ' && c != '<' && c != 0x7F
	}
	r, n := utf8.DecodeRune(s)
	return n, r != '\u2028' && r != '\u2029' && !(r == utf8.RuneError && n == 1)
}

// appendEscape appends a character that plain does not let through.
func appendEscape(dst, char []byte) []byte {
	r, _ := utf8.DecodeRune(char) // U+FFFD for what is none
	switch r {
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
