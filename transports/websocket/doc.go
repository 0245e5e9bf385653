// Package websocket is the WebSocket transport: it takes a connection over
// from the HTTP server and makes it the carrier of a session, of any dialect
// that protocol/ws knows and any codec that protocol/eio knows.
//
// A connection has one goroutine, its reader. It waits for bytes without
// holding a buffer, so an idle connection costs its stack and little more.
// Writing needs no goroutine of its own: when the session has something to
// send it wakes the carrier, and a goroutine drains the session's outbox and
// ends when the outbox is dry. There is never more than one, so frames are
// not mixed and no lock is held while writing.
//
// Over HTTP/2 a WebSocket is opened by an extended CONNECT (RFC 8441) and is one
// stream of the client's connection, served on the goroutine of its handler. Go
// offers that only in a process that was started with http2xconnect=1 in the
// variable GODEBUG, to clients over TLS, and then to all of them: a browser that
// has an HTTP/2 connection opens its WebSockets there. Programs that set the
// variable themselves need nothing else; see package server.
//
// An Engine.IO session that was opened by polling can be moved to a WebSocket:
// the connection then begins as a candidate, with a probe.
package websocket
