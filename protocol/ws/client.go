package ws

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// ErrBadHandshake says that a server's answer does not complete the handshake.
var ErrBadHandshake = errors.New("ws: bad handshake")

// ClientHandshake is the client's side of an opening handshake. The same value
// makes the request and then checks the answer.
type ClientHandshake struct {
	// Dialect is the one to speak.
	Dialect Dialect
	// Secure says that the connection is a wss one. It matters to the hixie
	// dialects, whose servers repeat the whole address.
	Secure bool
	// Host and Target are those of the request line: "example.com:8080" and
	// "/chat?room=1". Both are required.
	Host   string
	Target string
	// Nonce must be 16 fresh random bytes for each handshake (RFC 6455
	// section 4.1, item 7). For Hixie76 the two keys come from its first half
	// and its second half is the nonce behind the request. Hixie75 has none.
	Nonce [16]byte
	// Origin is sent if it is not empty. Browsers always send it.
	Origin string
	// Protocols are the subprotocols to offer, best first. Hixie75 can offer
	// one only.
	Protocols []string
	// Deflate offers permessage-deflate if it is not nil. Only RFC6455 can.
	Deflate *DeflateOffer
	// Header has further fields, under the rules of Response.Header; Host and
	// Origin are refused too.
	Header http.Header
}

// Key returns the Sec-WebSocket-Key of the handshake, in the dialects that
// have one.
func (c *ClientHandshake) Key() string { return base64.StdEncoding.EncodeToString(c.Nonce[:]) }

// AppendRequest appends the complete request, for Hixie76 with the nonce. It
// returns dst as it was and ErrBadHeader if a part cannot stand in a header,
// or ErrUnsupported if the dialect cannot offer what is wanted.
func (c *ClientHandshake) AppendRequest(dst []byte) ([]byte, error) {
	if err := c.check(); err != nil {
		return dst, err
	}
	return c.Dialect.wire().appendRequest(dst, c)
}

func appendRequestLine(dst []byte, c *ClientHandshake) []byte {
	dst = append(dst, "GET "...)
	dst = append(dst, c.Target...)
	return append(dst, " HTTP/1.1\r\n"...)
}

func (c *ClientHandshake) check() error {
	for _, s := range []string{c.Host, c.Target} {
		if !isAddressPart(s) {
			return fmt.Errorf("%w: host or target %.40q", ErrBadHeader, s)
		}
	}
	if !isFieldValue(c.Origin) {
		return fmt.Errorf("%w: origin %.40q", ErrBadHeader, c.Origin)
	}
	for _, p := range c.Protocols {
		if !isToken(p) {
			return fmt.Errorf("%w: subprotocol %.40q", ErrBadHeader, p)
		}
	}
	for name := range c.Header {
		if strings.EqualFold(name, "Host") || strings.EqualFold(name, "Origin") {
			return fmt.Errorf("%w: name %.40q", ErrBadHeader, name)
		}
	}
	return checkHeader(c.Header)
}

// CheckResponse checks the server's answer and returns what was agreed on.
// Every error wraps ErrBadHandshake; the client must then close the
// connection. For Hixie76 the server's digest follows: see CheckDigest.
func (c *ClientHandshake) CheckResponse(r *http.Response) (Response, error) {
	if r.StatusCode != http.StatusSwitchingProtocols {
		return Response{}, fmt.Errorf("%w: status %d", ErrBadHandshake, r.StatusCode)
	}
	return c.Dialect.wire().checkAnswer(c, r)
}

// CheckHead is CheckResponse on the bytes of the answer, from the status line
// to the empty line. It is as strict as the clients that did not use an HTTP
// library: each line ends with CR and LF and has one space behind its colon,
// Connection is "Upgrade" and nothing else, and the first three lines of
// Hixie75 are compared byte for byte.
func (c *ClientHandshake) CheckHead(head []byte) (Response, error) {
	lines := strings.Split(string(head), "\r\n")
	if n := len(lines); n < 4 || lines[n-1] != "" || lines[n-2] != "" {
		return Response{}, fmt.Errorf("%w: not a whole header", ErrBadHandshake)
	}
	if !strings.HasPrefix(lines[0], "HTTP/1.1 101 ") {
		return Response{}, fmt.Errorf("%w: status line %.40q", ErrBadHandshake, lines[0])
	}
	connections, alone := 0, false
	for _, line := range lines[1 : len(lines)-2] {
		name, value, ok := strings.Cut(line, ": ")
		if !ok || !isToken(name) || !isFieldValue(value) || value != trim(value) {
			return Response{}, fmt.Errorf("%w: line %.40q", ErrBadHandshake, line)
		}
		if strings.EqualFold(name, "Connection") {
			connections++
			alone = strings.EqualFold(value, "upgrade")
		}
	}
	if connections != 1 || !alone {
		return Response{}, fmt.Errorf("%w: Connection is not Upgrade alone", ErrBadHandshake)
	}
	if c.Dialect == Hixie75 && !strings.HasPrefix(string(head), hixie75Head) {
		return Response{}, fmt.Errorf("%w: the first lines are not those of the draft", ErrBadHandshake)
	}
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), nil)
	if err != nil {
		return Response{}, fmt.Errorf("%w: %w", ErrBadHandshake, err)
	}
	return c.CheckResponse(r)
}

// checkDeflate checks the accepted extensions against the offer (RFC 7692
// section 7.1).
func (c *ClientHandshake) checkDeflate(list []extension) (*Deflate, error) {
	if c.Deflate == nil || len(list) != 1 || list[0].name != deflateName {
		return nil, fmt.Errorf("%w: extension not offered", ErrBadHandshake)
	}
	got, ok := parseDeflate(list[0].params, false)
	asked := c.Deflate
	switch {
	case !ok,
		asked.ServerNoContextTakeover && !got.ServerNoContextTakeover,
		asked.ServerMaxWindowBits > 0 && got.ServerMaxWindowBits == 0,
		asked.ServerMaxWindowBits > 0 && got.ServerMaxWindowBits > asked.ServerMaxWindowBits,
		got.ClientMaxWindowBits > asked.ClientMaxWindowBits:
		return nil, fmt.Errorf("%w: permessage-deflate not as offered", ErrBadHandshake)
	}
	return &Deflate{
		ServerNoContextTakeover: got.ServerNoContextTakeover,
		ClientNoContextTakeover: got.ClientNoContextTakeover || asked.ClientNoContextTakeover,
		ServerMaxWindowBits:     got.ServerMaxWindowBits,
		ClientMaxWindowBits:     got.ClientMaxWindowBits,
	}, nil
}
