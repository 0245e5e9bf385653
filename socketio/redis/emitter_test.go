package redis_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/redis"
)

func TestEmitter(t *testing.T) {
	every(t, func(t *testing.T, p *pair) {
		ctx := t.Context()
		e, err := redis.NewEmitter(p.c.cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		ns := e.Of(p.servers[0].ns.Name())
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		must(ns.Emit(ctx, "all", 1, []byte{1}))
		must(ns.To("x").Emit(ctx, "room"))
		must(ns.Except("x").Compress(false).Emit(ctx, "others"))
		must(e.Of("/nobody").Emit(ctx, "never"))
		must(ns.Emit(ctx, "end"))
		for i, u := range p.users {
			want := []string{`51-["all",1,{"_placeholder":true,"num":0}]`, "<01>", `2["room"]`}
			if i%2 == 1 {
				want[2] = `2["others"]`
			}
			got := u.until(`2["end"]`)
			slices.Sort(got[min(2, len(got)):]) // a room may have a channel of its own
			if !slices.Equal(got, want) {
				t.Errorf("%c got %q, want %q", 'a'+i, got, want)
			}
		}
		must(ns.To("x").SocketsJoin(ctx, "y", "z"))
		must(ns.To(p.users[0].id).SocketsLeave(ctx, "z"))
		eventually(t, "they are in y and z", func() bool {
			return p.fetch(p.servers[0].ns.To("y")) == "ac" && p.fetch(p.servers[1].ns.To("z")) == "c"
		})
		news := make(chan string, 10)
		for i, s := range p.servers {
			socketio.OnServerSide(s.ns, "news", func(_ context.Context, text string) error { news <- fmt.Sprint(i, text); return nil })
		}
		must(ns.ServerSideEmit(ctx, "news", "x"))
		got := []string{take(t, news), take(t, news)}
		slices.Sort(got)
		if !slices.Equal(got, []string{"0x", "1x"}) {
			t.Errorf("%q", got)
		}
		must(ns.To("y").DisconnectSockets(ctx, true))
		p.users[0].until("closed")
		p.users[2].until("closed")
		if err := ns.Emit(ctx, "connect"); !errors.Is(err, socketio.ErrReservedName) {
			t.Errorf("error %v", err)
		}
		if err := ns.Emit(ctx, "e", make(chan int)); err == nil {
			t.Error("no error")
		}
		p.c.redis.Close()
		if err := ns.Emit(ctx, "e"); err == nil {
			t.Error("no error")
		}
	})
}

func ExampleEmitter() {
	e, err := redis.NewEmitter(redis.Config{URL: "redis://127.0.0.1:6379"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer e.Close()
	err = e.Of("/chat").To("lobby").Emit(context.Background(), "line", "the nightly job is done")
	if err != nil {
		fmt.Println(err)
	}
}
