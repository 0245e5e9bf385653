package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// AppendGet appends a GET with the fields that a browser's script sends.
func AppendGet(dst []byte, addr, target string) []byte {
	return append(appendHead(dst, "GET", addr, target), "\r\n"...)
}

// AppendPost appends the head of a POST of text up to "Content-Length: ". The
// length, an empty line and the body are to follow.
func AppendPost(dst []byte, addr, target string) []byte {
	return append(appendHead(dst, "POST", addr, target), "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: "...)
}

func appendHead(dst []byte, method, addr, target string) []byte {
	return fmt.Appendf(dst, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: keep-alive\r\nUser-Agent: %s\r\nAccept: */*\r\n"+
		"Origin: http://%s\r\nReferer: http://%[3]s/\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\n",
		method, target, addr, browser, addr)
}

// ErrStatus is that an answer's status is not 200.
var ErrStatus = errors.New("refused")

// maxHead is the longest head of an answer.
const maxHead = 4 << 10

var contentLength = []byte("\r\ncontent-length:")

// ParseAnswer takes the first answer of b and returns its body and its length;
// zero if b has only a part of it. Servers under test say the length of what
// they answer, and keep the connection. Any status but 200 is ErrStatus.
func ParseAnswer(b []byte) (body []byte, length int, err error) {
	head, rest, whole := bytes.Cut(b, []byte("\r\n\r\n"))
	if !whole {
		if len(b) > maxHead {
			return nil, 0, errors.New("endless head of an answer")
		}
		return nil, 0, nil
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) {
		status, _, _ := bytes.Cut(head, []byte("\r\n"))
		return nil, 0, fmt.Errorf("%w: answered with %q: %.200q", ErrStatus, status, rest)
	}
	at := indexFold(head, contentLength)
	if at < 0 {
		return nil, 0, errors.New("answer without Content-Length")
	}
	value, _, _ := bytes.Cut(head[at+len(contentLength):], []byte("\r\n"))
	size, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 20)
	if err != nil {
		return nil, 0, fmt.Errorf("Content-Length: %w", err)
	}
	if uint64(len(rest)) < size {
		return nil, 0, nil
	}
	return rest[:size], len(head) + 4 + int(size), nil
}

// indexFold is bytes.Index for a needle in small letters, whatever the letters
// of s are.
func indexFold(s, needle []byte) int {
	for i := 0; i+len(needle) <= len(s); i++ {
		if s[i] == needle[0] && bytes.EqualFold(s[i:i+len(needle)], needle) {
			return i
		}
	}
	return -1
}
