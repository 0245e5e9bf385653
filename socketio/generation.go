package socketio

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/everwire/everwire/session"
)

// Generation is a generation of Socket.IO: clients of one understand each other's
// servers. Later ones are greater.
type Generation uint8

// The generations, by the versions of the clients.
const (
	Gen04 Generation = iota + 1 // 0.1 to 0.4: messages only
	Gen06                       // 0.5 and 0.6: messages only
	Gen09                       // 0.7 to 0.9: namespaces, events and acks, nothing binary
	Gen3                        // 1.0 to 2.5, with Engine.IO 3
	Gen4                        // 3.0 and later, with Engine.IO 4
)

var generationNames = [...]string{Gen04: "Gen04", Gen06: "Gen06", Gen09: "Gen09", Gen3: "Gen3", Gen4: "Gen4"}

// String returns the constant's name, such as "Gen09".
func (g Generation) String() string {
	if g.valid() {
		return generationNames[g]
	}
	return fmt.Sprintf("Generation(%d)", g)
}

func (g Generation) valid() bool { return g >= Gen04 && g <= Gen4 }

// dialect is what the clients of one generation have in common: the form of their
// packets, and where their ways differ from those of the others. It is shared by
// all clients of the generation and not modified.
type dialect struct {
	srv        *Server
	generation Generation
	form       form
	wire       wire
	// protocol is what Peer.Protocol says behind the transport's.
	protocol string

	// entersRoot: the client is in the root namespace without asking. It waits
	// there for others until the root has let it in; what it sends for a namespace
	// that it is not in is ignored, and entering one twice is answered twice.
	entersRoot bool
	// rootIsAll: who is out of the root namespace is out of all, and the connection
	// ends. A client that asks for a namespace that does not exist hears nothing.
	rootIsAll bool
	// queryIsAuth: what the client has to say of itself when it enters a namespace
	// is a query behind the name.
	queryIsAuth bool
	// bareErrors: a refusal is the error's data or message, with no object around.
	bareErrors bool
	// closeLeaves: a client closes its connection by leaving the root namespace.
	closeLeaves bool
	// lateAcks: ids of acks begin at 1.
	lateAcks bool
	// recovers: clients know of offsets; see Recovery.
	recovers bool
	// textOnly: nothing binary gets through.
	textOnly bool
}

// newDialects returns the dialects of a server's clients, by generation.
func (srv *Server) newDialects() [Gen4 + 1]*dialect {
	cfg := &srv.cfg
	messages := wireMessage{events: cfg.EventMessages, base64: cfg.Base64}
	return [...]*dialect{
		Gen4: {srv: srv, generation: Gen4, protocol: ", Socket.IO 5", recovers: true,
			form: formV5, wire: parserWire{parser: cfg.Parser, maxAttachments: cfg.MaxAttachments}},
		Gen3: {srv: srv, generation: Gen3, protocol: ", Socket.IO 4", entersRoot: true, queryIsAuth: true, bareErrors: true,
			form: formV4, wire: parserWire{parser: parserV4{}, maxAttachments: cfg.MaxAttachments}},
		Gen09: {srv: srv, generation: Gen09, entersRoot: true, rootIsAll: true, queryIsAuth: true, closeLeaves: true,
			lateAcks: true, textOnly: true, form: form09, wire: wire09{base64: cfg.Base64}},
		Gen06: {srv: srv, generation: Gen06, entersRoot: true, rootIsAll: true, textOnly: true, form: formMessage, wire: messages},
		Gen04: {srv: srv, generation: Gen04, entersRoot: true, rootIsAll: true, textOnly: true, form: formMessage, wire: messages},
	}
}

// socketID returns the id of a new socket. Those of today's clients know no other
// than this one. Up to 2.x a client has one id, behind the namespace's name where
// it is not in the root; what it takes for that id is the session's, which
// authorises and so is nobody else's business. This one is made of it.
func (d *dialect) socketID(conn *session.Conn, namespace string) string {
	switch {
	case !d.entersRoot:
		return newSocketID()
	case d.generation == Gen3 && namespace != "/":
		return namespace + "#" + publicID(conn.ID())
	}
	return publicID(conn.ID())
}

// publicID returns 20 characters from which a session's id cannot be told.
func publicID(session string) string {
	sum := sha256.Sum256([]byte("everwire: public id of session " + session))
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}
