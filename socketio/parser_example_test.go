package socketio_test

import "github.com/everwire/everwire/socketio"

// A server for clients with the npm package socket.io-msgpack-parser.
func ExampleMsgpackParser() {
	srv := socketio.NewServer(socketio.Config{Parser: socketio.MsgpackParser{}})
	srv.Of("/")
}
