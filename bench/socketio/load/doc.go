// Package load puts load on a Socket.IO server: a crowd of clients of Engine.IO 4
// and Socket.IO 5, or of Engine.IO 3 and Socket.IO 4 as in Socket.IO 1.x and 2.x,
// over WebSocket or polling, served by one goroutine over epoll.
//
// It is the same for every server and costs little beside any of them: requests
// and frames are made beforehand, and an answer is compared with what must come
// and not decoded. A server that changes, loses or invents an event, or breaks
// a protocol, ends the measurement with an error.
//
// What it expects of a server: the event echo is acknowledged with its argument,
// the event news is what goes to all, and the event shout has the server send its
// argument to all as news.
//
// Linux only.
package load
