package websocket

import "net"

// Listener returns a listener like ln, which accepts TCP, to put TLS on. TLS
// connections over it need no goroutine and no buffer for reading while they
// are idle. Without TLS it changes nothing: plain connections need neither as
// they are.
func Listener(ln net.Listener) net.Listener { return listener{ln} }

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn, nil
	}
	b := &below{TCPConn: tcp, socket: descriptorOf(tcp)}
	if !b.socket.exists() {
		return conn, nil
	}
	return b, nil
}

// below is a connection that TLS is put on.
type below struct {
	*net.TCPConn
	socket descriptor
	// hasty has Read return errNothing in place of waiting. Whoever reads sets
	// it.
	hasty bool
}

// Read reads what is there.
func (b *below) Read(p []byte) (int, error) {
	if !b.hasty || len(p) == 0 {
		return b.TCPConn.Read(p)
	}
	return b.socket.take(p)
}
