package sio_test

import (
	"encoding/json"
	"fmt"

	"github.com/everwire/everwire/protocol/sio"
)

// A client has emitted an event and wants it acknowledged.
func ExampleDecodePacket() {
	p, err := sio.DecodePacket([]byte(`2/chat,0["say","hello",{"to":"all"}]`), sio.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	els, err := sio.SplitArray(p.Data)
	if err != nil {
		fmt.Println(err)
		return
	}
	name, err := sio.EventName(els[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Type, p.Namespace, p.ID, p.HasID)
	fmt.Printf("%s: %s\n", name, els[1:])
	// Output:
	// EVENT /chat 0 true
	// say: ["hello" {"to":"all"}]
}

func ExampleAppendPacket() {
	data := sio.AppendEvent(nil, "say", [][]byte{[]byte(`"hello"`), []byte(`{"to":"all"}`)})
	text, err := sio.AppendPacket(nil, sio.Packet{Type: sio.Event, Namespace: "/chat", Data: data})
	fmt.Println(string(text), err)
	// Output: 2/chat,["say","hello",{"to":"all"}] <nil>
}

// A picture comes as a packet and an attachment. The argument is decoded into a
// struct with a []byte.
func ExampleDecoder() {
	var d sio.Decoder
	if _, done, err := d.Add([]byte(`51-["pic",{"name":"a.png","data":{"_placeholder":true,"num":0}}]`)); err != nil || done {
		fmt.Println(err)
		return
	}
	p, done, err := d.AddBinary([]byte{0x89, 'P', 'N', 'G'})
	if err != nil || !done {
		fmt.Println(err)
		return
	}
	els, err := sio.SplitArray(p.Data)
	if err != nil {
		fmt.Println(err)
		return
	}
	arg, err := sio.InlineBinary(nil, els[1], p.Binary)
	if err != nil {
		fmt.Println(err)
		return
	}
	var pic struct {
		Name string
		Data []byte
	}
	if err := json.Unmarshal(arg, &pic); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %q\n", pic.Name, pic.Data)
	// Output: a.png: "\x89PNG"
}

func ExampleIsPlaceholder() {
	num, ok := sio.IsPlaceholder([]byte(`{"num":2,"_placeholder":true}`))
	fmt.Println(num, ok)
	// Output: 2 true
}

// Two lists of arguments, each with its own attachment number 0, become one.
func ExampleRenumber() {
	first := []byte(`{"_placeholder":true,"num":0}`)
	second, err := sio.Renumber([]byte(`{"data":{"_placeholder":true,"num":0}}`), 1)
	fmt.Println(string(sio.AppendEvent(nil, "both", [][]byte{first, second})), err)
	// Output: ["both",{"_placeholder":true,"num":0},{"data":{"_placeholder":true,"num":1}}] <nil>
}
