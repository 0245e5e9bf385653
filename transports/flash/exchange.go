package flash

import (
	"errors"
	"net"
	"strings"
	"time"
)

// request is what a client sends, to the byte.
const request = "<policy-file-request/>\x00"

const (
	// maxRequest is how much of a client's bytes is looked at.
	maxRequest = 64
	// defaultTimeout bounds the exchange from its first byte to its last.
	defaultTimeout = 3 * time.Second
)

// errNoRequest says that a client sent something else.
var errNoRequest = errors.New("flash: not a policy request")

// check says whether p, all that has arrived, is the request, or may still
// become it. A byte too many spoils it: nothing is to hide behind a request.
func check(p []byte) (complete bool, err error) {
	if len(p) > len(request) || !strings.HasPrefix(request, string(p)) {
		return false, errNoRequest
	}
	return len(p) == len(request), nil
}

// answer returns the bytes for a client: the policy and one NUL.
func answer(p Policy) []byte { return append(p.AppendXML(nil), 0) }

// exchange reads the rest of the request that begins with head, and answers
// it. The connection's deadlines are the caller's; it also closes.
func exchange(conn net.Conn, head, answer []byte) error {
	var buf [maxRequest]byte
	if len(head) > len(buf) {
		return errNoRequest
	}
	n := copy(buf[:], head)
	for {
		complete, err := check(buf[:n])
		if err != nil {
			return err
		}
		if complete {
			_, err := conn.Write(answer)
			return err
		}
		m, err := conn.Read(buf[n:])
		n += m
		if err != nil && m == 0 {
			return err
		}
	}
}
