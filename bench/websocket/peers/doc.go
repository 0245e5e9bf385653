// Package peers has what the WebSocket servers under test have in common. Each
// of them is a package of its own below this one, written in the manner of its
// library's own documentation: an HTTP server on plain TCP that takes WebSockets
// at every path, echoes each message whole, checks that text is UTF-8, and does
// not compress. None has a limit on connections.
//
//	everwire   this project's server
//	gorilla    github.com/gorilla/websocket
//	coder      github.com/coder/websocket
//	gobwas     github.com/gobwas/ws
//	gws        github.com/lxzan/gws
//	nodews     ws of npm, on Node
package peers
