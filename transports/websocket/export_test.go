package websocket

import (
	"net"
	"runtime"
	"testing"
	"time"
)

// ReadWith reads from conn as a carrier does, by the means for connections
// that are no sockets if plain is set, until it ends.
func ReadWith(conn net.Conn, plain bool, feed func([]byte)) error {
	src := newSource(conn)
	if plain {
		src = source{conn: conn}
	}
	for {
		if err := src.read(true, feed); err != nil {
			return err
		}
	}
}

// SetMessageTimeout shortens the time for a message during a test.
func SetMessageTimeout(t *testing.T, d time.Duration) {
	old := messageTimeout
	messageTimeout = d
	t.Cleanup(func() { messageTimeout = old })
}

// SetPatience changes during a test after which pauses a reader parks, and how
// long it waits before it does.
func SetPatience(t *testing.T, pause, wait time.Duration) {
	oldSoon, oldPatient := soon, patient
	soon, patient = pause, wait
	t.Cleanup(func() { soon, patient = oldSoon, oldPatient })
}

// WriteOutput writes parts as one output does.
func WriteOutput(conn net.Conn, parts ...[]byte) error {
	o := newOutput()
	defer o.release()
	for _, p := range parts {
		o.append(p)
	}
	return o.write(conn, descriptorOf(conn))
}

// OutputBytes joins parts as one output does.
func OutputBytes(parts ...[]byte) []byte {
	o := newOutput()
	for _, p := range parts {
		o.append(p)
	}
	return o.bytes()
}

// PoolArray returns how long the array of a pool's queue becomes while n
// connections are woken in turn, busy of them waiting at any time.
func PoolArray(n, busy int) int {
	p := pool{workers: runtime.GOMAXPROCS(0)} // nobody works
	most := 0
	for i := range n {
		p.add(&carrier{})
		if i >= busy {
			p.head++ // as a worker does
		}
		most = max(most, cap(p.queue))
	}
	return most
}
