package googollee_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"

	socketio "github.com/googollee/go-socket.io"
	"github.com/googollee/go-socket.io/engineio"
	"github.com/googollee/go-socket.io/engineio/transport"

	"github.com/everwire/everwire/compat/googollee"
)

// A program that was written for go-socket.io: the constructor is what has
// changed. Clients of every generation can talk to it now.
func Example() {
	server := googollee.NewServer(nil)

	server.OnConnect("/", func(s socketio.Conn) error {
		s.SetContext("")
		return nil
	})
	server.OnEvent("/", "notice", func(s socketio.Conn, msg string) {
		s.Emit("reply", "have "+msg)
	})
	server.OnEvent("/chat", "msg", func(s socketio.Conn, msg string) string {
		s.SetContext(msg)
		return "recv " + msg
	})
	server.OnDisconnect("/", func(s socketio.Conn, reason string) {
		fmt.Println("closed:", reason)
	})

	go server.Serve()
	defer server.Close()

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", server)
	fmt.Println(server.Count(), "clients")
	// Output: 0 clients
}

// An existing go-socket.io engine with our transport in place of its own, and a
// client of 2010 that speaks hixie-76 to it.
func ExampleTransport() {
	eio := engineio.NewServer(&engineio.Options{
		Transports: []transport.Transport{&googollee.Transport{}},
	})
	site := httptest.NewServer(eio)
	defer site.Close()
	go func() {
		conn, err := eio.Accept()
		if err != nil {
			return
		}
		for copyMessage(conn) == nil {
		}
	}()

	host := strings.TrimPrefix(site.URL, "http://")
	client, err := net.Dial("tcp", host)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	fmt.Fprintf(client, "GET /socket.io/?EIO=3&transport=websocket HTTP/1.1\r\nHost: %s\r\n"+
		"Upgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://%[1]s\r\n"+
		"Sec-WebSocket-Key1: 18x 6]8vM;54 *(5:  {   U1]8  z [  8\r\n"+
		"Sec-WebSocket-Key2: 1_ tx7X d  <  nw  334J702) 7]o}` 0\r\n\r\nTm[K T2u", host)
	in := bufio.NewReader(client)
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	digest := make([]byte, 16)
	io.ReadFull(in, digest)
	fmt.Println(answer.Status, string(digest))
	in.ReadString(0xff) // the open packet
	io.WriteString(client, "\x004hello\xff")
	echo, _ := in.ReadString(0xff)
	fmt.Printf("%q\n", echo)
	// Output:
	// 101 WebSocket Protocol Handshake fQJ,fN/4F4!~K~MH
	// "\x004hello\xff"
}
