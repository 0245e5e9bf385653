package redis

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"github.com/everwire/everwire/socketio"
)

// message is what passes between the servers of one namespace, whatever its form
// on the wire.
type message struct {
	kind    kind
	from    string // uid of the server that sends it; not known of every reply
	asker   string // uid of the server that a reply is for
	request string // id of a request and its replies; empty if nobody waits

	to, except             []string // which sockets are meant
	volatile, uncompressed bool
	timeout                time.Duration // how long replies are of use; 0 if that is not said
	event                  string
	args                   socketio.Args // of an event or an answer

	rooms   []string // to join or leave, or that exist
	close   bool     // the connections, too
	sockets []socketio.SocketInfo
	ids     []string // of sockets
	count   int
}

// kind is what a message wants.
type kind uint8

const (
	broadcast   kind = iota
	ask              // broadcast with acks
	fetch            // tell of your sockets
	join             // let sockets join rooms
	leave            // let them leave
	disconnect       // them
	serverEvent      // an event for servers
	listIDs          // tell the ids of your sockets
	listRooms        // tell your rooms

	// Replies.
	clientCount  // so many were asked
	clientAnswer // an ack of one of them
	socketList
	serverAnswer
	idList
	roomList
	done
)

// isReply reports whether somebody has asked for the message.
func (k kind) isReply() bool { return k >= clientCount }

// name is for logs.
func (k kind) String() string {
	return [...]string{"broadcast", "ask", "fetch", "join", "leave", "disconnect", "server event", "list of ids", "list of rooms",
		"client count", "client's answer", "sockets", "server's answer", "ids", "rooms", "done"}[k]
}

// errMessage says that what came from Redis is not what servers send each other.
var errMessage = errors.New("redis: bad message")

// newID returns a random id for a server or a request: 16 hexadecimal digits.
func newID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// selection returns the sockets that a message is about, of this server.
func (m *message) selection(ns *socketio.Namespace) socketio.Selection {
	return socketio.Selection{Namespace: ns, To: m.to, Except: m.except}
}

// delivery returns the event that a message carries.
func (m *message) delivery(ns *socketio.Namespace) socketio.Delivery {
	return socketio.Delivery{Selection: m.selection(ns), Event: m.event, Args: m.args,
		Volatile: m.volatile, Uncompressed: m.uncompressed}
}

// of returns the message for a delivery.
func of(k kind, d *socketio.Delivery) message {
	return message{kind: k, to: d.To, except: d.Except, event: d.Event, args: d.Args,
		volatile: d.Volatile, uncompressed: d.Uncompressed}
}
