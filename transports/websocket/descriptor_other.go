//go:build !unix

package websocket

import "net"

// descriptor is a socket to be used past its connection's own methods, which
// is not done here.
type descriptor struct{}

func descriptorOf(net.Conn) descriptor { return descriptor{} }

func (descriptor) exists() bool                    { return false }
func (descriptor) read(bool, func([]byte)) error   { return errNothing }
func (descriptor) take([]byte) (n int, err error)  { return 0, errNothing }
func (descriptor) write([]byte) (n int, err error) { return 0, nil }
