package wire

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Opcodes of RFC 6455 section 5.2.
const (
	OpText  = 0x1
	OpClose = 0x8
	OpPing  = 0x9
	OpPong  = 0xA
)

// maxPayload is the longest message that is expected from a server.
const maxPayload = 1 << 20

// AppendFrame appends one final frame as a client sends it, masked with key.
func AppendFrame(dst []byte, op byte, key [4]byte, payload []byte) []byte {
	dst = append(dst, 0x80|op)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, 0x80|byte(n))
	case n <= 0xffff:
		dst = append(dst, 0x80|126)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	default:
		dst = append(dst, 0x80|127)
		dst = binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	dst = append(dst, key[:]...)
	for i, b := range payload {
		dst = append(dst, b^key[i%4])
	}
	return dst
}

// A Frame is a whole message or a control frame from a server. The payload
// lies in the bytes that it was parsed from.
type Frame struct {
	Op      byte
	Payload []byte
}

// ParseFrame takes the first frame of b and returns its length; zero if b has
// only a part of it. Servers under test send a message in one frame, without
// a mask (section 5.1) and without extensions.
func ParseFrame(b []byte) (f Frame, length int, err error) {
	if len(b) < 2 {
		return Frame{}, 0, nil
	}
	if b[0]&0xf0 != 0x80 {
		return Frame{}, 0, fmt.Errorf("first byte of a frame is %#02x", b[0])
	}
	if b[1]&0x80 != 0 {
		return Frame{}, 0, errors.New("frame from the server is masked")
	}
	head, size := 2, uint64(b[1])
	switch size {
	case 126:
		head = 4
	case 127:
		head = 10
	}
	if len(b) < head {
		return Frame{}, 0, nil
	}
	switch head {
	case 4:
		size = uint64(binary.BigEndian.Uint16(b[2:]))
	case 10:
		size = binary.BigEndian.Uint64(b[2:])
	}
	if size > maxPayload {
		return Frame{}, 0, fmt.Errorf("frame of %d bytes", size)
	}
	end := head + int(size)
	if len(b) < end {
		return Frame{}, 0, nil
	}
	return Frame{b[0] & 0xf, b[head:end]}, end, nil
}

// AppendRequest appends an opening handshake with the fields that a browser
// sends, or with those alone that RFC 6455 section 4.1 asks for.
func AppendRequest(dst []byte, addr, path, key string, bare bool) []byte {
	dst = fmt.Appendf(dst, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", path, addr)
	if !bare {
		dst = fmt.Appendf(dst, "Pragma: no-cache\r\nCache-Control: no-cache\r\nUser-Agent: %s\r\nOrigin: http://%s\r\n"+
			"Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\n", browser, addr)
	}
	return fmt.Appendf(dst, "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", key)
}

const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

// accept is the answer to a key (section 4.2.2).
func accept(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// CheckResponse judges the head of an answer to a handshake, without its empty
// line.
func CheckResponse(head, key string) error {
	status, fields, _ := strings.Cut(head, "\r\n")
	if !strings.HasPrefix(status, "HTTP/1.1 101 ") {
		return fmt.Errorf("handshake answered with %q", status)
	}
	accepted := false
	for line := range strings.SplitSeq(fields, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		switch http.CanonicalHeaderKey(name) {
		case "Sec-Websocket-Accept":
			if strings.TrimSpace(value) != accept(key) {
				return errors.New("handshake answered with a wrong Sec-WebSocket-Accept")
			}
			accepted = true
		case "Sec-Websocket-Extensions":
			return fmt.Errorf("server has chosen an extension: %s", value)
		}
	}
	if !accepted {
		return errors.New("handshake answered without Sec-WebSocket-Accept")
	}
	return nil
}
