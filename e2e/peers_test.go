package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// visitor is a client without a browser.
type visitor struct {
	*program
	http.Client
}

// visit signs in and keeps the cookie.
func visit(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{everwire(t), http.Client{Jar: jar, Timeout: patience}}
	v.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	status, _ := v.post(t, "/login", url.Values{"token": {v.token}}, v.origin)
	if status != http.StatusSeeOther {
		t.Fatalf("login: status %d", status)
	}
	return v
}

func (v *visitor) post(t *testing.T, path string, form url.Values, origin string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.origin+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", origin)
	res, err := v.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// dial opens a WebSocket and returns the status of the answer if it is refused.
func (v *visitor) dial(t *testing.T, path string, header http.Header) (c *websocket.Conn, status int) {
	t.Helper()
	c, res, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(v.origin, "http")+path, &websocket.DialOptions{
		HTTPClient: &v.Client, HTTPHeader: header})
	if err == nil {
		t.Cleanup(func() { c.CloseNow() })
		return c, res.StatusCode
	}
	if res == nil {
		t.Fatal(err)
	}
	return nil, res.StatusCode
}

func header(pairs ...string) http.Header {
	h := make(http.Header)
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func TestPlainWebSocketEcho(t *testing.T) {
	v := visit(t)
	c, status := v.dial(t, "/ws/echo", header("Origin", v.origin))
	if status != http.StatusSwitchingProtocols {
		t.Fatalf("status %d", status)
	}
	for _, m := range []struct {
		kind websocket.MessageType
		data string
	}{
		{websocket.MessageText, "grün ☃ 👩‍🚀"}, {websocket.MessageBinary, "\x00\xff\x80"},
		{websocket.MessageText, ""}, {websocket.MessageBinary, strings.Repeat("everwire", 50_000)},
	} {
		if err := c.Write(t.Context(), m.kind, []byte(m.data)); err != nil {
			t.Fatal(err)
		}
		c.SetReadLimit(1 << 20)
		kind, data, err := c.Read(t.Context())
		if err != nil || kind != m.kind || string(data) != m.data {
			t.Errorf("sent %v of %d bytes, got %v of %d bytes, %v", m.kind, len(m.data), kind, len(data), err)
		}
	}
	if err := c.Close(websocket.StatusNormalClosure, "done"); err != nil {
		t.Errorf("closing handshake: %v", err)
	}
}

func TestPlainWebSocketShell(t *testing.T) {
	need(t, "bash")
	v := visit(t)
	c, status := v.dial(t, "/ws/shell", header("Origin", v.origin))
	if status != http.StatusSwitchingProtocols {
		t.Fatalf("status %d", status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	write := func(kind websocket.MessageType, data string) {
		if err := c.Write(ctx, kind, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	write(websocket.MessageText, `{"type":"open","mode":"stream","cols":80,"rows":24}`)
	write(websocket.MessageText, `{"type":"resize","cols":132,"rows":43}`)
	write(websocket.MessageBinary, "stty size; echo $((6*7)); exit 3\r")
	var screen strings.Builder
	for {
		kind, data, err := c.Read(ctx)
		if closed := (websocket.CloseError{}); errors.As(err, &closed) {
			if closed.Code != websocket.StatusNormalClosure {
				t.Errorf("closed with %v", closed)
			}
			break
		}
		if err != nil {
			t.Fatalf("%v after\n%s", err, &screen)
		}
		if kind == websocket.MessageBinary {
			screen.Write(data)
			continue
		}
		var end struct {
			Type string
			Code int
		}
		if err := json.Unmarshal(data, &end); err != nil || end.Type != "exit" || end.Code != 3 {
			t.Errorf("message %s, %v", data, err)
		}
	}
	for _, want := range []string{"\n42\r", "43 132\r"} {
		if !strings.Contains(screen.String(), want) {
			t.Errorf("no %q in\n%s", want, &screen)
		}
	}
}

func TestRefusedWebSockets(t *testing.T) {
	v := visit(t)
	stranger := &visitor{v.program, http.Client{Timeout: patience}}
	for _, tt := range []struct {
		name   string
		who    *visitor
		header http.Header
		want   int
	}{
		{"cookie and own origin", v, header("Origin", v.origin), 101},
		{"cookie and foreign origin", v, header("Origin", "http://evil.example"), 403},
		{"cookie and origin null", v, header("Origin", "null"), 403},
		{"cookie and another port", v, header("Origin", "http://127.0.0.1:1"), 403},
		{"cookie and two origins", v, header("Origin", v.origin, "Origin", "http://evil.example"), 403},
		{"cookie without proof", v, header(), 403},
		{"no cookie", stranger, header("Origin", v.origin), 401},
		{"wrong bearer", stranger, header("Authorization", "Bearer wrong"), 401},
		{"bearer", stranger, header("Authorization", "Bearer "+v.token), 101},
		{"bearer and foreign origin", stranger, header("Authorization", "Bearer "+v.token, "Origin", "http://evil.example"), 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, path := range []string{"/ws/echo", "/ws/shell", "/socket.io/?EIO=4&transport=websocket"} {
				if _, status := tt.who.dial(t, path, tt.header); status != tt.want {
					t.Errorf("%s: status %d, want %d", path, status, tt.want)
				}
			}
		})
	}
}

func TestTicketAdmitsOnce(t *testing.T) {
	v := visit(t)
	if status, _ := v.post(t, "/tickets", nil, "http://evil.example"); status != http.StatusForbidden {
		t.Errorf("a ticket for a foreign page: status %d", status)
	}
	status, body := v.post(t, "/tickets", nil, v.origin)
	var answer struct{ Ticket string }
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK || answer.Ticket == "" {
		t.Fatalf("status %d, %s, %v", status, body, err)
	}
	stranger := &visitor{v.program, http.Client{Timeout: patience}}
	path := "/ws/echo?ticket=" + url.QueryEscape(answer.Ticket)
	for _, want := range []int{101, 401} {
		if _, status := stranger.dial(t, path, nil); status != want {
			t.Errorf("status %d, want %d", status, want)
		}
	}
	if strings.Contains(v.output(), answer.Ticket) {
		t.Error("the ticket is in the log")
	}
}

func TestStrangersGetNoPage(t *testing.T) {
	p := everwire(t)
	client := http.Client{Timeout: patience}
	for path, want := range map[string]int{"/": 401, "/shell": 401, "/chat": 401, "/lite": 401, "/healthz": 200,
		"/socket.io/?EIO=4&transport=polling": 401} {
		res, err := client.Get(p.origin + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: status %d, want %d", path, res.StatusCode, want)
		}
	}
	r, _ := http.NewRequest(http.MethodGet, p.origin+"/", nil)
	r.Host = "evil.example"
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another host: status %d", res.StatusCode)
	}
}

// A client that keeps its connection does not keep the server from ending.
func TestServerEndsWithOpenClients(t *testing.T) {
	p := ownEverwire(t)
	v := &visitor{p, http.Client{}}
	bearer := header("Authorization", "Bearer "+p.token)
	silent, _ := v.dial(t, "/ws/echo", bearer)
	poll := make(chan int, 1)
	r, _ := http.NewRequest(http.MethodGet, p.origin+"/socket.io/?EIO=4&transport=polling", nil)
	r.Header = bearer
	res, err := v.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	var open struct{ Sid string }
	if err := json.Unmarshal(body[1:], &open); err != nil {
		t.Fatal(err)
	}
	pending := r.Clone(t.Context())
	pending.URL.RawQuery += "&sid=" + open.Sid
	written := make(chan struct{}) // the poll is on its way
	trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { close(written) }}
	go func() {
		res, err := v.Do(pending.WithContext(httptrace.WithClientTrace(pending.Context(), trace)))
		if err != nil {
			poll <- 0
			return
		}
		res.Body.Close()
		poll <- res.StatusCode
	}()
	<-written
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	if status := <-poll; status != http.StatusOK {
		t.Errorf("the pending poll was answered with %d", status)
	}
	if _, _, err := silent.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the WebSocket ended with %v", err)
	}
}
