//go:build !linux

package websocket

import "net"

func tune(net.Conn) {}
