package echo_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"

	"github.com/everwire/everwire/handlers/echo"
	"github.com/everwire/everwire/session"
)

// fake is a session whose client sends what is put into in and takes what is
// put into out.
type fake struct {
	ctx     context.Context
	in, out chan session.Message
	sendErr error
	closed  []session.Code
}

func newFake(ctx context.Context) *fake {
	return &fake{ctx: ctx, in: make(chan session.Message), out: make(chan session.Message)}
}

func (f *fake) ID() string               { return "fake" }
func (f *fake) Peer() session.Peer       { return session.Peer{Binary: true} }
func (f *fake) Context() context.Context { return f.ctx }

func (f *fake) Receive(ctx context.Context) (session.Message, error) {
	select {
	case m, ok := <-f.in:
		if !ok {
			return m, io.EOF
		}
		return m, nil
	case <-ctx.Done():
		return session.Message{}, context.Cause(ctx)
	}
}

func (f *fake) Send(ctx context.Context, m session.Message) error {
	if f.sendErr != nil {
		return f.sendErr
	}
	select {
	case f.out <- m:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (f *fake) Close(code session.Code, _ string) error {
	f.closed = append(f.closed, code)
	return nil
}

func TestEchoReturnsMessagesAsTheyCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t.Context())
		done := serve(f)
		for _, m := range []session.Message{
			{Kind: session.Text, Data: []byte("grüße")},
			{Kind: session.Text, Data: nil},
			{Kind: session.JSON, Data: []byte(`{"a":[1,null]}`)},
			{Kind: session.Binary, Data: []byte{0, 0xff, 0xfe}},
		} {
			f.in <- m
			got := <-f.out
			if got.Kind != m.Kind || string(got.Data) != string(m.Data) {
				t.Errorf("sent %v %q, got %v %q", m.Kind, m.Data, got.Kind, got.Data)
			}
		}
		close(f.in)
		<-done
		if len(f.closed) != 0 {
			t.Errorf("client left, handler closed with %v", f.closed)
		}
	})
}

func TestEchoEndsWithItsSession(t *testing.T) {
	for _, waiting := range []string{"for a message", "for a slow client"} {
		t.Run(waiting, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				f := newFake(ctx)
				done := serve(f)
				if waiting == "for a slow client" {
					f.in <- session.Message{Data: []byte("never taken")}
				}
				synctest.Wait()
				select {
				case <-done:
					t.Fatal("handler returned before its session ended")
				default:
				}
				cancel()
				<-done
			})
		})
	}
}

func TestEchoSaysWhyItCannotAnswer(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want session.Code
	}{
		{fmt.Errorf("wrapped: %w", session.ErrUnsupported), session.Unsupported},
		{errors.New("something else"), session.InternalError},
	} {
		f := newFake(t.Context())
		f.sendErr = tt.err
		done := serve(f)
		f.in <- session.Message{Data: []byte("x")}
		<-done
		if len(f.closed) != 1 || f.closed[0] != tt.want {
			t.Errorf("%v: closed with %v, want %v", tt.err, f.closed, tt.want)
		}
	}
}

func serve(f *fake) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		echo.Handler{}.ServeSession(f)
	}()
	return done
}
