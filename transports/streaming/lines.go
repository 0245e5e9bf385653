package streaming

import (
	"strings"
	"time"
)

// idle is how long our own streams may say nothing. Proxies cut a connection
// that is silent for 30 s, few a busier one.
const idle = 15 * time.Second

// padding makes browsers and proxies show what comes first: some wait for 1 or 2
// KiB.
var padding = strings.Repeat(" ", 2048)

var (
	// events is server-sent events (HTML Living Standard, section 9.2). Each is
	// one packet as a JSON string. An event with an id comes first: a browser
	// that connects again by itself then says so.
	events = &framer{
		contentType: "text/event-stream",
		prelude:     ":" + padding + "\nid: 1\nretry: 1000\n\n",
		wrap: func(dst, packet []byte) ([]byte, error) {
			dst = append(dst, "data: "...)
			dst = appendString(dst, packet, false)
			return append(dst, "\n\n"...), nil
		},
		filler: ":\n", interval: idle,
		end: "data: null\n\n",
	}
	// lines is the same without the names of fields.
	lines = &framer{
		contentType: "text/plain; charset=UTF-8",
		prelude:     padding + "\n",
		wrap: func(dst, packet []byte) ([]byte, error) {
			return append(appendString(dst, packet, false), '\n'), nil
		},
		filler: "\n", interval: idle,
		end: "null\n",
	}
)
