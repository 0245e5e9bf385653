// Package socketio gives Socket.IO its meaning: namespaces, sockets, events,
// acknowledgements, rooms and broadcasts, over sessions of whatever transport
// and generation.
//
// Handlers are typed. A value that a handler returns is the acknowledgement:
//
//	chat := srv.Of("/chat")
//	chat.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
//		return s.Join("lobby")
//	})
//	socketio.On(chat, "say", func(ctx context.Context, s *socketio.Socket, m Say) error {
//		return s.To("lobby").Emit("line", m)
//	})
//	socketio.OnAck(chat, "sum", func(ctx context.Context, s *socketio.Socket, in []int) (int, error) {
//		return in[0] + in[1], nil
//	})
//
// # Who runs what
//
// Everything that runs code of the application goes through the mailbox of its
// Socket, one entry after the other: the connect handlers first, the
// disconnect handlers last, events in the order in which they came between
// them. So handlers of one socket need no lock among themselves, and handlers
// of different sockets run at the same time. A slow handler delays the events
// of its own socket only; pings and acks go past it. When a client's mailboxes
// are full the client is held back. A panic disconnects its socket alone.
//
// Emit never blocks: it queues the event for the client or says why it cannot.
// Send, from session.Session, is the form that waits.
//
// # Arguments
//
// JSON goes through encoding/json. A []byte argument travels as a binary
// attachment, and so does a Binary anywhere inside a value. A handler's
// parameter is decoded from the event's first argument; with Args it gets them
// all, undecoded.
//
// # Generations
//
// Clients of every Socket.IO there was can be in one namespace and in one room:
// those of 0.1 to 0.6 (Gen04, Gen06), which have messages only, of 0.7 to 0.9
// (Gen09), of 1.x and 2.x (Gen3), and those of today (Gen4). A message is the event
// "message" with one argument, so that
//
//	socketio.On(srv.Of("/"), "message", func(ctx context.Context, s *socketio.Socket, text string) error {
//		return s.Broadcast().Emit("message", text)
//	})
//
// is a chat for all of them. What a client's generation has no word for is refused:
// Emit and Call return ErrNoEvents, ErrNoAcks or ErrNoBinary, and a Broadcast leaves
// the client out. Config.EventMessages and Config.Base64 say what such clients get
// instead. Handshake.Generation tells them apart where that is needed.
//
// # Parsers
//
// Config.Parser exchanges the form that packets have on the wire, for clients
// that have the same one. MsgpackParser is for those with the npm package
// socket.io-msgpack-parser. Handlers do not see the difference.
//
// # More than one handler
//
// OnAny and OnAnyOutgoing see all events, UseEvents can refuse those that come
// in, and OnError is told of what fails. What registers something returns a
// function that takes it away again. Call asks one client and CallAll several;
// both wait for the answers as long as their context lets them.
//
// # Several servers
//
// Broadcasts, CallAll, FetchSockets, SocketsJoin, SocketsLeave and
// DisconnectSockets concern the clients of all servers that the Adapter reaches,
// and ServerSideEmit those servers. The Adapter in memory knows of one. Another
// one embeds it and adds its wire: with Config.Adapter each namespace gets one.
//
// # Coming back
//
// With Config.Recovery a client whose connection was lost comes back to its rooms
// and values, and gets the events that it has missed, in order. Socket.Recovered
// tells its connect handlers.
//
// # Sessions
//
// A Socket is a session.Session too: Namespace.Serve runs a session.Handler
// for each client of a namespace, and the event "message" carries its messages.
package socketio
