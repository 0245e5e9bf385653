package polling_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/transports/polling"
)

// undo is what the payload of a form's field is, done the slow way.
var undo = map[string]func(string) (string, bool){
	"Engine.IO": func(s string) (string, bool) {
		return strings.NewReplacer(`\\n`, `\n`, `\n`, "\n").Replace(s), true
	},
	"0.7 to 0.9": func(s string) (out string, ok bool) {
		return out, json.Unmarshal([]byte(s), &out) == nil
	},
	"0.1 to 0.6":        func(s string) (string, bool) { return s, true },
	"0.1 to 0.6, JSONP": func(s string) (string, bool) { return strings.ReplaceAll(s, "\r\n", "\n"), true },
}

// do is what clients do to a payload; ok is false for those that their form
// cannot carry.
var do = map[string]func(string) (string, bool){
	"Engine.IO": func(s string) (string, bool) {
		return strings.ReplaceAll(strings.ReplaceAll(s, `\n`, `\\n`), "\n", `\n`), !strings.Contains(s, "\\\n") && !strings.Contains(s, `\\n`)
	},
	"0.7 to 0.9": func(s string) (string, bool) {
		p, err := json.Marshal(s)
		return string(p), err == nil && utf8.ValidString(s)
	},
	"0.1 to 0.6": func(s string) (string, bool) { return s, true },
	"0.1 to 0.6, JSONP": func(s string) (string, bool) {
		return strings.ReplaceAll(s, "\n", "\r\n"), !strings.Contains(s, "\r\n")
	},
}

// FuzzForm decodes bodies of forms as net/url and others do, and what clients
// have encoded to what it was.
func FuzzForm(f *testing.F) {
	for _, s := range []string{
		"", "d=", "data=4hello", "d=4%E2%82%ac+%2B", "x=1&d=a&d=b", "d", "=d", "&&d=%", "d=%4", "d=%zz", "d=a=b", "D=x&d=y", `d="a\u00e9\ud800\n"`,
		`d=\\n\n\`, "data=a%0D%0Ab\r\nc", "d=\xff", `d="` + "\xff" + `"`, `line` + "\n" + `\n`, "4\\\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for name, form := range polling.Forms {
			got, err := form.Unwrap(bytes.Clone(body))
			if len(got) > 3*len(body) { // U+FFFD for a byte
				t.Fatalf("%s: %d bytes are %d", name, len(body), len(got))
			}
			if want, known, ok := slowly(name, form.Field(), string(body)); known && (ok != (err == nil) || ok && string(got) != want) {
				t.Errorf("%s: %q is %q, %v; want %q, %v", name, body, got, err, want, ok)
			}
			sent, ok := do[name](string(body))
			if !ok {
				continue
			}
			sent = "other=1&" + form.Field() + "=" + url.QueryEscape(sent) + "&more"
			if got, err := form.Unwrap([]byte(sent)); err != nil || string(got) != string(body) {
				t.Errorf("%s: %q, sent as %q, is %q, %v", name, body, sent, got, err)
			}
		}
	})
}

// slowly returns the payload; known is false if net/url refuses an escape, which
// stands for itself here.
func slowly(name, field, body string) (payload string, known, ok bool) {
	for pair := range strings.SplitSeq(body, "&") {
		value, found := strings.CutPrefix(pair, field+"=")
		if !found {
			continue
		}
		value, err := url.QueryUnescape(value)
		if err != nil {
			return "", false, false
		}
		payload, ok = undo[name](value)
		return payload, true, ok
	}
	return "", true, false
}
