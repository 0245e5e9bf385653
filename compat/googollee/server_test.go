package googollee_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	socketio "github.com/googollee/go-socket.io"
	"github.com/googollee/go-socket.io/engineio"
	"github.com/googollee/go-socket.io/engineio/transport"
	"github.com/googollee/go-socket.io/engineio/transport/polling"
	"github.com/googollee/go-socket.io/engineio/transport/websocket"
	"github.com/googollee/go-socket.io/parser"

	"github.com/everwire/everwire/compat/googollee"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
)

// chat registers handlers of every form that the original takes. They do not know
// which server they are on.
func chat(s interface {
	OnConnect(string, func(socketio.Conn) error)
	OnEvent(string, string, any)
	OnError(string, func(socketio.Conn, error))
	OnDisconnect(string, func(socketio.Conn, string))
}, log func(format string, args ...any)) {
	s.OnConnect("", func(c socketio.Conn) error {
		c.SetContext("")
		c.Join("everyone")
		u := c.URL()
		log("connected %v %s %s", len(c.ID()) > 0, u.Query().Get("user"), c.RemoteHeader().Get("Referer"))
		return nil
	})
	s.OnEvent("/", "notice", func(c socketio.Conn, msg string) { c.Emit("reply", "have "+msg) })
	s.OnEvent("/", "sum", func(c socketio.Conn, a, b int) int { return a + b })
	s.OnEvent("/", "two", func(c socketio.Conn) (string, []int) { return "two", []int{1, 2} })
	s.OnEvent("/", "remember", func(c socketio.Conn, v map[string]any) { c.SetContext(v["x"]) })
	s.OnEvent("/", "recall", func(c socketio.Conn) string { return fmt.Sprint(c.Context(), c.Namespace()) })
	s.OnEvent("/", "ask", func(c socketio.Conn) {
		c.Emit("question", 6, 7, func(n int) { c.Emit("answer", n) })
	})
	s.OnEvent("/", "bytes", func(c socketio.Conn, v struct{ B *parser.Buffer }) {
		c.Emit("doubled", &parser.Buffer{Data: append(v.B.Data, v.B.Data...)})
	})
	s.OnEvent("/", "panic", func(c socketio.Conn) { panic("broken") })
	s.OnEvent("/chat", "msg", func(c socketio.Conn, msg string) string { return "recv " + msg })
	s.OnEvent("/", "bye", func(c socketio.Conn) string {
		c.Emit("bye", "goodbye")
		c.Close()
		return "nobody gets this"
	})
	s.OnError("/", func(c socketio.Conn, err error) { log("error %v", err) })
	s.OnDisconnect("/", func(c socketio.Conn, reason string) { log("left: %s", reason) })
}

// serve starts a server for the time of the test.
func serve(t *testing.T, s *googollee.Server) *httptest.Server {
	site := httptest.NewServer(s)
	t.Cleanup(site.Close)
	t.Cleanup(func() { s.Close() })
	return site
}

// unlimited lets one address open any number of sessions.
var unlimited = guard.Config{SessionsPerSecond: -1, UnauthenticatedConns: -1}

func TestHandlersOfTheOriginal(t *testing.T) {
	for _, generation := range []string{"3", "4"} {
		t.Run("Engine.IO "+generation, func(t *testing.T) {
			logged := make(chan string, 20)
			s := googollee.New(server.Options{Guard: unlimited})
			chat(s, func(format string, args ...any) { logged <- fmt.Sprintf(format, args...) })
			go s.Serve()
			site := serve(t, s)
			c := dial(t, site.URL+"/socket.io/?user=anna&EIO="+generation, "Referer", "http://here.example/")
			c.enter()
			for _, tt := range []struct{ send, want string }{
				{`2["notice","x"]`, `2["reply","have x"]`},
				{`20["sum",2,3]`, `30[5]`},
				{`21["two"]`, `31["two",[1,2]]`},
				{`22["sum",2]`, `32[2]`}, // what is missing is zero
				{`2["remember",{"x":5}]`, ``},
				{`23["recall"]`, `33["5/"]`},
				{`2["ask"]`, `2` + c.first() + `["question",6,7]`},
				{`3` + c.first() + `[42]`, `2["answer",42]`},
				{`2["panic"]`, ``},
				{`2["sum","x","y"]`, ``},
				{`2["nobody listens"]`, ``},
				{`24["bye"]`, `2["bye","goodbye"]`},
			} {
				c.send(tt.send)
				if tt.want != "" {
					if got := c.receive(); got != tt.want {
						t.Errorf("%s: %s, want %s", tt.send, got, tt.want)
					}
				}
			}
			var log []string
			for range 4 {
				log = append(log, <-logged)
			}
			want := []string{"connected true anna http://here.example/", "error googollee: a handler panicked: broken", "error argument", "left: server namespace disconnect"}
			if !slices.EqualFunc(log, want, func(got, want string) bool {
				return got == want || want == "error argument" && strings.Contains(got, "argument 1")
			}) {
				t.Errorf("%q, want %q", log, want)
			}
		})
	}
}

