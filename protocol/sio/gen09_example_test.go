package sio_test

import (
	"fmt"

	"github.com/everwire/everwire/protocol/sio"
)

// An event of a client of Socket.IO 0.9 comes in, and its ack goes out.
func ExampleDecodePacket09() {
	p, err := sio.DecodePacket09([]byte(`5:1+:/chat:{"name":"add","args":[1,2]}`), sio.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	name, args, err := sio.ParseEvent09(p.Data)
	fmt.Printf("%v %s %s %v\n", p.Endpoint, name, args, err)

	out, err := sio.AppendPacket09(nil, sio.Packet09{
		Type: sio.Ack09, Endpoint: p.Endpoint, Data: sio.AppendAck09(nil, p.ID, [][]byte{[]byte("3")}),
	})
	fmt.Printf("%s %v\n", out, err)
	// Output:
	// /chat add [1,2] <nil>
	// 6::/chat:1+[3] <nil>
}

// The server of Socket.IO 2 refuses a namespace.
func ExampleAppendPacketV4() {
	out, err := sio.AppendPacketV4(nil, sio.Packet{Type: sio.ConnectError, Namespace: "/nope", Data: []byte(`"Invalid namespace"`)})
	fmt.Printf("%s %v\n", out, err)
	// Output: 4/nope,"Invalid namespace" <nil>
}

func ExampleAppendASCII() {
	fmt.Printf("%s\n", sio.AppendASCII(nil, []byte(`["hé","😀"]`)))
	// Output: ["h\u00e9","\ud83d\ude00"]
}
