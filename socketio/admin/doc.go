// Package admin serves the protocol of @socket.io/admin-ui, a web page that
// shows a Socket.IO server's clients, rooms and events while they happen. The
// page is a program of its own: open a copy of it, enter the address of this
// server, a name and a password.
//
//	srv := socketio.NewServer(socketio.Config{})
//	ui, err := admin.Instrument(srv, admin.Config{
//		Authenticate: admin.Password("admin", os.Getenv("ADMIN_PASSWORD")),
//	})
//	...
//	defer ui.Close()
//
// Nothing of it exists in a server that was not instrumented. There is no way to
// have it without a login, and unless Config.Writable is set it only shows.
//
// # What is shown
//
// Whoever has logged in sees every socket with its address, header and query,
// every room, and every event with its arguments, in both directions. What may
// not be seen by a person must not be shown: with Config.Production the page gets
// numbers only. Cookies, credentials and the auth of the sockets are never
// among it.
//
// # What it costs
//
// Showing everything means that each event is encoded once more, whether anybody
// looks or not: with an adapter for several servers the person may be at another
// one. It is done by one goroutine, behind a bounded queue. When the queue is full,
// events are left out of what is shown; the server waits for nothing.
//
// # The protocol
//
// In the namespace "/admin" the server sends session, config, server_stats,
// all_sockets, socket_connected, socket_updated, socket_disconnected,
// room_joined, room_left, event_received and event_sent; a writable one takes
// emit, join, leave and _disconnect. Browsers must be allowed to come from where
// the page is: its origin is checked like any other.
package admin
