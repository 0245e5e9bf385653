package eio_test

import (
	"fmt"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

func ExampleCodec() {
	out, binary, err := eio.V4.AppendMessage(nil, session.Packet{Type: session.PacketMessage, Data: []byte("hello")})
	fmt.Printf("%s %v %v\n", out, binary, err)
	p, err := eio.V4.DecodeMessage([]byte("2probe"), false)
	fmt.Printf("%v %s %v\n", p.Type, p.Data, err)
	// Output:
	// 4hello false <nil>
	// ping probe <nil>
}

// The body of a POST carries three packets.
func ExampleCodec_payload() {
	body := []byte("4hello\x1ebAQID\x1e3")
	for p, err := range eio.V4.DecodePayload(body) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%v %v %q\n", p.Type, p.Kind, p.Data)
	}
	// Output:
	// message text "hello"
	// message binary "\x01\x02\x03"
	// pong text ""
}

// An answer of at most 10 bytes has room for two of three packets.
func ExampleSizer() {
	ps := []session.Packet{
		{Type: session.PacketMessage, Data: []byte("one")},
		{Type: session.PacketMessage, Kind: session.Binary, Data: []byte{1, 2, 3}},
		{Type: session.PacketPing},
	}
	n := eio.V4.(eio.Sizer).Fit(ps, 10)
	body, err := eio.V4.AppendPayload(nil, ps[:n])
	fmt.Printf("%q %v\n", body, err)
	// Output: "4one\x1ebAQID" <nil>
}

func ExampleAppendOpen() {
	fmt.Printf("%s\n", eio.AppendOpen(nil, eio.Handshake{
		SID:          "eVY-94aJQbuPZpLBAAAD",
		Upgrades:     []string{"websocket"},
		PingInterval: 25 * time.Second,
		PingTimeout:  20 * time.Second,
		MaxPayload:   1_000_000,
	}))
	// Output: 0{"sid":"eVY-94aJQbuPZpLBAAAD","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
}

func ExampleParseOpen() {
	p, err := eio.V4.DecodeMessage([]byte(`0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000}`), false)
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := eio.ParseOpen(p.Data)
	fmt.Println(h.SID, h.PingInterval, err)
	// Output: x 25s <nil>
}

func ExampleRefusal() {
	r := eio.SessionUnknown
	fmt.Printf("%d %s\n", r.Status, r.AppendJSON(nil))
	// Output: 400 {"code":1,"message":"Session ID unknown"}
}

// A body with binary data for a client of Engine.IO 3.
func ExampleBinaryPayloader() {
	ps := []session.Packet{
		{Type: session.PacketMessage, Data: []byte("hi€")},
		{Type: session.PacketMessage, Kind: session.Binary, Data: []byte{1, 2, 3}},
	}
	for _, c := range []eio.Codec{eio.V3, eio.V3Base64} {
		encode := c.AppendPayload
		if b := c.(eio.BinaryPayloader); b.IsBinaryPayload(ps) {
			encode = b.AppendBinaryPayload
		}
		body, err := encode(nil, ps)
		fmt.Printf("%q %v\n", body, err)
	}
	// Output:
	// "\x00\x06\xff4hi€\x01\x04\xff\x04\x01\x02\x03" <nil>
	// "4:4hi€6:b4AQID" <nil>
}

// The first message of an old client says of which generation it is.
func ExampleDecide() {
	for _, data := range []string{"~m~2~m~hi", `["hi"]`} {
		p, err := eio.Gen0406.DecodeMessage([]byte(data), false)
		fmt.Println(eio.Decide([]byte(data)).Name(), string(p.Data), err)
	}
	// Output:
	// Socket.IO 0.6 hi <nil>
	// Socket.IO 0.4 hi <nil>
}

func ExampleUndouble() {
	for _, text := range []string{"h\u00c3\u00a9", "hé", "he"} {
		out, verdict := eio.Undouble([]byte(text))
		fmt.Printf("%s %v\n", out, verdict)
	}
	// Output:
	// hé double
	// hé single
	// he unknown
}
