package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/redis"
)

// What servers of Node and ours do with every kind of adapter; see
// clients/redis.mjs.
var redisCases = []string{"broadcasts", "binary and large", "fetch sockets", "join, leave and disconnect", "broadcast with acks",
	"server-side events", "emitter of Go"}

// A server of Node and one of ours have a Redis in common, and each reaches the
// other's clients. See clients/redis.mjs.
func TestRedisWithNode(t *testing.T) {
	need(t, "node", "clients", "redis")
	for _, tt := range []struct {
		kind string
		cfg  redis.Config
		want []string
	}{
		{"classic", redis.Config{}, append([]string{"emitter"}, redisCases...)},
		{"specific", redis.Config{SpecificResponses: true}, redisCases},
		{"sharded", redis.Config{Kind: redis.Sharded}, redisCases},
		{"streams", redis.Config{Kind: redis.Streams}, redisCases},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			t.Parallel()
			tt.cfg.URL = "redis://" + redisServer(t) // the databases of one have their channels in common
			tt.cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
			report(t, tt.want, script(t, nil, "redis.mjs", tt.kind, tt.cfg.URL, newPeer(t, tt.cfg).url))
		})
	}
}

// redisServer starts a Redis that keeps nothing.
func redisServer(t *testing.T) (address string) {
	t.Helper()
	return startRedis(t, func(port, _ string) []string { return []string{"--port", port} })
}

// startRedis starts a Redis that keeps nothing, with the arguments for two ports
// that are free. Somebody else may take one of them first: then it tries others.
func startRedis(t *testing.T, args func(port, bus string) []string) (address string) {
	t.Helper()
	var failed error
	for range 5 {
		ports := freePorts(t, 2)
		cmd := exec.Command("redis-server", append(args(ports[0], ports[1]), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())...)
		endWithParent(cmd)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		over := make(chan struct{})
		go func() {
			cmd.Wait()
			close(over)
		}()
		t.Cleanup(func() {
			cmd.Process.Kill()
			<-over
		})
		address = net.JoinHostPort("127.0.0.1", ports[0])
		if failed = isRedis(t, address, cmd.Process.Pid, over); failed == nil {
			return address
		}
	}
	t.Fatal(failed)
	return ""
}

// freePorts returns ports that were free a moment ago.
func freePorts(t *testing.T, n int) (ports []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	return ports
}

// isRedis waits until the process answers at the address, or is over.
func isRedis(t *testing.T, address string, pid int, over <-chan struct{}) error {
	client := goredis.NewClient(&goredis.Options{Addr: address})
	defer client.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	go func() {
		select {
		case <-over:
			cancel(errors.New("redis-server has ended"))
		case <-ctx.Done():
		}
	}()
	return until(ctx, patience, 10*time.Millisecond, func() error {
		info, err := client.Info(ctx, "server").Result()
		if err == nil && !strings.Contains(info, fmt.Sprintf("process_id:%d\r\n", pid)) {
			return fmt.Errorf("another Redis is at %s", address)
		}
		return err
	})
}

// order is what the script wants done.
type order struct {
	To, Except []string
	Local      bool
	Timeout    int // milliseconds
}

// peer is one of the servers that have a Redis in common.
type peer struct {
	chat    *socketio.Namespace
	hub     *redis.Hub
	emitter *redis.Emitter
	url     string
}

// newPeer serves the namespace /chat and does there what clients say.
func newPeer(t *testing.T, cfg redis.Config) *peer {
	t.Helper()
	hub, err := redis.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	emitter, err := redis.NewEmitter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := server.New(server.Options{Adapter: hub.Adapter, Guard: guard.Config{AnyOrigin: true, SessionsPerSecond: -1, UnauthenticatedConns: -1}, DrainSpread: -1})
	web := httptest.NewServer(srv)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		srv.Shutdown(ctx)
		web.Close()
		hub.Close()
		emitter.Close()
	})
	chat := srv.Of("/chat")
	chat.OnConnect(func(_ context.Context, s *socketio.Socket) error {
		s.SetData(map[string]string{"server": "go"})
		return nil
	})
	socketio.OnAck(chat, "join", func(_ context.Context, s *socketio.Socket, rooms []string) (struct{}, error) {
		return struct{}{}, s.Join(rooms...)
	})
	socketio.OnAck(chat, "do", func(ctx context.Context, s *socketio.Socket, a socketio.Args) (any, error) {
		var method string
		var o order
		if err := a.Bind(&method, &o); err != nil {
			return nil, err
		}
		args, err := behind(a, 2)
		if err != nil {
			return nil, err
		}
		if method == "emitter" {
			return true, emitter.Of("/chat").To(o.To...).Emit(ctx, eventOf(args), tail(args))
		}
		return obey(ctx, chat, method, o, args)
	})
	socketio.OnServerSideAck(chat, "double", func(_ context.Context, n int) (int, error) { return 2 * n, nil })
	socketio.OnServerSide(chat, "tell", func(_ context.Context, what string) error { return chat.Local().Emit("told", what) })
	return &peer{chat, hub, emitter, web.URL}
}

// behind returns the arguments behind the first n.
func behind(a socketio.Args, n int) (socketio.Args, error) {
	elements, attachments := a.Raw()
	return socketio.RawArgs(elements[n:], attachments)
}

// eventOf and tail are the name of an event and its arguments.
func eventOf(a socketio.Args) (name string) {
	a.Decode(0, &name)
	return name
}

func tail(a socketio.Args) socketio.Args {
	a, _ = behind(a, 1)
	return a
}

// obey does what Node calls method.
func obey(ctx context.Context, chat *socketio.Namespace, method string, o order, args socketio.Args) (any, error) {
	b := chat.To(o.To...).Except(o.Except...)
	if o.Local {
		b = b.Local()
	}
	if o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(o.Timeout)*time.Millisecond)
		defer cancel()
	}
	var rooms []string
	switch method {
	case "emit":
		return true, b.Emit(eventOf(args), tail(args))
	case "socketsJoin", "socketsLeave":
		if err := args.Decode(0, &rooms); err != nil {
			return nil, err
		}
		if method == "socketsJoin" {
			return true, b.SocketsJoin(rooms...)
		}
		return true, b.SocketsLeave(rooms...)
	case "disconnectSockets":
		return true, b.DisconnectSockets(false)
	case "emitWithAck":
		answers, err := socketio.CallAll[socketio.Args](ctx, b, eventOf(args), tail(args))
		if missing, ok := errors.AsType[*socketio.MissingError](err); ok {
			return map[string]int{"missing": missing.Clients, "answers": len(answers)}, nil
		}
		return firsts(answers), err
	case "fetchSockets":
		sockets, err := b.FetchSockets(ctx)
		var list []map[string]any
		for _, s := range sockets {
			list = append(list, map[string]any{"id": s.ID, "rooms": s.Rooms, "data": s.Data, "generation": s.Handshake.Generation.String()})
		}
		return list, err
	case "serverSideEmit":
		return true, chat.ServerSideEmit(eventOf(args), tail(args))
	case "serverSideEmitWithAck":
		return socketio.CallServers[int](ctx, chat, eventOf(args), tail(args))
	}
	return nil, fmt.Errorf("no method %q", method)
}

// firsts returns the first argument of each answer, binary ones as such.
func firsts(answers []socketio.Args) []any {
	list := []any{}
	for _, a := range answers {
		var b socketio.Binary
		if _, attachments := a.Raw(); len(attachments) > 0 && a.Decode(0, &b) == nil {
			list = append(list, b)
			continue
		}
		var v any
		a.Decode(0, &v)
		list = append(list, v)
	}
	return list
}
