package chat_test

import (
	"fmt"

	"github.com/everwire/everwire/handlers/chat"
	"github.com/everwire/everwire/socketio"
)

// A program has its namespaces from server.Server.Of.
func ExampleChat_Mount() {
	srv := socketio.NewServer(socketio.Config{})
	rooms := chat.New(chat.Config{History: 20})
	rooms.Mount(srv.Of("/chat"))
}

// Pages without script post and read by form.
func ExampleChat_Post() {
	rooms := chat.New(chat.Config{})
	if err := rooms.Post("lobby", "Ada", "Good morning"); err != nil {
		fmt.Println(err)
	}
	if err := rooms.Post("lobby", "Ada", ""); err != nil {
		fmt.Println(err.(*chat.Refusal).Message)
	}
	for _, l := range rooms.Lines("lobby") {
		fmt.Println(l.Seq, l.Name, l.Text)
	}
	// Output:
	// The message is empty.
	// 1 Ada Good morning
}
