// Package websocket is the WebSocket transport: it takes a connection over
// from the HTTP server and makes it the carrier of a session, of any dialect
// that protocol/ws knows and any codec that protocol/eio knows.
//
// A connection has one goroutine, its reader, and that only while there is
// something to read, or soon may be: an idle one parks, and is watched by epoll
// where the system has that. See Listener for TLS.
//
// The reader writes what is sent while it handles what it has read. What others
// send wakes the carrier: a few goroutines for all connections write as much as
// goes without waiting, and a client that takes its time gets a goroutine for as
// long as its outbox is not dry. There is never more than one writer of a
// connection, so frames are not mixed and no lock is held while writing.
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
