package rfb_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
)

// A script is a server that says what a test has it say, in a bubble.
type script struct {
	*testing.T
	client *rfb.Client
	theirs *line
}

// newScript returns one whose client has just connected.
func newScript(t *testing.T, width, height int) script {
	t.Helper()
	mine, theirs := newLine()
	io.WriteString(theirs, "RFB 003.008\n\x01\x01\x00\x00\x00\x00")
	theirs.Write(proto.AppendServerInit(nil, proto.ServerInit{Width: width, Height: height, PixelFormat: proto.PixelFormat32, Name: "desk"}))
	client, err := rfb.NewClient(t.Context(), mine, "", rfb.Config{Insecure: true})
	if err != nil {
		t.Fatal(err)
	}
	return script{t, client, theirs}
}

// update sends an update that draws areas in gray.
func (s script) update(areas ...proto.Rect) {
	p := proto.AppendFramebufferUpdate(nil, len(areas))
	for _, r := range areas {
		p = proto.AppendRectHeader(p, r, proto.EncodingRaw)
		for range r.Width * r.Height {
			p = append(p, 0x80, 0x80, 0x80, 0)
		}
	}
	s.theirs.Write(p)
}

// waits fails unless WaitPicture blocks, or does not.
func (s script) waits(blocks bool, when string) {
	s.Helper()
	synctest.Wait()
	ctx, cancel := context.WithTimeout(s.Context(), time.Hour)
	defer cancel()
	err := s.client.WaitPicture(ctx)
	if blocks && !errors.Is(err, context.DeadlineExceeded) || !blocks && err != nil {
		s.Errorf("%s: %v", when, err)
	}
}

func TestThePictureIsWholeWhenAllIsDrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, 200, 3)
		defer s.client.Close()
		s.waits(true, "nothing is drawn")
		s.update(proto.Rect{Width: 130, Height: 3}, proto.Rect{Width: 200, Height: 2})
		s.update(proto.Rect{Width: 130, Height: 3}, proto.Rect{X: 199, Width: 1, Height: 3})
		s.waits(true, "much is drawn twice, and some not at all")
		got := make(chan error, 1)
		go func() { got <- s.client.WaitPicture(t.Context()) }()
		missing := proto.Rect{X: 130, Y: 2, Width: 69, Height: 1}
		whole := proto.AppendRectHeader(proto.AppendFramebufferUpdate(nil, 2), missing, proto.EncodingRaw)
		s.theirs.Write(append(whole, make([]byte, 4*69)...))
		s.waits(true, "the update has not ended")
		select {
		case err := <-got:
			t.Fatalf("who waited has %v", err)
		default:
		}
		s.theirs.Write(append(proto.AppendRectHeader(nil, proto.Rect{Width: 1, Height: 1}, proto.EncodingRaw), 1, 2, 3, 4))
		if err := <-got; err != nil {
			t.Error(err)
		}
		s.waits(false, "all is drawn")

		s.theirs.Write(proto.AppendRectHeader(proto.AppendFramebufferUpdate(nil, 1), proto.Rect{Width: 70, Height: 4}, proto.EncodingDesktopSize))
		s.waits(true, "the size is another one")
		s.update(proto.Rect{Width: 70, Height: 4})
		s.waits(false, "all of it is drawn")
	})
}

// TestACopyOfWhatIsNotDrawnDrawsNothing: a server may move what the client has
// from before (RFC 6143 section 7.7.2), and a client that is new has nothing.
func TestACopyOfWhatIsNotDrawnDrawsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, 130, 4)
		defer s.client.Close()
		move := func(to proto.Rect, x, y byte) {
			p := proto.AppendRectHeader(proto.AppendFramebufferUpdate(nil, 1), to, proto.EncodingCopyRect)
			s.theirs.Write(append(p, 0, x, 0, y))
		}
		upper, lower := proto.Rect{Width: 130, Height: 2}, proto.Rect{Y: 2, Width: 130, Height: 2}
		move(upper, 0, 2)
		s.update(lower)
		s.waits(true, "one half was copied before it was drawn")
		s.update(proto.Rect{Width: 129, Height: 2})
		move(proto.Rect{X: 129, Width: 1, Height: 2}, 129, 1)
		s.waits(true, "one pixel of what was copied is missing")
		move(proto.Rect{X: 129, Width: 1, Height: 2}, 128, 1)
		s.waits(false, "the rest is a copy of what is drawn")
	})
}

func TestAScreenWithoutPixelsIsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, 0, 0)
		defer s.client.Close()
		s.waits(false, "there is nothing to draw")
	})
}

func TestWhoWaitsForAPictureHearsOfTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(t, 20, 3)
		time.AfterFunc(time.Minute, func() { s.theirs.Close() })
		if err := s.client.WaitPicture(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("the server has gone: %v", err)
		}
		s.client.Close()

		s = newScript(t, 20, 3)
		time.AfterFunc(time.Minute, func() { s.client.Close() })
		if err := s.client.WaitPicture(t.Context()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("closed: %v", err)
		}

		s = newScript(t, 20, 3)
		stopped := errors.New("stopped")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(stopped) })
		if err := s.client.WaitPicture(ctx); !errors.Is(err, stopped) {
			t.Errorf("given up: %v", err)
		}
		// A picture that came with the end is one.
		s.update(proto.Rect{Width: 20, Height: 3})
		s.theirs.Close()
		<-s.client.Done()
		if err := s.client.WaitPicture(ctx); err != nil {
			t.Errorf("whole: %v", err)
		}
		s.client.Close()
	})
}
