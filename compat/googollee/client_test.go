package googollee_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// client polls as a client of Engine.IO 3 or 4 does.
type client struct {
	t      *testing.T
	url    string
	header http.Header
	v3     bool
	queue  []string
}

// dial opens a session.
func dial(t *testing.T, url string, header ...string) *client {
	t.Helper()
	c := &client{t: t, url: url + "&transport=polling", header: make(http.Header), v3: strings.HasSuffix(url, "EIO=3")}
	for i := 0; i < len(header); i += 2 {
		c.header.Set(header[i], header[i+1])
	}
	c.poll()
	_, sid, _ := strings.Cut(c.queue[0], `"sid":"`)
	sid, _, _ = strings.Cut(sid, `"`)
	c.queue = c.queue[1:]
	c.url += "&sid=" + sid
	t.Cleanup(c.close)
	return c
}

// enter enters the root.
func (c *client) enter() {
	c.t.Helper()
	if !c.v3 {
		c.post("40")
	}
	if got := c.receive(); !strings.HasPrefix(got, "0") {
		c.t.Fatalf("%s instead of a CONNECT", got)
	}
}

// close ends the session, if the server has not.
func (c *client) close() {
	payload := "1"
	if c.v3 {
		payload = "1:1"
	}
	if res, err := http.Post(c.url, "text/plain", strings.NewReader(payload)); err == nil {
		res.Body.Close()
	}
}

// first is the server's first ack id.
func (c *client) first() string { return "0" }

func (c *client) send(packet string) {
	c.t.Helper()
	c.post("4" + packet)
}

func (c *client) post(payload string) {
	c.t.Helper()
	if c.v3 {
		payload = strconv.Itoa(len(utf16.Encode([]rune(payload)))) + ":" + payload
	}
	if got := c.do("POST", payload); got != "ok" {
		c.t.Fatalf("POST %s: %s", payload, got)
	}
}

// receive returns the next message, without Engine.IO's digit.
func (c *client) receive() string {
	c.t.Helper()
	for {
		for len(c.queue) == 0 {
			c.poll()
		}
		p := c.queue[0]
		c.queue = c.queue[1:]
		if p == "1" {
			c.t.Fatal("the session was closed")
		}
		if p != "6" && p != "2" {
			return strings.TrimPrefix(p, "4")
		}
	}
}

func (c *client) poll() {
	c.t.Helper()
	body := c.do("GET", "")
	if !c.v3 {
		c.queue = append(c.queue, strings.Split(body, "\x1e")...)
		return
	}
	for body != "" {
		size, rest, _ := strings.Cut(body, ":")
		n, err := strconv.Atoi(size)
		if err != nil || n > len(rest) {
			c.t.Fatalf("payload %q", body)
		}
		c.queue = append(c.queue, rest[:n])
		body = rest[n:]
	}
}

func (c *client) do(method, body string) string {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header = c.header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		c.t.Fatalf("%s: %d %s %v", method, res.StatusCode, b, err)
	}
	return string(b)
}
