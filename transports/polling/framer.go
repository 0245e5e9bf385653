package polling

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/everwire/everwire/transports"
)

// framer is what the polls of one kind have around their payloads. It is shared
// and not modified.
type framer struct {
	// before and after stand around the number of the callback in a script that
	// passes the payload on. Empty: the answer is the payload.
	before, between, after string
	// field is that of the form in which a request carries its payload. Empty:
	// the body is the payload.
	field string
	// unescape restores the payload from the field's value, which it may
	// overwrite. Nil: the value is the payload.
	unescape func([]byte) ([]byte, error)
	// taken is the answer to a payload, of the type takenType.
	taken     []byte
	takenType []string
}

// Fields that many answers have. They are not modified.
var (
	plain   = []string{"text/plain; charset=UTF-8"}
	script  = []string{"text/javascript; charset=UTF-8"}
	octets  = []string{"application/octet-stream"}
	html    = []string{"text/html"}
	noStore = []string{"no-store"}
	nothing = []string{"default-src 'none'"}

	ok  = []byte("ok")
	one = []byte("1")
)

// The kinds of polls. Scripts begin with a comment, so that their first bytes
// are nobody's choice: they could be taken for a program of another kind.
// text/html in the answer to a payload keeps old browsers, which show it in a
// frame, from offering a download.
var (
	engineXHR   = &framer{taken: ok, takenType: html}
	engineJSONP = &framer{before: "/**/___eio[", between: "](", after: ");", field: "d", unescape: unescapeNewlines,
		taken: ok, takenType: html}
	gen09XHR   = &framer{taken: one, takenType: plain}
	gen09JSONP = &framer{before: "/**/io.j[", between: "](", after: ");", field: "d", unescape: unquote,
		taken: one, takenType: plain}
	gen06XHR   = &framer{field: "data", taken: ok, takenType: plain}
	gen06JSONP = &framer{before: "/**/io.JSONP[", between: "]._(", after: ");", field: "data", unescape: unbreak,
		taken: ok, takenType: plain}
)

// framerOf returns the framer of a request.
func framerOf(x *transports.Exchange) *framer {
	scripted := x.JSONP != ""
	switch x.Family.Generation {
	case transports.Gen09:
		if scripted {
			return gen09JSONP
		}
		return gen09XHR
	case transports.Gen06:
		if scripted {
			return gen06JSONP
		}
		return gen06XHR
	}
	if scripted {
		return engineJSONP
	}
	return engineXHR
}

// wrap appends the answer that brings a payload to the callback of a number.
func (f *framer) wrap(dst, payload []byte, index string) []byte {
	dst = append(dst, f.before...)
	dst = append(dst, index...)
	dst = append(dst, f.between...)
	dst = transports.AppendScriptString(dst, payload)
	return append(dst, f.after...)
}

// errNoField says that a form does not have the field that the payload is in.
var errNoField = errors.New("polling: form without a payload")

// unwrap returns the payload in a request's body, which it overwrites.
func (f *framer) unwrap(body []byte) ([]byte, error) {
	if f.field == "" {
		return body, nil
	}
	for pair := range bytes.SplitSeq(body, []byte("&")) {
		name, value, found := bytes.Cut(pair, []byte("="))
		if !found || string(name) != f.field {
			continue
		}
		value = unform(value)
		if f.unescape == nil {
			return value, nil
		}
		return f.unescape(value)
	}
	return nil, errNoField
}

// unform decodes the value of a form's field in place. What is no escape stands
// for itself.
func unform(p []byte) []byte {
	out := p[:0]
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '+':
			out = append(out, ' ')
		case c == '%' && i+2 < len(p) && unhex(p[i+1]) >= 0 && unhex(p[i+2]) >= 0:
			out = append(out, byte(unhex(p[i+1])<<4|unhex(p[i+2])))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out
}

// unhex is the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	i := strings.IndexByte("0123456789abcdefABCDEF", c)
	if i > 0xF {
		i -= 6
	}
	return i
}

// unescapeNewlines undoes in place what clients of Engine.IO do to a payload
// before a form changes its line ends: "\n" stands for one, and "\\n" for the
// two characters.
func unescapeNewlines(p []byte) ([]byte, error) {
	out := p[:0]
	for i := 0; i < len(p); {
		switch rest := p[i:]; {
		case bytes.HasPrefix(rest, []byte(`\\n`)):
			out = append(out, `\n`...)
			i += 3
		case bytes.HasPrefix(rest, []byte(`\n`)):
			out = append(out, '\n')
			i += 2
		default:
			out = append(out, p[i])
			i++
		}
	}
	return out, nil
}

// unquote decodes a payload that is a string of JSON.
func unquote(p []byte) ([]byte, error) {
	var text string
	if err := json.Unmarshal(p, &text); err != nil {
		return nil, err
	}
	return []byte(text), nil
}

// unbreak takes back in place what a form makes of line ends. A client of this
// generation counts them before that.
func unbreak(p []byte) ([]byte, error) { return bytes.ReplaceAll(p, []byte("\r\n"), []byte("\n")), nil }

// frameHeader lets the answer to a form stand in a frame of any page: that is
// where forms of JSONP put it, out of sight. There is nothing in it to click on.
func frameHeader(h http.Header) {
	delete(h, "X-Frame-Options")
	h["Content-Security-Policy"] = nothing
}
