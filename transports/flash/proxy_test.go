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
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports/flash"
)

// patience is how long what must happen may take on a busy machine.
const patience = 30 * time.Second

// visitor is a session whose client is the test.
type visitor struct {
	up, down chan session.Message // to and from the handler
	ctx      context.Context
	end      context.CancelCauseFunc
	once     sync.Once
	code     session.Code // of the first Close; read it after ctx
}

func newVisitor() *visitor {
	v := &visitor{up: make(chan session.Message), down: make(chan session.Message)}
	v.ctx, v.end = context.WithCancelCause(context.Background())
	return v
}

func (v *visitor) ID() string               { return "visitor" }
func (v *visitor) Peer() session.Peer       { return session.Peer{Principal: "someone", Binary: true} }
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
	case <-time.After(patience):
		t.Fatal("the proxy takes nothing")
	}
}

func over(t *testing.T, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("the proxy does not end")
	}
}

// inner is the address behind a proxy. Its connections come over accepted.
func inner(t *testing.T) (addr string, accepted <-chan *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan *net.TCPConn, 10)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			conn.SetDeadline(time.Now().Add(patience))
			conns <- conn.(*net.TCPConn)
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		<-done
	})
	return ln.Addr().String(), conns
}

func TestTheInnerEndIsToldWhenTheClientLeaves(t *testing.T) {
	addr, accepted := inner(t)
	v := newVisitor()
	done := v.serve(flash.NewProxy(flash.ProxyConfig{Addr: addr}))
	v.say(t, "one")
	v.say(t, "two")
	conn := <-accepted
	v.end(io.EOF)
	if got, err := io.ReadAll(conn); string(got) != "onetwo" || err != nil {
		t.Errorf("the inner end read %q, %v", got, err)
	}
	// What it still says is taken, so that nothing is reset.
	if _, err := conn.Write(make([]byte, 32<<20)); err != nil {
		t.Error(err)
	}
	conn.Close()
	over(t, done)
}

func TestAnInnerEndThatGoesOnIsCut(t *testing.T) {
	addr, accepted := inner(t)
	v := newVisitor()
	done := v.serve(flash.NewProxy(flash.ProxyConfig{Addr: addr}))
	v.say(t, "hello")
	conn := <-accepted
	defer conn.Close()
	v.end(io.EOF)
	over(t, done)
}

func TestTheSessionEndsWithTheInnerEnd(t *testing.T) {
	addr, accepted := inner(t)
	v := newVisitor()
	done := v.serve(flash.NewProxy(flash.ProxyConfig{Addr: addr}))
	v.say(t, "hello")
	conn := <-accepted
	io.WriteString(conn, "bye")
	conn.CloseWrite()
	if m := <-v.down; m.Kind != session.Binary || string(m.Data) != "bye" {
		t.Errorf("got %v %q", m.Kind, m.Data)
	}
	over(t, done)
	if v.code != session.Normal {
		t.Errorf("closed with %v", v.code)
	}
	conn.Close()
}

func TestTextDoesNotEvenConnect(t *testing.T) {
	addr, accepted := inner(t)
	v := newVisitor()
	done := v.serve(flash.NewProxy(flash.ProxyConfig{Addr: addr}))
	for range 3 {
		v.up <- session.Message{Kind: session.Text, Data: []byte("text")}
	}
	v.end(io.EOF)
	over(t, done)
	if len(accepted) != 0 {
		t.Error("there is a connection")
	}
}

// TestASlowClientHoldsTheInnerEndBack: what the inner end can send while the
// client takes nothing is what the kernel buffers, and no byte is lost.
func TestASlowClientHoldsTheInnerEndBack(t *testing.T) {
	addr, accepted := inner(t)
	v := newVisitor()
	done := v.serve(flash.NewProxy(flash.ProxyConfig{Addr: addr}))
	v.say(t, "go")
	conn := <-accepted
	all := bytes.Repeat([]byte("0123456789abcdef"), 4<<20) // 64 MiB
	conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
	n, err := conn.Write(all)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes were taken for a client that takes nothing: %v", n, err)
	}
	conn.CloseWrite()
	var got []byte
	for len(got) < n {
		select {
		case m := <-v.down:
			got = append(got, m.Data...)
		case <-time.After(patience):
			t.Fatalf("nothing comes after %d bytes", len(got))
		}
	}
	if !bytes.Equal(got, all[:n]) {
		t.Error("the bytes are not those that were sent")
	}
	over(t, done)
	conn.Close()
}

func TestProxyLimits(t *testing.T) {
	addr, _ := inner(t)
	for name, cfg := range map[string]flash.ProxyConfig{
		"of one user": {Addr: addr, MaxPerUser: 2},
		"of all":      {Addr: addr, Max: 2},
	} {
		t.Run(name, func(t *testing.T) {
			p := flash.NewProxy(cfg)
			var visitors []*visitor
			var ends []<-chan struct{}
			for range 2 {
				v := newVisitor()
				ends = append(ends, v.serve(p))
				v.up <- session.Message{Kind: session.Text} // it is in
				visitors = append(visitors, v)
			}
			third := newVisitor()
			over(t, third.serve(p))
			if third.code != session.TryAgainLater {
				t.Errorf("the third is closed with %v", third.code)
			}
			for i, v := range visitors {
				v.end(io.EOF)
				over(t, ends[i])
			}
			again := newVisitor()
			done := again.serve(p)
			again.up <- session.Message{Kind: session.Text}
			again.end(io.EOF)
			over(t, done)
		})
	}
}

func TestAnAddressThatDoesNotAnswerEndsTheSession(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	v := newVisitor()
	done := v.serve(flash.NewProxy(flash.ProxyConfig{Addr: ln.Addr().String()}))
	v.say(t, "hello")
	over(t, done)
	if v.code != session.InternalError || !errors.Is(context.Cause(v.ctx), session.ErrClosed) {
		t.Errorf("closed with %v", v.code)
	}
}
