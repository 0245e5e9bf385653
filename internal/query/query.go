// Package query reads the queries of addresses as the clients of Socket.IO write
// them and its reference reads them.
package query

import (
	"net/url"
	"strings"
)

// maxParameters bounds a query, as net/url does for those that it takes.
const maxParameters = 10_000

// Parse returns the parameters of a query. Clients written by hand and
// those before 1.0 put text into it as it comes, so it is read as the
// reference's server reads it: nothing but an ampersand separates, and what is
// no escape stands for itself. It returns false if there are too many.
func Parse(raw string) (q url.Values, ok bool) {
	if strings.Count(raw, "&") >= maxParameters {
		return nil, false
	}
	q, err := url.ParseQuery(raw)
	if err == nil {
		return q, true
	}
	q = make(url.Values)
	for pair := range strings.SplitSeq(raw, "&") {
		if pair != "" {
			name, value, _ := strings.Cut(pair, "=")
			q.Add(unescape(name), unescape(value))
		}
	}
	return q, true
}

// unescape decodes the escapes of a name or value, and leaves alone what only
// looks like one.
func unescape(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	var out strings.Builder
	for rest := s; rest != ""; {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			i = len(rest)
		}
		out.WriteString(strings.ReplaceAll(rest[:i], "+", " "))
		rest = rest[i:]
		n := min(len(rest), len("%41"))
		escape, err := url.QueryUnescape(rest[:n])
		if err != nil {
			escape, n = rest[:1], 1
		}
		out.WriteString(escape)
		rest = rest[n:]
	}
	return out.String()
}
