package ws_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

// poison is what freed buffers are overwritten with.
const poison = 0xDB

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.bench").Value.String() == "" {
		ws.SetOnFree(func(b []byte) {
			for i := range b {
				b[i] = poison
			}
		})
	}
	os.Exit(m.Run())
}

// seen is an event whose data is the test's own.
type seen struct {
	Type       ws.Type
	Data       string
	Code       uint16
	Reason     string
	Compressed bool
}

func text(s string) seen   { return seen{Type: ws.Text, Data: s} }
func binmsg(s string) seen { return seen{Type: ws.Binary, Data: s} }

// rawFrame builds a frame without the package's help: first is the whole first
// byte, the key is nil for an unmasked frame.
func rawFrame(first byte, payload string, key []byte) []byte {
	b := []byte{first}
	var m byte
	if key != nil {
		m = 0x80
	}
	switch n := len(payload); {
	case n < 126:
		b = append(b, m|byte(n))
	case n < 1<<16:
		b = append(b, m|126, byte(n>>8), byte(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, m|127), uint64(n))
	}
	b = append(b, key...)
	for i := range len(payload) {
		c := payload[i]
		if key != nil {
			c ^= key[i%4]
		}
		b = append(b, c)
	}
	return b
}

// client builds a frame as a client sends it.
func client(first byte, payload string) []byte {
	return rawFrame(first, payload, []byte{0x37, 0xfa, 0x21, 0x3d})
}

// server builds a frame as a server sends it.
func server(first byte, payload string) []byte { return rawFrame(first, payload, nil) }

func join(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// feed decodes stream in pieces: size tells the next piece's size from the
// offset. Each piece is a copy that is overwritten after use, as a transport's
// read buffer would be.
func feed(d *ws.Decoder, stream []byte, size func(at int) int) (events []seen, err error) {
	for at := 0; at < len(stream); {
		n := min(max(size(at), 1), len(stream)-at)
		piece := bytes.Clone(stream[at : at+n])
		at += n
		rest := piece
		for {
			k, ev, err := d.Decode(rest)
			if err != nil {
				return events, err
			}
			rest = rest[k:]
			if ev.Type == ws.None {
				if len(rest) != 0 {
					return events, errors.New("None before the end of the bytes")
				}
				break
			}
			events = append(events, seen{ev.Type, string(ev.Data), ev.Code, ev.Reason, ev.Compressed})
		}
		for i := range piece {
			piece[i] = 0xEE
		}
	}
	return events, nil
}

func allAtOnce(int) int  { return 1 << 30 }
func byteByByte(int) int { return 1 }

// codeOf returns the close code of a protocol error, 0 for no error.
func codeOf(t testing.TB, err error) uint16 {
	t.Helper()
	if err == nil {
		return 0
	}
	var p *ws.ProtocolError
	if !errors.As(err, &p) {
		t.Fatalf("error %v (%T) is no *ProtocolError", err, err)
	}
	return p.Code
}
