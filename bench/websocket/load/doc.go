// Package load puts load on a WebSocket server: a crowd of connections of
// RFC 6455, served by one goroutine over epoll.
//
// It is the same for every server and costs little beside any of them: frames are
// made and masked beforehand, and an answer is compared with what must come and
// not decoded. What it sends is ASCII text; a server that changes, loses or
// invents a message, or breaks the protocol, ends the measurement with an error.
//
// The echo is a closed loop: each connection has one message on its way, and
// sends the next when the answer is there. So a slow server is not buried, and
// what it takes per message is comparable.
//
// Linux only.
package load
