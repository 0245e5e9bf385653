package streaming

import (
	"bytes"
	"time"
)

// boundary of the parts. Clients do not care, but it is what all servers of
// these generations said.
const boundary = "--socketio"

// multipart is multipart/x-mixed-replace (Gecko before 22). It is not chunked:
// the first of these browsers took the sizes of chunks for content.
var multipart = &framer{
	contentType: `multipart/x-mixed-replace;boundary="socketio"`,
	unchunked:   true,
	prelude:     boundary + "\n",
	wrap: func(dst, packet []byte) ([]byte, error) {
		// Whoever could write the boundary could write whole parts.
		if bytes.Contains(packet, []byte(boundary)) {
			return dst, errUnframed
		}
		return appendPart(dst, "text/plain", packet), nil
	},
	filler: string(appendPart(nil, "text/plain; charset=us-ascii", []byte{0x06})), interval: 5 * time.Second,
}

func appendPart(dst []byte, contentType string, body []byte) []byte {
	dst = append(append(append(dst, "Content-Type: "...), contentType...), "\n\n"...)
	dst = append(dst, body...)
	return append(append(append(dst, '\n'), boundary...), '\n')
}
