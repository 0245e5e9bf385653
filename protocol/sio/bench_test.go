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

func BenchmarkDecodeEvent09(b *testing.B) {
	text := []byte(`5:1+::{"name":"echo","args":["` + chatLine + `"]}`)
	els := make([][]byte, 0, 4)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		p, err := sio.DecodePacket09(text, sio.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		_, args, err := sio.ParseEvent09(p.Data)
		if err != nil {
			b.Fatal(err)
		}
		if els, err = sio.AppendElements(els[:0], args); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeEvent09(b *testing.B) {
	args := [][]byte{[]byte(`"` + chatLine + `"`)}
	var data, buf []byte
	b.ReportAllocs()
	for b.Loop() {
		data = sio.AppendEvent09(data[:0], "echo", args)
		var err error
		if buf, err = sio.AppendPacket09(buf[:0], sio.Packet09{Type: sio.Event09, Endpoint: "/chat", Data: data}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendASCII(b *testing.B) {
	for name, text := range map[string]string{"ASCII": chatLine, "other": "Zeilen für den Plausch, wie man sie schreibt 😀"} {
		b.Run(name, func(b *testing.B) {
			in := []byte(text)
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				buf = sio.AppendASCII(buf[:0], in)
			}
		})
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
