package socketio_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/everwire/everwire/socketio"
)

// keeping registers a handler of event keep that answers when the test does.
func keeping(ns *socketio.Namespace, kept *[]socketio.Reply) {
	socketio.OnReply(ns, "keep", func(_ context.Context, _ *socketio.Socket, _ string, reply socketio.Reply) error {
		*kept = append(*kept, reply)
		return nil
	})
}

// asking has a client of a server that keeps the replies.
func asking(t *testing.T, f func(t *testing.T, srv *socketio.Server, p *peer, kept *[]socketio.Reply)) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var kept []socketio.Reply
		keeping(srv.Of("/"), &kept)
		f(t, srv, enter(t, srv), &kept)
	})
}

func TestReplyAfterTheHandlerHasReturned(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var kept []socketio.Reply
		keeping(srv.Of("/"), &kept)
		socketio.OnAck(srv.Of("/"), "now", func(_ context.Context, _ *socketio.Socket, n int) (int, error) { return n, nil })
		p := enter(t, srv)
		p.send(`20["keep","a"]`, `21["keep","b"]`, `22["now",7]`, `2["keep","c"]`)
		settle()
		p.expect(`32[7]`) // the others do not hold it up
		wantErr(t, kept[1](1, "€"), nil)
		wantErr(t, kept[0](), nil)
		wantErr(t, kept[0]("once more"), nil)
		wantErr(t, kept[2]("nobody waits"), nil)
		settle()
		p.expect(`31[1,"€"]`, `30[]`)
		p.leave()
	})
}

func TestReplyWithBinary(t *testing.T) {
	asking(t, func(t *testing.T, _ *socketio.Server, p *peer, kept *[]socketio.Reply) {
		p.send(`25["keep","a"]`)
		settle()
		if err := (*kept)[0](func() {}); err == nil {
			t.Error("a function was encoded")
		}
		wantErr(t, (*kept)[0]([]byte("x")), nil) // what could not be encoded was no answer
		settle()
		p.expect(`61-5[{"_placeholder":true,"num":0}]`, `<78>`)
		p.leave()
	})
}

func TestReplyThatNeverComes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		var l logbook
		ns := srv.Of("/")
		socketio.OnReply(ns, "silent", func(context.Context, *socketio.Socket, struct{}, socketio.Reply) error { return nil })
		socketio.OnReply(ns, "fails", func(context.Context, *socketio.Socket, struct{}, socketio.Reply) error {
			return errors.New("out of order")
		})
		socketio.OnReply(ns, "number", func(context.Context, *socketio.Socket, int, socketio.Reply) error {
			t.Error("called with what is no number")
			return nil
		})
		p := dial(t, srv, logged(&l))
		p.send(`0`)
		settle()
		p.packets()
		p.send(`20["silent"]`, `21["fails"]`, `22["number","x"]`)
		settle()
		p.expect()
		if !strings.Contains(l.String(), "out of order") {
			t.Errorf("the log has %q", l.String())
		}
		p.leave()
	})
}

func TestReplyToAClientThatHasGone(t *testing.T) {
	asking(t, func(t *testing.T, _ *socketio.Server, p *peer, kept *[]socketio.Reply) {
		p.send(`20["keep","a"]`)
		settle()
		p.leave()
		settle()
		wantErr(t, (*kept)[0]("late"), socketio.ErrDisconnected)
	})
}

// However many goroutines and handlers answer, the client gets one ack.
func TestReplyOfSeveralAtATime(t *testing.T) {
	asking(t, func(t *testing.T, srv *socketio.Server, p *peer, kept *[]socketio.Reply) {
		p.send(`20["keep","a"]`)
		settle()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { (*kept)[0]("same") })
		}
		all.Wait()
		settle()
		p.expect(`30["same"]`)
		socketio.On(srv.Of("/"), "keep", func(context.Context, *socketio.Socket, string) error { return nil })
		p.send(`21["keep","a"]`)
		settle()
		p.expect(`31[]`) // of the handler behind it
		wantErr(t, (*kept)[1]("late"), nil)
		settle()
		p.expect()
		p.leave()
	})
}

// TestAReplyThatIsKeptKeepsNoData: what a client sends with its questions counts
// for nobody's budget while they are open.
func TestAReplyThatIsKeptKeepsNoData(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const events, size = 64, 256 << 10
		srv := socketio.NewServer(socketio.Config{})
		var kept []socketio.Reply
		keeping(srv.Of("/"), &kept)
		p := enter(t, srv)
		before := heap()
		for range events {
			p.send(`20["keep","` + strings.Repeat("a", size) + `"]`)
			settle()
		}
		if grown := heap() - before; grown > events*size/4 {
			t.Errorf("%d open questions hold %d bytes", len(kept), grown)
		}
		wantErr(t, kept[events-1]("€"), nil)
		settle()
		p.expect(`30["€"]`)
		p.leave()
	})
}

// heap is how many bytes are in use.
func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