func TestBinaryOfTheOriginal(t *testing.T) {
	s := googollee.New(server.Options{Guard: unlimited})
	chat(s, t.Logf)
	site := serve(t, s)
	c := dial(t, site.URL+"/anywhere/?EIO=4")
	c.enter()
	c.send("51-[\"bytes\",{\"B\":{\"_placeholder\":true,\"num\":0}}]\x1ebAQI=")
	got := c.receive() + c.receive()
	if want := `51-["doubled",{"_placeholder":true,"num":0}]bAQIBAg==`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestRoomsOfTheOriginal(t *testing.T) {
	s := googollee.New(server.Options{Guard: unlimited})
	entered := make(chan socketio.Conn, 2)
	s.OnConnect("/", func(c socketio.Conn) error {
		entered <- c
		return nil
	})
	site := serve(t, s)
	a, b := dial(t, site.URL+"/socket.io/?EIO=4"), dial(t, site.URL+"/socket.io/?EIO=3")
	a.enter()
	ca := <-entered
	b.enter()
	cb := <-entered
	if n := s.Count(); n != 2 {
		t.Errorf("%d clients", n)
	}
	if s.JoinRoom("/none", "r", ca) || s.RoomLen("/none", "r") != -1 || s.Rooms("/none") != nil || s.BroadcastToNamespace("/none", "x") {
		t.Error("a namespace without handlers is known")
	}
	if !s.JoinRoom("", "r", ca) || !s.JoinRoom("/", "r", cb) || !s.JoinRoom("/", "q", cb) || s.RoomLen("/", "r") != 2 {
		t.Errorf("%d in the room", s.RoomLen("/", "r"))
	}
	s.BroadcastToRoom("/", "r", "news", 1)
	if got := a.receive() + b.receive(); got != `2["news",1]2["news",1]` {
		t.Errorf("to the room: %s", got)
	}
	var seen int
	s.ForEach("/", "r", func(c socketio.Conn) {
		seen++
		c.Leave("r")
	})
	if seen != 2 || s.RoomLen("/", "r") != 0 {
		t.Errorf("%d seen, %d left in the room", seen, s.RoomLen("/", "r"))
	}
	if rooms := cb.Rooms(); !slices.Equal(rooms, []string{cb.ID(), "q"}) {
		t.Errorf("rooms %q", rooms)
	}
	s.LeaveAllRooms("/", cb)
	s.JoinRoom("/", "q", ca)
	s.ClearRoom("/", "q")
	if s.RoomLen("/", "q") != 0 || s.BroadcastToNamespace("/", "all", "x") != true {
		t.Error("the room is not clear")
	}
	if got := a.receive() + b.receive(); got != `2["all","x"]2["all","x"]` {
		t.Errorf("to all: %s", got)
	}
	if ok, err := s.Adapter(nil); ok || !errors.Is(err, googollee.ErrNoAdapter) {
		t.Errorf("Adapter: %v, %v", ok, err)
	}
	a.close()
	b.close()
	served := make(chan error)
	go func() { served <- s.Serve() }()
	s.Close()
	if err := <-served; err != io.EOF {
		t.Errorf("Serve: %v", err)
	}
}

func TestOnConnectThatFails(t *testing.T) {
	s := googollee.New(server.Options{Guard: unlimited})
	failed := make(chan error, 1)
	s.OnConnect("/", func(socketio.Conn) error { return errors.New("not today") })
	s.OnError("/", func(_ socketio.Conn, err error) { failed <- err })
	site := serve(t, s)
	dial(t, site.URL+"/socket.io/?EIO=4").post("40")
	if err := <-failed; err.Error() != "not today" {
		t.Errorf("OnError: %v", err)
	}
}

func TestOptionsOfTheOriginal(t *testing.T) {
	any := func(*http.Request) bool { return true }
	for _, tt := range []struct {
		name   string
		opts   *engineio.Options
		header []string
		status int
	}{
		{"none", nil, nil, 200},
		{"no origin check, foreign page", nil, []string{"Origin", "https://evil.example"}, 403},
		{"transports without a check, foreign page", &engineio.Options{Transports: []transport.Transport{polling.Default, websocket.Default}},
			[]string{"Origin", "https://evil.example"}, 403},
		{"a check that lets all in", &engineio.Options{Transports: []transport.Transport{&polling.Transport{CheckOrigin: any}}},
			[]string{"Origin", "https://friend.example"}, 200},
		{"a check of the other transport", &engineio.Options{Transports: []transport.Transport{polling.Default, &websocket.Transport{CheckOrigin: any}}},
			[]string{"Origin", "https://evil.example"}, 403},
		{"a request checker", &engineio.Options{RequestChecker: func(*http.Request) (http.Header, error) { return http.Header{"X-Checked": {"yes"}}, nil }}, nil, 200},
		{"a request checker that refuses", &engineio.Options{RequestChecker: func(*http.Request) (http.Header, error) { return nil, errors.New("no") }}, nil, 502},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := googollee.NewServer(tt.opts)
			site := serve(t, s)
			req, err := http.NewRequest("GET", site.URL+"/socket.io/?EIO=3&transport=polling", nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(tt.header); i += 2 {
				req.Header.Set(tt.header[i], tt.header[i+1])
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			if _, sid, ok := strings.Cut(string(body), `"sid":"`); ok {
				sid, _, _ = strings.Cut(sid, `"`)
				closing, _ := http.NewRequest("POST", req.URL.String()+"&sid="+sid, strings.NewReader("1:1"))
				closing.Header = req.Header
				if res, err := http.DefaultClient.Do(closing); err == nil {
					res.Body.Close()
				}
			}
			if res.StatusCode != tt.status {
				t.Errorf("%d %s, want %d", res.StatusCode, body, tt.status)
			}
			if tt.status == 200 && !strings.Contains(string(body), `"pingInterval":20000,"pingTimeout":60000`) {
				t.Errorf("the original's clock is lost: %s", body)
			}
			if (res.Header.Get("X-Checked") != "") != (tt.name == "a request checker") {
				t.Errorf("header %v", res.Header)
			}
		})
	}
}

func TestHandlersThatFitNothing(t *testing.T) {
	s := googollee.New(server.Options{})
	for name, f := range map[string]any{"no function": 1, "no Conn": func(string) {}, "no parameter": func() {}, "variadic": func(socketio.Conn, ...string) {}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			s.OnEvent("/", "x", f)
		}()
	}
}
