package streaming

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
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
		packet, err := withoutBoundary(packet)
		if err != nil {
			return dst, err
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

// withoutBoundary returns a packet in a form that has no boundary in it: whoever
// could write one could write whole parts. JSON can say the same in other
// characters, and text of 0.5 and 0.6 can go as JSON; so nobody's words end the
// sessions of those who are to hear them.
func withoutBoundary(packet []byte) ([]byte, error) {
	if !bytes.Contains(packet, []byte(boundary)) {
		return packet, nil
	}
	escaped := func(text []byte) []byte {
		return bytes.ReplaceAll(text, []byte(boundary), []byte(`\u002d`+boundary[1:]))
	}
	if json.Valid(packet) {
		return escaped(packet), nil
	}
	var out []byte
	for p, err := range eio.Gen06.DecodePayload(bytes.Clone(packet)) {
		if err != nil || p.Type != session.PacketMessage {
			return nil, errUnframed
		}
		if p.Kind == session.Text {
			p.Kind = session.JSON
			p.Data, _ = json.Marshal(string(p.Data)) // a string has a form
		}
		p.Data = escaped(p.Data)
		if out, _, err = eio.Gen06.AppendMessage(out, p); err != nil {
			return nil, errUnframed
		}
	}
	if len(out) == 0 || bytes.Contains(out, []byte(boundary)) {
		return nil, errUnframed
	}
	return out, nil
}
