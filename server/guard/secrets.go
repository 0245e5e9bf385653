package guard

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxLogged bounds the bytes of one value in a log line.
const maxLogged = 2048

// sidParam is the query parameter that names a session of Engine.IO.
const sidParam = "sid"

func secretParam(name string) bool {
	return strings.EqualFold(name, TicketParam) || strings.EqualFold(name, TokenParam) ||
		strings.EqualFold(name, CSRFParam)
}

// StripSecrets removes the parameters ticket, token and csrf from q, in any
// case, before q is handed to a handler. Where no login is configured these
// names are the application's and stay.
func (g *Guard) StripSecrets(q url.Values) {
	if !g.hasToken {
		return
	}
	for name := range q {
		if secretParam(name) {
			delete(q, name)
		}
	}
}

// RedactURL returns a URL's path and query for the log: without the parameters
// ticket, token, csrf and sid (the id of an Engine.IO session is its authority),
// without parameters that cannot be decoded, in visible ASCII, and at most 2 KB
// long. User information and fragment are left out.
func RedactURL(u *url.URL) string {
	var b strings.Builder
	appendVisible(&b, u.EscapedPath())
	sep := byte('?')
	for query := u.RawQuery; query != "" && b.Len() < maxLogged; {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		raw, _, _ := strings.Cut(pair, "=")
		if pair == "" || !publicParam(pair, raw) {
			continue
		}
		b.WriteByte(sep)
		sep = '&'
		appendVisible(&b, pair)
	}
	return cut(b.String())
}

// publicParam reports whether a parameter of a query, and its name as written,
// may be shown: the name can be decoded and is that of no secret. A semicolon
// separates parameters for some readers and not for others.
func publicParam(pair, raw string) bool {
	name, err := url.QueryUnescape(raw)
	name = strings.TrimSpace(name)
	return err == nil && !secretParam(name) && !strings.EqualFold(name, sidParam) && !strings.Contains(pair, ";")
}

// appendVisible writes s with all bytes but visible ASCII percent-encoded, and
// "#", behind which a reader of the log would see a fragment.
func appendVisible(b *strings.Builder, s string) {
	const hex = "0123456789ABCDEF"
	for i := range min(len(s), maxLogged) {
		if c := s[i]; c > ' ' && c <= '~' && c != '#' {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
}

// LogText returns a value that a client chose, an Origin or a User-Agent, for
// the log: valid UTF-8 without control characters of either set and without
// line and paragraph separators, each replaced by U+FFFD, at most 2 KB long.
func LogText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 {
			return utf8.RuneError
		}
		return r
	}, cut(s))
}

// cut shortens s to maxLogged bytes, at a character boundary if it has any.
func cut(s string) string {
	if len(s) <= maxLogged {
		return s
	}
	n := maxLogged
	for n > maxLogged-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
