package flash_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/transports/flash"
)

// TestTheMainPortAnswersTheRequestToo: what begins as a policy request is
// treated as on a port of its own, and everything else is let through.
func TestTheMainPortAnswersTheRequestToo(t *testing.T) {
	for _, tt := range clients {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pipes := newPipes()
				ln := flash.Listener(pipes, sample, nil)
				passed := make(chan string, 1)
				go func() {
					conn, err := ln.Accept()
					if err != nil {
						t.Error(err)
						return
					}
					defer conn.Close()
					conn.SetDeadline(time.Now().Add(10 * time.Second)) // as an HTTP server's
					buf := make([]byte, 4096)
					n, err := conn.Read(buf)
					if n == 0 && err == io.EOF {
						if _, err := conn.Read(buf); err == nil {
							t.Error("there is something to read after the end")
						}
					}
					passed <- string(buf[:n])
				}()
				got, took := talk(t, pipes.dial("192.0.2.1:1"), tt.pause, tt.parts...)
				sent, want, through := strings.Join(tt.parts, ""), "", ""
				switch {
				case tt.served:
					want = sampleXML + "\x00"
				case !strings.HasPrefix(sent, "<"):
					through = sent
				}
				if got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				if p := <-passed; p != through {
					t.Errorf("the server read %q, want %q", p, through)
				}
				limit := tt.pause + 3*time.Second // from the first byte on
				if sent == "" {
					limit = 10 * time.Second // the HTTP server's own
				}
				if took > limit {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestOnlyTheFirstByteIsLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes := newPipes()
		ln := flash.Listener(pipes, sample, nil)
		dialed := make(chan net.Conn, 1)
		go func() { dialed <- pipes.dial("192.0.2.1:1") }()
		conn, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		client := <-dialed
		go func() {
			for _, part := range []string{"G", flash.Request, flash.Request} {
				io.WriteString(client, part)
			}
			client.Close()
		}()
		all, err := io.ReadAll(conn)
		if want := "G" + flash.Request + flash.Request; string(all) != want || err != nil {
			t.Errorf("read %q, %v", all, err)
		}
		conn.Close()
	})
}

// TestTheMainPortAndThePolicyPortsCountTogether: an address has one allowance,
// however it asks; and one that has used it up still gets to the server.
func TestTheMainPortAndThePolicyPortsCountTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := flash.NewLimiter(3, time.Second)
		port, web := newPipes(), newPipes()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- flash.Serve(ctx, port, sample, flash.Options{Limiter: limiter}) }()
		ln := flash.Listener(web, sample, limiter)
		var conns sync.WaitGroup
		conns.Go(func() {
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				conns.Go(func() {
					io.Copy(conn, conn)
					conn.Close()
				})
			}
		})
		ask := func(l *pipes, from string) bool {
			got, took := talk(t, l.dial(from), 0, flash.Request)
			if got != "" && got != sampleXML+"\x00" || took != 0 {
				t.Errorf("%q after %v", got, took)
			}
			return got != ""
		}
		for i, tt := range []struct {
			ln   *pipes
			from string
			want bool
		}{
			{port, "192.0.2.1:1", true}, {web, "192.0.2.1:2", true}, {web, "192.0.2.1:3", true},
			{web, "192.0.2.1:4", false}, {port, "192.0.2.1:5", false}, {web, "192.0.2.2:1", true},
		} {
			if got := ask(tt.ln, tt.from); got != tt.want {
				t.Errorf("%d: answered %v", i, got)
			}
		}
		other := web.dial("192.0.2.1:6")
		go io.WriteString(other, "G")
		if got, err := other.Read(make([]byte, 1)); got != 1 || err != nil {
			t.Errorf("something else than a policy request is not let through: %v", err)
		}
		other.Close()
		time.Sleep(time.Second)
		if !ask(web, "192.0.2.1:7") {
			t.Error("no answer a second later")
		}
		stop()
		<-done
		web.Close()
		conns.Wait()
	})
}

// web is an HTTP server behind a Listener.
type web struct {
	addr  string
	conns chan net.Conn // what handlers took over
}

func newWeb(t *testing.T) *web {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &web{addr: ln.Addr().String(), conns: make(chan net.Conn, 1)}
	hs := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hijack" {
			conn, _, err := http.NewResponseController(rw).Hijack()
			if err != nil {
				t.Error(err)
			}
			w.conns <- conn
			return
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(rw, "%s %s %s", r.Method, r.URL.Path, body)
	})}
	done := make(chan error, 1)
	go func() { done <- hs.Serve(flash.Listener(ln, sample, flash.NewLimiter(1000, time.Second))) }()
	t.Cleanup(func() {
		hs.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return w
}

func (w *web) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", w.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	return conn
}

func (w *web) policy(t *testing.T) {
	t.Helper()
	conn := w.dial(t)
	io.WriteString(conn, flash.Request)
	if got, err := io.ReadAll(conn); string(got) != sampleXML+"\x00" || err != nil {
		t.Errorf("policy: %q, %v", got, err)
	}
}

