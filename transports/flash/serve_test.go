package flash_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/transports/flash"
)

// clients are what may come to a policy port.
var clients = []struct {
	name   string
	pause  time.Duration // before each part
	parts  []string
	served bool
	took   time.Duration
}{
	{"the request", 0, []string{flash.Request}, true, 0},
	{"in two parts", time.Second, []string{flash.Request[:9], flash.Request[9:]}, true, 2 * time.Second},
	{"byte by byte", 100 * time.Millisecond, split(flash.Request), true, 2300 * time.Millisecond},
	{"byte by byte, too slow", 210 * time.Millisecond, split(flash.Request), false, 3 * time.Second},
	{"nothing", 0, nil, false, 3 * time.Second},
	{"without its NUL", 0, []string{flash.Request[:22]}, false, 3 * time.Second},
	{"a line feed for the NUL", 0, []string{flash.Request[:22] + "\n"}, false, 0},
	{"the name of 2004", 0, []string{"<cross-domain-request/>\x00"}, false, 0},
	{"upper case", 0, []string{strings.ToUpper(flash.Request)}, false, 0},
	{"more behind it", 0, []string{flash.Request + "x"}, false, 0},
	{"twice", 0, []string{flash.Request + flash.Request}, false, 0},
	{"too much", 0, []string{strings.Repeat("<", 1000)}, false, 0},
	{"HTTP", 0, []string{"GET / HTTP/1.1\r\n\r\n"}, false, 0},
	{"TLS", 0, []string{"\x16\x03\x01\x02\x00\x01"}, false, 0},
	{"a NUL", 0, []string{"\x00"}, false, 0},
}

func TestThePolicyPortAnswersTheRequestAndNothingElse(t *testing.T) {
	for _, tt := range clients {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ln := newPipes()
				done := make(chan error)
				ctx, stop := context.WithCancel(t.Context())
				go func() { done <- flash.Serve(ctx, ln, sample, flash.Options{}) }()
				got, took := talk(t, ln.dial("192.0.2.1:1000"), tt.pause, tt.parts...)
				want := ""
				if tt.served {
					want = sampleXML + "\x00"
				}
				if got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				if took != tt.took {
					t.Errorf("it took %v, want %v", took, tt.took)
				}
				stop()
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestAClientThatTakesNoAnswerIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- flash.Serve(ctx, ln, sample, flash.Options{MaxConns: 1}) }()
		slow := ln.dial("192.0.2.1:1")
		io.WriteString(slow, flash.Request)
		if got, _ := talk(t, ln.dial("192.0.2.2:1"), 0); got != "" {
			t.Errorf("a second connection got %q", got)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if got, _ := talk(t, ln.dial("192.0.2.2:1"), 0, flash.Request); got != sampleXML+"\x00" {
			t.Errorf("after the slow client: %q", got)
		}
		stop()
		<-done
	})
}

func TestServeEndsItsConnectionsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		begin := time.Now()
		go func() { done <- flash.Serve(ctx, ln, sample, flash.Options{}) }()
		conn := ln.dial("192.0.2.1:1")
		synctest.Wait()
		stop()
		if err := <-done; err != nil || time.Since(begin) != 0 {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("the connection lives on")
		}
		if err := flash.Serve(context.Background(), ln, sample, flash.Options{}); !errors.Is(err, net.ErrClosed) {
			t.Errorf("on a closed listener: %v", err)
		}
	})
}

func TestOneAddressCannotKeepOthersAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			done <- flash.Serve(ctx, ln, sample, flash.Options{MaxConns: 20, Limiter: flash.NewLimiter(10, time.Second)})
		}()
		var idle []net.Conn
		for i := range 1000 {
			idle = append(idle, ln.dial(fmt.Sprintf("192.0.2.1:%d", i+1)))
		}
		if got, _ := talk(t, ln.dial("192.0.2.2:1"), 0, flash.Request); got != sampleXML+"\x00" {
			t.Errorf("another address got %q", got)
		}
		if got, _ := talk(t, ln.dial("192.0.2.1:1"), 0, flash.Request); got != "" {
			t.Errorf("the busy address got %q", got)
		}
		time.Sleep(time.Second)
		if got, _ := talk(t, ln.dial("192.0.2.1:1"), 0, flash.Request); got != sampleXML+"\x00" {
			t.Errorf("the busy address a second later: %q", got)
		}
		for _, c := range idle {
			c.Close()
		}
		stop()
		<-done
	})
}

func TestLimiter(t *testing.T) {
	now := time.Unix(1000, 0)
	l := flash.NewLimiter(3, time.Second)
	count := func(remote string, at time.Duration) (n int) {
		for range 5 {
			if l.Allow(remote, now.Add(at)) {
				n++
			}
		}
		return n
	}
	for _, tt := range []struct {
		remote string
		at     time.Duration
		want   int
	}{
		{"192.0.2.1:1", 0, 3},
		{"[::ffff:192.0.2.1]:2", 0, 0}, // the same address
		{"192.0.2.2:1", 0, 3},
		{"[2001:db8::1]:1", 0, 3},
		{"[2001:db8::2]:1", 0, 0}, // the same network
		{"[2001:db8:0:1::1]:1", 0, 3},
		{"192.0.2.1:1", 999 * time.Millisecond, 0},
		{"192.0.2.1:1", time.Second, 1},
		{"192.0.2.1:1", 3 * time.Second, 2},
		{"192.0.2.1:1", time.Hour, 3},
		{"nowhere", 0, 3},
		{"elsewhere", 0, 0},
	} {
		if got := count(tt.remote, tt.at); got != tt.want {
			t.Errorf("%s after %v: %d, want %d", tt.remote, tt.at, got, tt.want)
		}
	}
}

func TestLimiterIsBounded(t *testing.T) {
	now := time.Unix(1000, 0)
	l := flash.NewLimiter(1, time.Second)
	for i := range 3 * flash.MaxAddresses {
		if !l.Allow(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255), now) {
			t.Fatalf("address %d is refused", i)
		}
		if l.Len() > flash.MaxAddresses {
			t.Fatalf("%d addresses are remembered", l.Len())
		}
	}
	l.Allow("192.0.2.1:1", now.Add(time.Minute))
	if l.Len() != 1 {
		t.Errorf("%d addresses are remembered after a minute", l.Len())
	}
}

// FuzzRequest: however the bytes are cut, the verdict is the same, and only
// the request itself is one.
func FuzzRequest(f *testing.F) {
	for _, c := range clients {
		f.Add([]byte(strings.Join(c.parts, "")))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		var refused bool
		for n := range len(p) + 1 {
			complete, err := flash.Check(p[:n])
			if refused && err == nil {
				t.Fatalf("%q is taken, its beginning was not", p[:n])
			}
			refused = err != nil
			if complete != (string(p[:n]) == flash.Request) || err == nil && !strings.HasPrefix(flash.Request, string(p[:n])) {
				t.Fatalf("%q: complete %v, %v", p[:n], complete, err)
			}
		}
	})
}
