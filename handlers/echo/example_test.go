package echo_test

import (
	"context"
	"fmt"

	"github.com/everwire/everwire/handlers/echo"
	"github.com/everwire/everwire/session"
)

func ExampleHandler() {
	client := newFake(context.Background()) // a session of any transport
	go echo.Handler{}.ServeSession(client)

	client.in <- session.Message{Kind: session.Text, Data: []byte("hello")}
	answer := <-client.out
	fmt.Printf("%s %q\n", answer.Kind, answer.Data)
	close(client.in) // the client leaves, and with it the handler
	// Output: text "hello"
}
