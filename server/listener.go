package server

import (
	"net"

	"github.com/everwire/everwire/transports/websocket"
)

// Listener returns a listener like ln, which accepts TCP, for a server that
// speaks TLS:
//
//	hs := srv.HTTPServer()
//	err := hs.ServeTLS(server.Listener(ln), "cert.pem", "key.pem")
//
// An idle WebSocket then takes less than half the memory. Without TLS, or on a
// system without epoll, it changes nothing.
func Listener(ln net.Listener) net.Listener { return websocket.Listener(ln) }
