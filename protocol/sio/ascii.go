package sio

import (
	"unicode/utf16"
	"unicode/utf8"
)

// AppendASCII appends JSON with every character that is not ASCII written as
// \uXXXX, those above U+FFFF as two. That leaves the value as it is: in JSON
// such characters stand in strings only. Bytes that are not UTF-8 become
// \ufffd.
//
// Some clients of Engine.IO 3 decode UTF-8 once, some twice. ASCII is the same
// to all of them. If json is ASCII already this is append(dst, json...).
func AppendASCII(dst, json []byte) []byte {
	const hex = "0123456789abcdef"
	done := 0
	for i := 0; i < len(json); {
		if json[i] < utf8.RuneSelf {
			i++
			continue
		}
		dst = append(dst, json[done:i]...)
		r, n := utf8.DecodeRune(json[i:])
		first, second := utf16.EncodeRune(r)
		if r <= 0xffff {
			first = r
		}
		dst = append(dst, '\\', 'u', hex[first>>12], hex[first>>8&15], hex[first>>4&15], hex[first&15])
		if r > 0xffff {
			dst = append(dst, '\\', 'u', hex[second>>12], hex[second>>8&15], hex[second>>4&15], hex[second&15])
		}
		i += n
		done = i
	}
	return append(dst, json[done:]...)
}
