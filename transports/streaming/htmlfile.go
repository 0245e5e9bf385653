package streaming

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/everwire/everwire/protocol/eio"
)

// heartbeat is a comment that keeps a document's connection from looking idle.
const heartbeat = "<!-- heartbeat -->"

// The documents of the generations. The length of what comes first is that of
// the reference: Internet Explorer does not show a document before it has 256
// bytes of it.
var (
	// htmlfile09 has a script that takes the packet as a string, in which the
	// reference escapes each slash; later clients of this generation take such
	// an escape away once more.
	htmlfile09 = &framer{
		contentType: "text/html; charset=UTF-8", header: frameHeader,
		prelude: "<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>" + strings.Repeat(" ", 173),
		wrap: func(dst, packet []byte) ([]byte, error) {
			dst = append(dst, `<script>_(`...)
			dst = appendString(dst, unslash(packet), true)
			return append(dst, `);</script>`...), nil
		},
		filler: heartbeat, interval: 15 * time.Second,
	}
	htmlfile06 = &framer{
		contentType: "text/html; charset=UTF-8", header: frameHeader,
		prelude: "<html><body>" + strings.Repeat(" ", 244),
		wrap: func(dst, packet []byte) ([]byte, error) {
			dst = append(dst, `<script>parent.s._(`...)
			dst = appendString(dst, packet, false)
			return append(dst, `, document);</script>`...), nil
		},
		filler: heartbeat, interval: 15 * time.Second,
	}
	// htmlfile04 passes a value and not a string, so what is no JSON would be
	// a program.
	htmlfile04 = &framer{
		contentType: "text/html; charset=UTF-8", header: frameHeader,
		prelude: "<html><body>" + strings.Repeat(" ", 243),
		wrap: func(dst, packet []byte) ([]byte, error) {
			if !json.Valid(packet) {
				return dst, errUnframed
			}
			dst = append(dst, `<script>parent.s._(`...)
			dst = appendJSON(dst, packet)
			return append(dst, `, document);</script>`...), nil
		},
		filler: heartbeat, interval: 5 * time.Second,
	}
)

// htmlfile returns the document for clients of a codec.
func htmlfile(codec eio.Codec) *framer {
	switch codec {
	case eio.Gen09:
		return htmlfile09
	case eio.Gen04:
		return htmlfile04
	}
	return htmlfile06
}

// frameHeader lets pages of the same origin, and no others, have the document in
// a frame, and lets its scripts run.
func frameHeader(h http.Header) {
	h["X-Frame-Options"] = []string{"SAMEORIGIN"}
	h["Content-Security-Policy"] = []string{"default-src 'none'; script-src 'unsafe-inline'; frame-ancestors 'self'"}
}

// unslash returns a packet of Gen09 without any "\/" in its JSON, where that
// follows an escaped backslash: clients since 0.9.17 replace "\/" by "/" in all
// that they get, and would break such an escape apart. In the text of a message,
// type 3, there is no other way to write it.
func unslash(packet []byte) []byte {
	if len(packet) == 0 || packet[0] == '3' {
		return packet
	}
	return escapeAfterBackslash(packet)
}

// escapeAfterBackslash writes each "/" in JSON that stands behind an escaped
// backslash as \u002f. It copies only if there is one.
func escapeAfterBackslash(s []byte) []byte {
	var out []byte
	from := 0
	for i := 0; i+2 < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		i++ // what is escaped
		if s[i] == '\\' && s[i+1] == '/' {
			out = append(append(out, s[from:i+1]...), `\u002f`...)
			from = i + 2
		}
	}
	if from == 0 {
		return s
	}
	return append(out, s[from:]...)
}
