// Package server is the front door of the library: an http.Handler that speaks
// Socket.IO and WebSocket to whatever client comes, and hands its sessions to
// the program's handlers.
//
//	srv := server.New(server.Options{Logger: slog.Default()})
//	socketio.On(srv.Of("/"), "hello", func(ctx context.Context, s *socketio.Socket, name string) error {
//		return s.Emit("welcome", name)
//	})
//	srv.Handle("echo", echo.Handler{}) // at /ws/echo, and as namespace /echo
//	http.ListenAndServe("127.0.0.1:8080", srv)
//
// # Routes
//
//	/socket.io/      Socket.IO; Options.Path changes it
//	/socket.io/*.js  the client for browsers, if Options.Client has it
//	/ws/<name>       raw WebSockets of the handlers given to Handle
//	/healthz         how the server is
//	/login, /logout  if Options.Guard has a token
//	/tickets         likewise
//
// and those that the program adds: HandleEngine, Page, Action, Public.
//
// # Access
//
// Every route passes the guard first (package server/guard): Host, Origin,
// credential, limits, before any session exists. A route without a guard cannot
// be registered. Without a token in Options.Guard there is no login, but pages
// of foreign origins are kept out all the same, and on connections to a loopback
// address the Host must be localhost, a name below it or an IP address: a proxy
// on the same machine that keeps public names needs them in guard.Config.Hosts.
//
// # Middleware
//
// UseEngine puts http.Handlers of the program between the guard and the
// transports, for every request of Engine.IO, as io.engine.use does for Node:
//
//	srv.UseEngine(func(next http.Handler) http.Handler {
//		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
//			w.Header().Set("X-Served-By", "node 7") // in the answer to an upgrade too
//			next.ServeHTTP(w, r)
//		})
//	})
//
// # HTTP/2
//
// Polls and pages work over HTTP/2 as they are. WebSockets then use a connection
// of HTTP/1.1 beside it, unless the process was started with http2xconnect=1 in
// the variable GODEBUG: from there on net/http offers extended CONNECT (RFC
// 8441), and browsers open their WebSockets as streams of the connection that
// they have. Every endpoint here copes with both. That switch is Go's, for the
// whole process: other WebSocket libraries in it may not cope. Only the RFC 6455
// dialect exists there, and http.Server.Shutdown knows these WebSockets as the
// requests that they are.
//
// # Shutdown
//
// Taken-over connections are unknown to http.Server, so Shutdown of this server
// comes first: it answers pending polls, sends close frames, and waits for
// handlers. It takes its time, Options.DrainSpread, so that the clients do not
// all come back in one moment.
package server
