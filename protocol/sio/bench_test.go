package sio_test

import (
	"testing"

	"github.com/everwire/everwire/protocol/sio"
)

const chatLine = "a line of chat, as people write them"

func BenchmarkDecodeEvent(b *testing.B) {
	text := []byte(`20["echo","` + chatLine + `"]`)
	var d sio.Decoder
	els := make([][]byte, 0, 4)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		p, _, err := d.Add(text)
		if err != nil {
			b.Fatal(err)
		}
		if els, err = sio.AppendElements(els[:0], p.Data); err != nil {
			b.Fatal(err)
		}
		if name, err := sio.EventName(els[0]); err != nil || string(name) != "echo" {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeEvent(b *testing.B) {
	args := [][]byte{[]byte(`"` + chatLine + `"`)}
	var data, buf []byte
	b.ReportAllocs()
	for b.Loop() {
		data = sio.AppendEvent(data[:0], "echo", args)
		var err error
		if buf, err = sio.AppendPacket(buf[:0], sio.Packet{Type: sio.Event, Namespace: "/chat", Data: data}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReassemble(b *testing.B) {
	text := []byte(`51-["echo",{"_placeholder":true,"num":0}]`)
	part := make([]byte, 1024)
	var d sio.Decoder
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := d.Add(text); err != nil {
			b.Fatal(err)
		}
		if _, done, err := d.AddBinary(part); !done || err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckPlaceholders(b *testing.B) {
	raw := []byte(`["pic",{"name":"a.png","data":{"_placeholder":true,"num":0}},[1,2,3,"four"]]`)
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if err := sio.CheckPlaceholders(raw, 1); err != nil {
			b.Fatal(err)
		}
	}
}
