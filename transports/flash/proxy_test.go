package flash_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/flash"
)

// visitor is a session whose client is the test.
type visitor struct {
	up, down chan session.Message // to and from the handler
	ctx      context.Context
	end      context.CancelCauseFunc
	once     sync.Once
	code     session.Code // of the first Close; read it after ctx
	user     string
}

func newVisitor() *visitor {
	v := &visitor{up: make(chan session.Message), down: make(chan session.Message), user: "someone"}
	v.ctx, v.end = context.WithCancelCause(context.Background())
	return v
}

func (v *visitor) ID() string { return "visitor" }
func (v *visitor) Peer() session.Peer {
	return session.Peer{Principal: v.user, Binary: true, RemoteAddr: "192.0.2.7:4711"}
}
func (v *visitor) Context() context.Context { return v.ctx }

func (v *visitor) Receive(ctx context.Context) (session.Message, error) {
	select {
	case m := <-v.up:
		return m, nil
	case <-ctx.Done():
		return session.Message{}, context.Cause(ctx)
	}
}

func (v *visitor) Send(ctx context.Context, m session.Message) error {
	select {
	case v.down <- m:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (v *visitor) Close(code session.Code, _ string) error {
	v.once.Do(func() { v.code = code })
	v.end(session.ErrClosed)
	return nil
}

// serve runs the proxy for the visitor; the channel is closed when it is done.
func (v *visitor) serve(p *flash.Proxy) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		p.ServeSession(v)
		v.Close(session.Normal, "")
		close(done)
	}()
	return done
}

// say sends a binary message.
func (v *visitor) say(t *testing.T, text string) {
	t.Helper()
	select {
	case v.up <- session.Message{Kind: session.Binary, Data: []byte(text)}:
	case <-time.After(time.Hour): // in a bubble
		t.Error("the proxy takes nothing")
	}
}

// opened returns a visitor whose first message is sent, and the connection that
// came of it.
func opened(t *testing.T, first string) (v *visitor, conn net.Conn, done <-chan struct{}) {
	t.Helper()
	p := flash.NewProxy(flash.ProxyConfig{})
	v = newVisitor()
	done = v.serve(p)
	v.say(t, first)
	conn, err := p.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return v, conn, done
}

// closeWrite is what an HTTP server looks for.
func closeWrite(t *testing.T, conn net.Conn) {
	t.Helper()
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok {
		t.Fatal("no CloseWrite")
	}
	if err := half.CloseWrite(); err != nil {
		t.Error(err)
	}
}

func TestTheInnerEndIsToldWhenTheClientLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, conn, done := opened(t, "one")
		go func() {
			v.up <- session.Message{Kind: session.Binary} // nothing
			v.up <- session.Message{Kind: session.Text, Data: []byte("text")}
			v.say(t, "two")
			v.end(io.EOF)
		}()
		if got, err := io.ReadAll(conn); string(got) != "onetwo" || err != nil {
			t.Errorf("the inner end read %q, %v", got, err)
		}
		// What it still says is taken, so that it can come to its end.
		if _, err := conn.Write(make([]byte, 1<<20)); err != nil {
			t.Error(err)
		}
		conn.Close()
		<-done
	})
}

func TestWhatTheClientSentLastHasTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, conn, done := opened(t, "last words")
		synctest.Wait()
		v.end(io.EOF)
		time.Sleep(1900 * time.Millisecond)
		if got, err := io.ReadAll(conn); string(got) != "last words" || err != nil {
			t.Errorf("the inner end read %q, %v", got, err)
		}
		conn.Close()
		<-done
	})
}

func TestAnInnerEndThatGoesOnIsCut(t *testing.T) {
	for name, reads := range map[string]bool{"and reads": true, "and reads nothing": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, conn, done := opened(t, "hello")
				if reads {
					go io.Copy(io.Discard, conn)
				}
				synctest.Wait()
				begin := time.Now()
				v.end(io.EOF)
				<-done
				if d := time.Since(begin); d < 2*time.Second || d > 4*time.Second {
					t.Errorf("after %v", d)
				}
				if _, err := conn.Write([]byte("x")); err == nil {
					t.Error("there is still somebody who reads")
				}
			})
		})
	}
}

func TestTheSessionEndsWithTheInnerEnd(t *testing.T) {
	for name, end := range map[string]func(*testing.T, net.Conn){
		"half": closeWrite,
		"both": func(t *testing.T, c net.Conn) { c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, conn, done := opened(t, "hello")
				go io.WriteString(conn, "bye")
				if m := <-v.down; m.Kind != session.Binary || string(m.Data) != "bye" {
					t.Errorf("got %v %q", m.Kind, m.Data)
				}
				end(t, conn)
				go io.Copy(io.Discard, conn)
				<-done
				if v.code != session.Normal {
					t.Errorf("closed with %v", v.code)
				}
				conn.Close()
			})
		})
	}
}

func TestTextDoesNotEvenConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, p := newVisitor(), flash.NewProxy(flash.ProxyConfig{})
		done := v.serve(p)
		for range 3 {
			v.up <- session.Message{Kind: session.Text, Data: []byte("text")}
			v.up <- session.Message{Kind: session.Binary}
		}
		v.end(io.EOF)
		<-done
		p.Close()
		if conn, err := p.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("there is a connection: %v, %v", conn, err)
		}
	})
}

