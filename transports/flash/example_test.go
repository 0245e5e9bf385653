package flash_test

import (
	"context"
	"fmt"
	"io"
	"net"

	"github.com/everwire/everwire/transports/flash"
)

// A policy port: it would be 843 in earnest.
func Example() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	done := make(chan error)
	go func() {
		done <- flash.Serve(ctx, ln, flash.Policy{Domains: []string{"app.example.com"}, Ports: []int{8080}}, flash.Options{})
	}()

	// What a Flash client does before it connects to port 8080.
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	io.WriteString(conn, "<policy-file-request/>\x00")
	policy, _ := io.ReadAll(conn)
	fmt.Println(len(policy) > 0 && policy[len(policy)-1] == 0)

	stop()
	fmt.Println(<-done)
	// Output:
	// true
	// <nil>
}
