package ws_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/everwire/everwire/protocol/ws"
)

// A broadcast is framed once for all receivers with the same slot.
func ExampleAppendMessage() {
	receivers := []ws.Dialect{ws.RFC6455, ws.Hixie75, ws.Hybi08}
	var frames [ws.Slots][]byte
	for i, dialect := range receivers {
		slot := dialect.Slot(false)
		if frames[slot] == nil {
			frame, err := ws.AppendMessage(nil, dialect, ws.Text, []byte("news"))
			if err != nil {
				continue // this dialect cannot carry it
			}
			frames[slot] = frame
		}
		fmt.Printf("to %d: % x\n", i, frames[slot])
	}
	// Output:
	// to 0: 81 04 6e 65 77 73
	// to 1: 00 6e 65 77 73 ff
	// to 2: 81 04 6e 65 77 73
}

func ExampleDeflater() {
	agreed := &ws.Deflate{ServerNoContextTakeover: true, ClientNoContextTakeover: true}
	z := ws.NewDeflater(agreed, ws.Server)
	defer z.Release()
	frame, err := z.AppendMessage(nil, ws.Text, []byte(strings.Repeat("again and ", 100)))
	if err != nil {
		fmt.Println(err)
		return
	}
	d := ws.NewDecoder(ws.DecoderOptions{Role: ws.Client, Deflate: agreed})
	_, ev, err := d.Decode(frame)
	fmt.Println(len(frame) < 100, ev.Type, len(ev.Data), ev.Compressed, err)
	// Output: true text 1000 true <nil>
}

func ExampleClientHandshake() {
	c := ws.ClientHandshake{Host: "example.com", Target: "/chat"}
	copy(c.Nonce[:], "the sample nonce") // use crypto/rand
	request, err := c.AppendRequest(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(strings.ReplaceAll(string(request), "\r\n", "\n"))
	// Output:
	// GET /chat HTTP/1.1
	// Host: example.com
	// Upgrade: websocket
	// Connection: Upgrade
	// Sec-WebSocket-Version: 13
	// Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
}

// A server that has every dialect on answers at once and completes the
// handshake when the client's nonce is there, which only Hixie76 has.
func ExampleParseRequestFor() {
	conn := bufio.NewReader(strings.NewReader("GET /demo HTTP/1.1\r\nHost: example.com\r\n" +
		"Connection: Upgrade\r\nUpgrade: WebSocket\r\nOrigin: http://example.com\r\n" +
		"Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\r\n" +
		"^n:ds[4U" + "\x00hello\xff"))
	r, err := http.ReadRequest(conn)
	if err != nil {
		fmt.Println(err)
		return
	}
	q, err := ws.ParseRequestFor(r, ws.AllDialects)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := q.AppendResponse(nil, ws.Response{Secure: r.TLS != nil})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(strings.ReplaceAll(string(answer), "\r\n", "\n"))
	if q.NonceLen() > 0 {
		var nonce [8]byte
		if _, err := io.ReadFull(conn, nonce[:]); err != nil { // with a deadline
			fmt.Println(err)
			return
		}
		digest, err := q.AppendDigest(nil, nonce)
		fmt.Printf("%s %v\n", digest, err)
	}
	frames, _ := io.ReadAll(conn)
	_, ev, err := ws.NewDecoder(ws.DecoderOptions{Dialect: q.Dialect}).Decode(frames)
	fmt.Printf("%v %s %v\n", ev.Type, ev.Data, err)
	// Output:
	// HTTP/1.1 101 WebSocket Protocol Handshake
	// Upgrade: WebSocket
	// Connection: Upgrade
	// Sec-WebSocket-Origin: http://example.com
	// Sec-WebSocket-Location: ws://example.com/demo
	//
	// 8jKS'y:G*Co,Wxa- <nil>
	// text hello <nil>
}

// A client of a hixie dialect masks nothing.
func ExampleClientHandshake_CheckHead() {
	c := ws.ClientHandshake{Dialect: ws.Hixie75, Host: "example.com", Target: "/demo", Origin: "http://example.com"}
	_, err := c.CheckHead([]byte("HTTP/1.1 101 Web Socket Protocol Handshake\r\n" +
		"Upgrade: WebSocket\r\nConnection: Upgrade\r\n" +
		"WebSocket-Origin: http://example.com\r\nWebSocket-Location: ws://example.com/demo\r\n\r\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	frame, err := ws.AppendMessage(nil, c.Dialect, ws.Text, []byte("hello"))
	fmt.Printf("%q %v\n", frame, err)
	// Output: "\x00hello\xff" <nil>
}
