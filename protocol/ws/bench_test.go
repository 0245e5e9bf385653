package ws_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

var benchSizes = []int{32, 4096, 65536}

// BenchmarkDecode reads whole text frames of a client. The copy restores the
// frame, which decoding unmasks.
func BenchmarkDecode(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			frame := client(0x81, strings.Repeat("a", n))
			p := make([]byte, len(frame))
			d := ws.NewDecoder(ws.DecoderOptions{})
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				copy(p, frame)
				if _, ev, err := d.Decode(p); err != nil || len(ev.Data) != n {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDecodeHixie reads whole text frames of a hixie client.
func BenchmarkDecodeHixie(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			frame := []byte("\x00" + strings.Repeat("a", n) + "\xff")
			d := ws.NewDecoder(ws.DecoderOptions{Dialect: ws.Hixie76})
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				if _, ev, err := d.Decode(frame); err != nil || len(ev.Data) != n {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDecodePieces reads frames that come in reads of 1 KiB.
func BenchmarkDecodePieces(b *testing.B) {
	for _, n := range benchSizes[1:] {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			frame := client(0x81, strings.Repeat("a", n))
			p := make([]byte, 1024)
			d := ws.NewDecoder(ws.DecoderOptions{})
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				for rest := frame; len(rest) > 0; {
					k := copy(p, rest)
					rest = rest[k:]
					if _, _, err := d.Decode(p[:k]); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkAppendMessage(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			payload := bytes.Repeat([]byte("a"), n)
			dst := make([]byte, 0, n+ws.MaxHeader)
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ws.AppendMessage(dst, ws.RFC6455, ws.Text, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// prose is text that compresses about as well as JSON messages do.
func prose(n int) []byte {
	var s strings.Builder
	for i := 0; s.Len() < n; i++ {
		fmt.Fprintf(&s, `{"id":%d,"name":"user%d","text":"hello number %d"},`, i, i*7919, i*i)
	}
	return []byte(s.String()[:n])
}

func BenchmarkDeflate(b *testing.B) {
	for _, takeover := range []bool{false, true} {
		for _, n := range []int{1024, 65536} {
			b.Run(fmt.Sprintf("takeover=%v/%d", takeover, n), func(b *testing.B) {
				payload := prose(n)
				z := ws.NewDeflater(&ws.Deflate{ServerNoContextTakeover: !takeover}, ws.Server)
				dst := make([]byte, 0, 2*n)
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := z.AppendMessage(dst, ws.Text, payload); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkInflate(b *testing.B) {
	for _, takeover := range []bool{false, true} {
		for _, n := range []int{1024, 65536} {
			b.Run(fmt.Sprintf("takeover=%v/%d", takeover, n), func(b *testing.B) {
				p := &ws.Deflate{ClientNoContextTakeover: !takeover}
				packed, err := ws.NewDeflater(p, ws.Client).AppendCompressed(nil, prose(n))
				if err != nil {
					b.Fatal(err)
				}
				frame := client(0xC1, string(packed))
				in := make([]byte, len(frame))
				d := ws.NewDecoder(ws.DecoderOptions{Deflate: p})
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for b.Loop() {
					copy(in, frame)
					if _, _, err := d.Decode(in); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
