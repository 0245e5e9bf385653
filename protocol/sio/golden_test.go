package sio_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/sio"
)

// frame is one line of a captured trace: "< text 2[...]" or "> binary 0102".
type frame struct {
	fromServer, binary bool
	data               []byte
}

func readTrace(t *testing.T, path string) []frame {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var frames []frame
	for sc := bufio.NewScanner(f); sc.Scan(); {
		line := sc.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		parts := strings.SplitN(line, " ", 3)
		if len(parts) != 3 {
			t.Fatalf("%s: bad line %q", path, line)
		}
		fr := frame{fromServer: parts[0] == "<", binary: parts[1] == "binary", data: []byte(parts[2])}
		if fr.binary {
			if fr.data, err = hex.DecodeString(parts[2]); err != nil {
				t.Fatalf("%s: %q: %v", path, line, err)
			}
		}
		frames = append(frames, fr)
	}
	return frames
}

// Every frame of the captured sessions must decode, and what was decoded must
// encode to the same bytes.
func TestCapturedSessionsRoundTrip(t *testing.T) {
	paths, err := filepath.Glob("testdata/g[34]*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no traces: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			dialect := sio.V5
			if strings.HasPrefix(filepath.Base(path), "g3") {
				dialect = sio.V4
			}
			server, client := sio.Decoder{Dialect: dialect, FromServer: true}, sio.Decoder{Dialect: dialect}
			for _, fr := range readTrace(t, path) {
				d := &client
				if fr.fromServer {
					d = &server
				}
				replay(t, d, fr)
			}
			if server.Missing()+client.Missing() != 0 {
				t.Error("the trace ends within a packet")
			}
		})
	}
}

func replay(t *testing.T, d *sio.Decoder, fr frame) {
	t.Helper()
	if fr.binary {
		p, done, err := d.AddBinary(fr.data)
		if err != nil || !done || !bytes.Equal(p.Binary[0], fr.data) {
			t.Fatalf("binary %x: %+v, %v, %v", fr.data, p, done, err)
		}
		return
	}
	if _, _, err := d.Add(fr.data); err != nil {
		t.Fatalf("%s: %v", fr.data, err)
	}
	decode, encode := sio.DecodePacket, sio.AppendPacket
	if d.Dialect == sio.V4 {
		decode, encode = sio.DecodePacketV4, sio.AppendPacketV4
	}
	p, err := decode(fr.data, sio.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", fr.data, err)
	}
	// Build the data anew too, as a server does for an event.
	if p.Type == sio.Event || p.Type == sio.BinaryEvent {
		els, err := sio.SplitArray(p.Data)
		if err != nil {
			t.Fatal(err)
		}
		name, err := sio.EventName(els[0])
		if err != nil {
			t.Fatal(err)
		}
		p.Data = sio.AppendEvent(nil, string(name), els[1:])
	}
	out, err := encode(nil, p)
	if err != nil || !bytes.Equal(out, fr.data) {
		t.Errorf("decoded and encoded again:\n got %s (%v)\nwant %s", out, err, fr.data)
	}
}

// The same for Socket.IO 0.9, where the data of events and acks is built anew.
func TestCapturedSession09RoundTrips(t *testing.T) {
	for _, fr := range readTrace(t, "testdata/g2_websocket.txt") {
		p, err := sio.DecodePacket09(fr.data, sio.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", fr.data, err)
		}
		p.Data = rebuild09(t, p)
		if out, err := sio.AppendPacket09(nil, p); err != nil || !bytes.Equal(out, fr.data) {
			t.Errorf("decoded and encoded again:\n got %s (%v)\nwant %s", out, err, fr.data)
		}
	}
}

// rebuild09 makes the data of p anew from what it says.
func rebuild09(t *testing.T, p sio.Packet09) []byte {
	t.Helper()
	split := func(args []byte) [][]byte {
		els, err := sio.SplitArray(args)
		if err != nil {
			t.Fatal(err)
		}
		return els
	}
	switch p.Type {
	case sio.Event09:
		name, args, err := sio.ParseEvent09(p.Data)
		if err != nil {
			t.Fatal(err)
		}
		return sio.AppendEvent09(nil, string(name), split(args))
	case sio.Ack09:
		id, args, err := sio.ParseAck09(p.Data)
		if err != nil {
			t.Fatal(err)
		}
		return sio.AppendAck09(nil, id, split(args))
	case sio.Error09:
		reason, advice := sio.ParseError09(p.Data)
		return sio.AppendError09(nil, reason, advice)
	}
	return p.Data
}