// TestTheConnectionIsTheClients: what counts by address counts who is behind
// the session, and nobody else.
func TestTheConnectionIsTheClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, conn, done := opened(t, "hello")
		if got := conn.RemoteAddr(); got.String() != v.Peer().RemoteAddr || got.Network() != "tcp" {
			t.Errorf("remote address %s %s", got.Network(), got)
		}
		conn.Close()
		<-done
	})
}

// TestASlowClientHoldsTheInnerEndBack: while the client takes nothing, the
// inner end can send what one message carries, and no byte is lost.
func TestASlowClientHoldsTheInnerEndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, conn, done := opened(t, "go")
		conn.Read(make([]byte, 2))
		all := bytes.Repeat([]byte("0123456789abcdef"), 4<<10) // 64 KiB
		conn.SetWriteDeadline(time.Now().Add(time.Minute))
		n, err := conn.Write(all)
		if !errors.Is(err, os.ErrDeadlineExceeded) || n != 16<<10 {
			t.Errorf("%d bytes were taken for a client that takes nothing: %v", n, err)
		}
		closeWrite(t, conn)
		var got []byte
		for len(got) < n {
			m := <-v.down
			got = append(got, m.Data...)
		}
		if !bytes.Equal(got, all[:n]) {
			t.Error("the bytes are not those that were sent")
		}
		<-done
		conn.Close()
	})
}

// TestASlowInnerEndHoldsTheClientBack: nothing is read from the client while
// the inner end reads nothing, however long that takes.
func TestASlowInnerEndHoldsTheClientBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, conn, done := opened(t, "one")
		select {
		case v.up <- session.Message{Kind: session.Binary, Data: []byte("two")}:
			t.Error("a second message was taken")
		case <-time.After(10 * time.Minute):
		}
		go func() {
			v.say(t, "two")
			v.end(io.EOF)
		}()
		if got, err := io.ReadAll(conn); string(got) != "onetwo" || err != nil {
			t.Errorf("the inner end read %q, %v", got, err)
		}
		conn.Close()
		<-done
	})
}

func TestProxyLimits(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg  flash.ProxyConfig
		user string
	}{
		"of one user":             {flash.ProxyConfig{MaxPerUser: 2}, "someone"},
		"of all":                  {flash.ProxyConfig{Max: 2}, "someone"},
		"of all who have no name": {flash.ProxyConfig{MaxPerUser: 1, Max: 2}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := flash.NewProxy(tt.cfg)
				newVisitor := func() *visitor {
					v := newVisitor()
					v.user = tt.user
					return v
				}
				var visitors []*visitor
				var ends []<-chan struct{}
				for range 2 {
					v := newVisitor()
					ends = append(ends, v.serve(p))
					v.up <- session.Message{Kind: session.Text} // it is in
					visitors = append(visitors, v)
				}
				third := newVisitor()
				<-third.serve(p)
				if third.code != session.TryAgainLater {
					t.Errorf("the third is closed with %v", third.code)
				}
				for i, v := range visitors {
					v.end(io.EOF)
					<-ends[i]
				}
				again := newVisitor()
				done := again.serve(p)
				again.up <- session.Message{Kind: session.Text}
				again.end(io.EOF)
				<-done
			})
		})
	}
}

func TestAProxyThatNobodyServes(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(*flash.Proxy, *visitor)
		code session.Code
	}{
		"is closed":         {func(p *flash.Proxy, _ *visitor) { p.Close(); p.Close() }, session.GoingAway},
		"the client leaves": {func(_ *flash.Proxy, v *visitor) { v.end(io.EOF) }, session.Normal},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, p := newVisitor(), flash.NewProxy(flash.ProxyConfig{})
				done := v.serve(p)
				v.say(t, "hello")
				synctest.Wait()
				tt.end(p, v)
				<-done
				if v.code != tt.code {
					t.Errorf("closed with %v", v.code)
				}
			})
		})
	}
}

// FuzzProxy: however a client cuts what it says into messages, and whatever
// else it sends, it arrives; and so does what is said to it.
func FuzzProxy(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), []byte{5, 0, 1})
	f.Add([]byte(flash.Request), []byte{255})
	f.Add(bytes.Repeat([]byte{0}, 40_000), []byte{0, 200})
	f.Fuzz(func(t *testing.T, sent, cuts []byte) {
		synctest.Test(t, func(t *testing.T) {
			p := flash.NewProxy(flash.ProxyConfig{})
			v := newVisitor()
			done := v.serve(p)
			go func() {
				rest := sent
				for _, c := range cuts {
					n := min(int(c), len(rest))
					v.up <- session.Message{Kind: session.Text, Data: rest[:n]}
					v.up <- session.Message{Kind: session.Binary, Data: rest[:n]}
					rest = rest[n:]
				}
				v.up <- session.Message{Kind: session.Binary, Data: rest}
				v.up <- session.Message{Kind: session.Binary, Data: []byte("end")}
			}()
			conn, err := p.Accept()
			if err != nil {
				t.Fatal(err)
			}
			want := append(bytes.Clone(sent), "end"...)
			got := make([]byte, len(want))
			if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("read %q, %v", got, err)
			}
			go func() {
				conn.Write(got)
				conn.Close()
			}()
			var back []byte
			for open := true; open; {
				select {
				case m := <-v.down:
					back = append(back, m.Data...)
				case <-done:
					open = false
				}
			}
			if !bytes.Equal(back, want) {
				t.Fatalf("came back: %q", back)
			}
		})
	})
}
