package flash_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
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

// A server that Flash programs in Ruffle reach too: what the proxy accepts is
// served like the rest, but nothing there speaks for a proxy.
func ExampleProxy() {
	srv := server.New(server.Options{})
	proxy := flash.NewProxy(flash.ProxyConfig{})
	srv.HandleRawAt("/flash/tcp", proxy)

	inner := srv.HTTPServer()
	inner.Handler = guard.Direct(srv)
	go inner.Serve(proxy)
	defer inner.Close() // and the proxy

	outer := srv.HTTPServer()
	outer.Addr = "127.0.0.1:8080"
	if err := outer.ListenAndServe(); err != http.ErrServerClosed {
		log.Print(err)
	}
}
