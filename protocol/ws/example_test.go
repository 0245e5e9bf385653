package ws_test

import (
	"fmt"
	"strings"

	"github.com/everwire/everwire/protocol/ws"
)

// A broadcast is framed once for all receivers with the same slot.
func ExampleAppendMessage() {
	receivers := []ws.Dialect{ws.RFC6455, ws.RFC6455}
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
	// to 1: 81 04 6e 65 77 73
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
