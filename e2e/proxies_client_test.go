package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/everwire/everwire/protocol/ws"
)

const (
	// silence is how long nothing must have come where nothing is expected.
	silence = 1500 * time.Millisecond
	// proxiedHost is the name by which clients know the server.
	proxiedHost = "everwire.example"
)

// What a client may see, as the table in docs/proxies.md says it. A status
// other than 101 stands for itself.
const (
	passes   = "yes"
	altered  = "other head" // all else passes
	noAnswer = "hangs"      // nothing comes, or not the whole head
	noDigest = "no digest"  // the head comes, and nothing then
	closed   = "closed"     // the connection ends without an answer
	mostly   = "mostly"     // passes, or broken behind a good handshake
	broken   = "broken: "   // and how
)

// proxyClient is a client that reaches the server at an address.
type proxyClient struct {
	addr  string
	roots *tls.Config // for a TLS address, else nil
	token string
	// first is for all up to the first answer, rest for what follows. They are
	// short where nothing is expected.
	first, rest time.Duration
}

// proxyColumns are what clients try, by the names of the table's columns.
var proxyColumns = map[string]func(*proxyClient) string{
	"hixie-75": func(c *proxyClient) string { return c.converse(ws.Hixie75, whole) },
	"hixie-76": func(c *proxyClient) string { return c.converse(ws.Hixie76, whole) },
	"hixie-76, nonce after the head": func(c *proxyClient) string {
		return c.converse(ws.Hixie76, nonceLater)
	},
	"hixie-76, `Content-Length: 8`": func(c *proxyClient) string {
		return c.converse(ws.Hixie76, nonceAsBody)
	},
	"hybi-07":    func(c *proxyClient) string { return c.converse(ws.Hybi07, whole) },
	"hybi-08":    func(c *proxyClient) string { return c.converse(ws.Hybi08, whole) },
	"RFC 6455":   func(c *proxyClient) string { return c.converse(ws.RFC6455, whole) },
	policyColumn: (*proxyClient).policy,
	"polling":    (*proxyClient).poll,
}

// policyColumn is what no TLS address serves.
const policyColumn = "Flash policy"

// sending is how a request is written; rest is what has to wait for the
// answer's head.
type sending func(request []byte) (now, rest []byte)

func whole(request []byte) (now, rest []byte) { return request, nil }

func nonceLater(request []byte) (now, rest []byte) {
	n := len(request) - 8
	return request[:n], request[n:]
}

func nonceAsBody(request []byte) (now, rest []byte) {
	return bytes.Replace(request, []byte("\r\n"), []byte("\r\nContent-Length: 8\r\n"), 1), nil
}

func (c *proxyClient) dial() (net.Conn, error) {
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Now().Add(c.first))
	if c.roots == nil {
		return conn, nil
	}
	return tls.Client(conn, c.roots), nil
}

func (c *proxyClient) scheme() string {
	if c.roots != nil {
		return "https"
	}
	return "http"
}

// converse opens a WebSocket, sends a message and wants it back. It judges the
// answer's head as the strictest clients of the dialect did.
func (c *proxyClient) converse(d ws.Dialect, send sending) string {
	conn, err := c.dial()
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	h := ws.ClientHandshake{Dialect: d, Secure: c.roots != nil, Host: proxiedHost, Target: "/ws/echo",
		Origin: c.scheme() + "://" + proxiedHost, Header: header("Authorization", "Bearer "+c.token)}
	rand.Read(h.Nonce[:])
	request, err := h.AppendRequest(nil)
	if err != nil {
		return err.Error()
	}
	now, rest := send(request)
	conn.Write(now)
	from := bufio.NewReader(conn)
	head, err := readHead(from)
	if err != nil {
		return unanswered(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), nil)
	if err != nil {
		return err.Error()
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Sprint(response.StatusCode)
	}
	if _, err := h.CheckResponse(response); err != nil {
		return err.Error()
	}
	conn.SetDeadline(time.Now().Add(c.rest))
	conn.Write(rest)
	if d == ws.Hixie76 {
		var digest [16]byte
		if _, err := io.ReadFull(from, digest[:]); err != nil {
			return noDigest
		}
		if err := h.CheckDigest(digest); err != nil {
			return err.Error()
		}
	}
	if err := echo(conn, from, d); err != nil {
		return broken + err.Error()
	}
	if _, err := h.CheckHead(head); err != nil {
		return altered
	}
	return passes
}

