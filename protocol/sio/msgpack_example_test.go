package sio_test

import (
	"fmt"

	"github.com/everwire/everwire/protocol/sio"
)

// A packet as MessagePack, and back.
func ExampleAppendMsgpack() {
	wire, err := sio.AppendMsgpack(nil, sio.Packet{Type: sio.BinaryEvent, Attachments: 1,
		Data: []byte(`["photo",{"_placeholder":true,"num":0}]`), Binary: [][]byte{{1, 2, 3}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q\n", wire)
	var d sio.MsgpackDecoder
	p, _, err := d.AddBinary(wire)
	fmt.Println(p.Type, string(p.Data), p.Binary, err)
	// Output:
	// "\x83\xa4type\x02\xa4data\x92\xa5photo\xc4\x03\x01\x02\x03\xa3nsp\xa1/"
	// BINARY_EVENT ["photo",{"_placeholder":true,"num":0}] [[1 2 3]] <nil>
}
