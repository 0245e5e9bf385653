package socketio_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/everwire/everwire/socketio"
)

// What is asked is emitted at once, in its place among other events.
func TestAsk(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/a")
		p := dial(t, srv, nil)
		p.send(`0/a,`)
		p.packets()
		s := only(t, ns)
		s.Emit("before")
		first, err := socketio.Ask[int](s, "ask", "x")
		if err != nil {
			t.Fatal(err)
		}
		second, err := socketio.Ask[int](s, "ask", "y")
		if err != nil {
			t.Fatal(err)
		}
		s.Emit("behind")
		settle()
		var got []string
		for _, m := range p.packets() {
			got = append(got, string(m.Data))
		}
		if want := []string{`2/a,["before"]`, `2/a,0["ask","x"]`, `2/a,1["ask","y"]`, `2/a,["behind"]`}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		p.send(`3/a,1[2]`)
		p.send(`3/a,0[1]`)
		for i, answer := range []func(context.Context) (int, error){first, second} {
			if n, err := answer(t.Context()); n != i+1 || err != nil {
				t.Errorf("answer %d: %d, %v", i+1, n, err)
			}
		}
		third, err := socketio.Ask[int](s, "ask")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := third(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("without an ack: %v", err)
		}
		p.send(`1/a,`)
		settle()
		if _, err := socketio.Ask[int](s, "ask"); !errors.Is(err, socketio.ErrDisconnected) {
			t.Errorf("after the end: %v", err)
		}
	})
}
