// Package googollee runs handlers that were written for
// github.com/googollee/go-socket.io v1.7.0 on this server: the constructor is all
// that changes.
//
//	server := googollee.NewServer(nil) // was: socketio.NewServer(nil)
//	server.OnEvent("/", "notice", func(s socketio.Conn, msg string) {
//		s.Emit("reply", "have "+msg)
//	})
//	go server.Serve()
//	defer server.Close()
//	http.Handle("/socket.io/", server)
//
// Handlers keep that module's types: they get its socketio.Conn. What they gain is
// every other generation of clients, 3.x and 4.x among them, limits, and a server
// that one slow client does not hold up. New takes this server's own options, and
// Server.Server leads to its API, so that a program can move step by step.
//
// A program that names the type says *googollee.Server where it said
// *socketio.Server; the methods are the same.
//
// # What is different
//
//   - Ids are random, and a client has another one in each namespace.
//   - Emit does not block. What a full outbox does is server.Options.Overflow.
//   - OnDisconnect is called exactly once for each client that OnConnect let in,
//     and it is told this server's reasons, the ones of Node's.
//   - A page of another origin is let in only by a CheckOrigin of the transports in
//     engineio.Options, or by New. The original let any page poll.
//   - An ack is sent to a client that asks for one even if its handler returns
//     nothing.
//   - Options.SessionIDGenerator and Options.ConnInitor have no effect. Adapter
//     returns an error: see server.Options.Adapter.
//   - A parser.Buffer is sent as binary where it is itself an argument.
//
// # The other direction
//
// Transport is a transport for that module's engineio, with every WebSocket
// dialect of package ws: an existing go-socket.io server can take it in place of its
// own and then talks to clients with hixie WebSockets and to Flash.
package googollee
