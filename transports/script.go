package transports

import (
	"net/http"
	"unicode/utf8"
)

// ScriptHeader adds to h what an answer has that is a script with a call in it.
// It comes as a download if somebody opens it as a page; Internet Explorer is
// kept from taking it for an attack when the request has its text in it; and
// pages of other origins may run it, which is what it is for: who may ask was
// decided before.
func ScriptHeader(h http.Header) {
	h.Set("Content-Disposition", "attachment; filename=f.txt")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Xss-Protection", "0")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// AppendScriptString appends text as a string literal of JavaScript that stands
// as well in a script of its own as in one inside of HTML: it holds no "</", no
// "<!" and none of the line ends U+2028 and U+2029. What is not UTF-8 becomes
// U+FFFD. It is also valid JSON.
func AppendScriptString(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"', c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < ' ' || c == 0x7F || c == '<' && i+1 < len(text) && (text[i+1] == '/' || text[i+1] == '!'):
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRune(text[i:])
			switch {
			case r == '\u2028', r == '\u2029':
				dst = append(dst, '\\', 'u', '2', '0', '2', hex[r&15])
			default:
				dst = utf8.AppendRune(dst, r)
			}
			i += n
			continue
		}
		i++
	}
	return append(dst, '"')
}
