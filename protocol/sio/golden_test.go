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
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no traces: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			server, client := sio.Decoder{FromServer: true}, sio.Decoder{}
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
	p, err := sio.DecodePacket(fr.data, sio.Limits{})
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
	out, err := sio.AppendPacket(nil, p)
	if err != nil || !bytes.Equal(out, fr.data) {
		t.Errorf("decoded and encoded again:\n got %s (%v)\nwant %s", out, err, fr.data)
	}
}
