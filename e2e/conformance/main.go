// Command conformance is a small server on the public API that protocol
// suites and foreign clients are pointed at. Nothing of it asks for a login, and
// pages of every origin may use it, so it should listen on loopback only.
//
//	/engine.io/   Engine.IO: every message comes back
//	/ws/echo      raw WebSocket: every message comes back
//	/socket.io/   Socket.IO of every generation: see the functions that begin
//	              with serve
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/everwire/everwire/handlers/echo"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/admin"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run() error {
	listen := flag.String("listen", "127.0.0.1:3000", "address to listen on")
	opts := server.Options{Guard: guard.Config{AnyOrigin: true, SessionsPerSecond: -1, UnauthenticatedConns: -1, LoginsPerMinute: -1}}
	flag.DurationVar(&opts.PingInterval, "ping-interval", 300*time.Millisecond, "time between the last pong and the next ping")
	flag.DurationVar(&opts.PingTimeout, "ping-timeout", 200*time.Millisecond, "time that a pong may take")
	flag.Int64Var(&opts.MaxPayload, "max-payload", 1_000_000, "largest Engine.IO message, in bytes")
	flag.Int64Var(&opts.MaxMessage, "max-message", 64<<20, "largest raw WebSocket message, in bytes")
	flag.DurationVar(&opts.ConnectTimeout, "connect-timeout", time.Second, "time in which a Socket.IO client must enter a namespace")
	flag.BoolVar(&opts.EventMessages, "event-messages", false, "let clients before 0.7 have events, as JSON messages")
	flag.BoolVar(&opts.Compression, "compression", true, "offer permessage-deflate")
	parser := flag.String("parser", "text", "form of Socket.IO packets: text or msgpack")
	origin := flag.String("origin", "", "the only foreign origin whose pages may come, with credentials")
	adminPassword := flag.String("admin-password", "", "serve the admin UI to the user admin with this password")
	adminWritable := flag.Bool("admin-writable", false, "let the admin UI act")
	window := flag.Duration("recovery", 0, "how long clients may come back whose connection was lost")
	drain := flag.Duration("drain", 5*time.Second, "how long clients may take to hear of the server's end; those that poll hear of it when they come back")
	defaults := flag.Bool("defaults", false, "use the server's own timings")
	verbose := flag.Bool("v", false, "log every session")
	flag.Parse()
	if *defaults {
		opts.PingInterval, opts.PingTimeout, opts.ConnectTimeout = 0, 0, 0
	}
	if *origin != "" {
		opts.Guard.AnyOrigin, opts.Guard.Origins = false, []string{*origin}
	}
	if *window > 0 {
		opts.Recovery = recovery(*window)
	}
	switch *parser {
	case "text":
	case "msgpack":
		opts.Parser = socketio.MsgpackParser{}
	default:
		return fmt.Errorf("no parser is called %q", *parser)
	}
	level := slog.LevelWarn
	if *verbose {
		level = slog.LevelDebug
	}
	opts.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))

	srv := server.New(opts)
	srv.HandleEngine("/engine.io/", echo.Handler{})
	srv.HandleRaw("echo", echo.Handler{})
	serveSocketIO(srv)
	serveClients(srv)
	serveFeatures(srv)
	serveRecovery(srv)
	if *adminPassword != "" {
		ui, err := admin.Instrument(srv.SocketIO(), admin.Config{
			Authenticate: admin.Password("admin", *adminPassword), Writable: *adminWritable, Interval: 300 * time.Millisecond})
		if err != nil {
			return err
		}
		defer ui.Close()
	}

	ln, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	fmt.Println("listening on http://" + ln.Addr().String())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	hs := srv.HTTPServer()
	drained := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(drained)
		bounded, cancel := context.WithTimeout(context.Background(), *drain)
		defer cancel()
		srv.Shutdown(bounded)
		hs.Shutdown(bounded)
	})
	// Serve returns as soon as the shutdown begins, or because it has failed.
	err = hs.Serve(ln)
	stop()
	<-drained
	if err != http.ErrServerClosed {
		return err
	}
	return nil
}

// serveSocketIO registers what the suites expect: the handshake's auth comes
// back as the event auth, message as message-back, and the arguments of
// message-with-ack as its ack. What clients before 1.0 send with send comes back
// in the same way, and nothing comes that they did not ask for.
func serveSocketIO(srv *server.Server) {
	old := func(s *socketio.Socket) bool { return s.Handshake().Generation < socketio.Gen3 }
	greet := func(_ context.Context, s *socketio.Socket) error {
		if old(s) {
			return greetOld(s)
		}
		return s.Emit("auth", json.RawMessage(s.Auth()))
	}
	root := srv.Of("/")
	root.OnConnect(greet)
	srv.Of("/custom").OnConnect(greet)

	socketio.On(root, "message", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
		if old(s) {
			return answerOld(root, s, args)
		}
		return s.Emit("message-back", args)
	})
	socketio.OnAck(root, "message-with-ack", func(_ context.Context, _ *socketio.Socket, args socketio.Args) (socketio.Args, error) {
		return args, nil
	})
	socketio.OnAck(root, "echo", func(_ context.Context, s *socketio.Socket, args socketio.Args) (socketio.Args, error) {
		return args, s.Emit("echo", args)
	})
	socketio.On(root, "bcast", func(_ context.Context, _ *socketio.Socket, args socketio.Args) error {
		return root.Emit("news", args)
	})
}
