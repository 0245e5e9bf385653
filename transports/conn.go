package transports

import "net"

// Unwrapper is for connections of a listener that looks at the first bytes and
// then has nothing more to do. A transport reads such a connection by its
// descriptor, which saves a buffer for each connection that is idle. Without
// this method it calls Read of whatever is not exactly a *net.TCPConn or
// *net.UnixConn: a wrapper may change what is read, even one that embeds a
// *net.TCPConn and so offers its descriptor.
type Unwrapper interface {
	// Unwrapped returns the connection below, or nil while Read still has
	// bytes of its own to give or changes what is read. It does not block.
	Unwrapped() *net.TCPConn
}