// readHead reads up to the empty line.
func readHead(from *bufio.Reader) (head []byte, err error) {
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		line, err := from.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		head = append(head, line...)
	}
	return head, nil
}

// unanswered says how a wait for an answer has ended.
func unanswered(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return noAnswer
	}
	return closed
}

// echo sends messages and wants them back.
func echo(conn net.Conn, from io.Reader, d ws.Dialect) error {
	decoder := ws.NewDecoder(ws.DecoderOptions{Dialect: d, Role: ws.Client})
	defer decoder.Release()
	buf := make([]byte, 64<<10)
	for _, text := range []string{"grün ☃ 👩‍🚀", "", strings.Repeat("€", 20_000)} {
		frame, err := ws.AppendMaskedMessage(nil, d, [4]byte{1, 2, 3, 4}, ws.Text, []byte(text))
		if err != nil {
			return err
		}
		if _, err := conn.Write(frame); err != nil {
			return err
		}
		var got *string
		for got == nil {
			n, err := from.Read(buf)
			if err != nil {
				return err
			}
			for rest := buf[:n]; len(rest) > 0; {
				used, event, err := decoder.Decode(rest)
				if err != nil {
					return err
				}
				if rest = rest[used:]; event.Type == ws.Text {
					data := string(event.Data)
					got = &data
				}
			}
		}
		if *got != text {
			return fmt.Errorf("a message of %d bytes came back as %.40q", len(text), *got)
		}
	}
	return nil
}

// policy asks as Flash Player does, on the server's own port.
func (c *proxyClient) policy() string {
	conn, err := c.dial()
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	io.WriteString(conn, "<policy-file-request/>\x00")
	got, err := io.ReadAll(conn)
	if err != nil {
		return unanswered(err)
	}
	if len(got) == 0 {
		return closed
	}
	if response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(got)), nil); err == nil {
		return fmt.Sprint(response.StatusCode)
	}
	if text := string(got); !strings.Contains(text, `<allow-access-from domain="`+proxiedHost+`"`) || !strings.HasSuffix(text, ">\x00") {
		return fmt.Sprintf("%q", text)
	}
	return passes
}

// poll enters a namespace by Engine.IO's polling.
func (c *proxyClient) poll() string {
	dial := func(context.Context, string, string) (net.Conn, error) { return c.dial() }
	client := http.Client{Timeout: c.first + c.rest, Transport: &http.Transport{DialContext: dial, DialTLSContext: dial}}
	defer client.CloseIdleConnections()
	address := c.scheme() + "://" + proxiedHost + "/socket.io/?EIO=4&transport=polling"
	do := func(method, body string) (status int, text string, err error) {
		r, err := http.NewRequest(method, address, strings.NewReader(body))
		if err != nil {
			return 0, "", err
		}
		r.Header = header("Authorization", "Bearer "+c.token, "Origin", c.scheme()+"://"+proxiedHost)
		res, err := client.Do(r)
		if err != nil {
			return 0, "", err
		}
		defer res.Body.Close()
		data, err := io.ReadAll(res.Body)
		return res.StatusCode, string(data), err
	}
	status, text, err := do(http.MethodGet, "")
	if err != nil {
		return unanswered(err)
	}
	if status != http.StatusOK {
		return fmt.Sprint(status)
	}
	_, sid, _ := strings.Cut(text, `"sid":"`)
	sid, _, _ = strings.Cut(sid, `"`)
	address += "&sid=" + sid
	if status, text, err := do(http.MethodPost, "40/echo,"); err != nil || text != "ok" {
		return fmt.Sprintf("POST: %d, %.100q, %v", status, text, err)
	}
	if status, text, err := do(http.MethodGet, ""); err != nil || !strings.HasPrefix(text, `40/echo,{"sid":"`) {
		return fmt.Sprintf("second GET: %d, %.100q, %v", status, text, err)
	}
	// The server, when it ends, waits for those who have not left.
	if status, text, err := do(http.MethodPost, "1"); err != nil || text != "ok" {
		return fmt.Sprintf("second POST: %d, %.100q, %v", status, text, err)
	}
	return passes
}
