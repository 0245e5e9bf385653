// Package peers has the Socket.IO servers under test, each in a folder of its
// own and written in the manner of its library's own documentation: an HTTP
// server on plain TCP or TLS with all of the library's defaults, no limit on
// connections, and no compression. The event echo is acknowledged with its
// argument; a broadcast is the event news to the root namespace; the event shout
// has its argument broadcast.
//
//	everwire   this project's server
//	node       socket.io of npm, on Node, version 4 or 2
//	googollee  github.com/googollee/go-socket.io, which speaks Engine.IO 3 only
package peers