func TestHTTPIsUnharmed(t *testing.T) {
	w := newWeb(t)
	w.policy(t)
	big := strings.Repeat("<policy-file-request/>\x00", 50_000)
	requests := []struct{ text, want string }{
		{"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n", "GET /1 "},
		{fmt.Sprintf("POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(big), big), "POST /2 " + big},
		{"POST /3 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n<p", "POST /3 <p"},
	}
	send := map[string]func(net.Conn, string){
		"whole":        func(c net.Conn, s string) { io.WriteString(c, s) },
		"byte by byte": func(c net.Conn, s string) { writeSlowly(c, s) },
	}
	for name, write := range send {
		t.Run(name, func(t *testing.T) {
			conn := w.dial(t)
			r := bufio.NewReader(conn)
			answered := func(want string) {
				t.Helper()
				resp, err := http.ReadResponse(r, nil)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				if string(body) != want || err != nil {
					t.Errorf("got %.40q, %v", body, err)
				}
			}
			for _, q := range requests { // keep-alive
				write(conn, q.text)
				answered(q.want)
			}
			go func() { // pipelined
				for _, q := range requests {
					write(conn, q.text)
				}
			}()
			for _, q := range requests {
				answered(q.want)
			}
		})
	}
}

// writeSlowly writes the first bytes one by one.
func writeSlowly(c net.Conn, s string) {
	for _, part := range split(s[:8]) {
		io.WriteString(c, part)
	}
	io.WriteString(c, s[8:])
}

func TestAConnectionTakenOverIsStillTCP(t *testing.T) {
	w := newWeb(t)
	client := w.dial(t)
	io.WriteString(client, "GET /hijack HTTP/1.1\r\nHost: h\r\n\r\n")
	conn := <-w.conns
	defer conn.Close()
	if _, ok := conn.(syscall.Conn); !ok {
		t.Error("no syscall.Conn")
	}
	if _, ok := conn.(io.ReaderFrom); !ok {
		t.Error("no io.ReaderFrom")
	}
	if n, ok := conn.(interface{ NetConn() net.Conn }); !ok {
		t.Error("no NetConn")
	} else if _, ok := n.NetConn().(*net.TCPConn); !ok {
		t.Errorf("NetConn returns %T", n.NetConn())
	}
	io.WriteString(client, flash.Request) // of no meaning any more
	client.(*net.TCPConn).CloseWrite()
	if got, err := io.ReadAll(conn); string(got) != flash.Request || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	conn.Write([]byte("bye"))
	if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(client); string(got) != "bye" || err != nil {
		t.Errorf("the client read %q, %v", got, err)
	}
}

func TestCopyingFromAConnectionDoesNotPassThePolicyBy(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	client, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	client.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(client, flash.Request)
	conn, err := flash.Listener(ln, sample, nil).Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	var copied strings.Builder
	if n, err := io.Copy(&copied, conn); n != 0 || err != nil {
		t.Errorf("copied %q, %v", copied.String(), err)
	}
	if got, err := io.ReadAll(client); string(got) != sampleXML+"\x00" || err != nil {
		t.Errorf("the client read %q, %v", got, err)
	}
}

func TestSilentConnectionsDoNotDisturbTheMainPort(t *testing.T) {
	w := newWeb(t)
	const silent = 300 // each is two files of this process
	for i := range silent {
		conn := w.dial(t)
		if i%2 == 0 {
			io.WriteString(conn, "<")
		}
	}
	begin := time.Now()
	w.policy(t)
	resp, err := http.Get("http://" + w.addr + "/x")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if d := time.Since(begin); d > 10*time.Second { // in turn they would have taken minutes
		t.Errorf("they were served after %v", d)
	}
}

// FuzzListener: what does not begin with "<" arrives as it was sent, however
// it is cut; what does never arrives.
func FuzzListener(f *testing.F) {
	for _, c := range clients {
		f.Add([]byte(strings.Join(c.parts, "")), uint8(5))
		f.Add([]byte(strings.Join(c.parts, "")), uint8(len(flash.Request)))
	}
	f.Fuzz(func(t *testing.T, sent []byte, cut uint8) {
		ln := newPipes()
		defer ln.Close()
		dialed := make(chan net.Conn, 1)
		go func() { dialed <- ln.dial("192.0.2.1:1") }()
		conn, err := flash.Listener(ln, sample, nil).Accept()
		if err != nil {
			t.Fatal(err)
		}
		client := <-dialed
		answered := make(chan []byte, 1)
		go func() {
			all, _ := io.ReadAll(client)
			answered <- all
		}()
		go func() {
			n := min(int(cut), len(sent))
			client.Write(sent[:n])
			client.Write(sent[n:])
			if string(sent) != flash.Request {
				client.Close()
			}
		}()
		got, _ := io.ReadAll(conn)
		conn.Close()
		want, answer := string(sent), ""
		if strings.HasPrefix(want, "<") {
			want = ""
		}
		if string(sent) == flash.Request || string(sent[:min(int(cut), len(sent))]) == flash.Request {
			answer = sampleXML + "\x00"
		}
		if a := string(<-answered); string(got) != want || a != answer {
			t.Fatalf("%q: read %q, answered %q", sent, got, a)
		}
	})
}
