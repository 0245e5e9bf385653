package admin_test

import (
	"fmt"

	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/admin"
)

// A server that the page may look at, but not change.
func ExampleInstrument() {
	srv := socketio.NewServer(socketio.Config{}) // or server.New(...).SocketIO()
	ui, err := admin.Instrument(srv, admin.Config{
		Authenticate: admin.Password("admin", "a long password from the configuration"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ui.Close()
	fmt.Println(srv.Names())
	// Output: [/admin]
}
