package eio_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// frame is one line of a captured trace: "< text 2probe", "> binary 0102",
// "> payload 40\x1e2" or "> octets 0001ff32".
type frame struct {
	kind string // text, binary, payload, octets (a binary payload) or bad
	data []byte
}

// traced are the codecs by what the names of their traces begin with.
var traced = map[string]eio.Codec{
	"g4": eio.V4, "g3": eio.V3, "g3b64": eio.V3Base64, "g2": eio.Gen09, "g1": eio.Gen06,
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
		if len(parts) != 3 || parts[0] != "<" && parts[0] != ">" {
			t.Fatalf("%s: bad line %q", path, line)
		}
		data := []byte(strings.ReplaceAll(parts[2], `\x1e`, "\x1e"))
		if parts[1] == "binary" || parts[1] == "octets" {
			if data, err = hex.DecodeString(parts[2]); err != nil {
				t.Fatalf("%s: %q: %v", path, line, err)
			}
		}
		frames = append(frames, frame{kind: parts[1], data: data})
	}
	return frames
}

// Every message and body of the captured sessions must decode, and what was
// decoded must encode to the same bytes.
func TestCapturedSessionsRoundTrip(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no traces: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			generation, _, _ := strings.Cut(filepath.Base(path), "_")
			c := traced[generation]
			for _, fr := range readTrace(t, path) {
				switch fr.kind {
				case "text", "binary":
					replayMessage(t, c, fr)
				case "payload":
					replayPayload(t, fr, c.DecodePayload, c.AppendPayload)
				case "octets":
					b := c.(eio.BinaryPayloader)
					replayPayload(t, fr, b.DecodeBinaryPayload, b.AppendBinaryPayload)
				case "bad":
					if ps, err := decodeAll(c, fr.data); !errors.Is(err, eio.ErrMalformed) {
						t.Errorf("%q: %+v, %v", fr.data, ps, err)
					}
				default:
					t.Errorf("unknown kind %q", fr.kind)
				}
			}
		})
	}
}

func replayMessage(t *testing.T, c eio.Codec, fr frame) {
	t.Helper()
	p, err := c.DecodeMessage(bytes.Clone(fr.data), fr.kind == "binary")
	if err != nil {
		t.Fatalf("%q: %v", fr.data, err)
	}
	out, binary, err := c.AppendMessage(nil, rebuild(t, p))
	if err != nil || binary != (fr.kind == "binary") || !bytes.Equal(out, fr.data) {
		t.Errorf("decoded and encoded again:\n got %q (binary %v, %v)\nwant %q", out, binary, err, fr.data)
	}
}

func replayPayload(t *testing.T, fr frame, decode func([]byte) iter.Seq2[session.Packet, error], encode func([]byte, []session.Packet) ([]byte, error)) {
	t.Helper()
	ps, err := collect(decode(bytes.Clone(fr.data)))
	if err != nil {
		t.Fatalf("%q: %v", fr.data, err)
	}
	for i := range ps {
		ps[i] = rebuild(t, ps[i])
	}
	out, err := encode(nil, ps)
	if err != nil || !bytes.Equal(out, fr.data) {
		t.Errorf("decoded and encoded again:\n got %q (%v)\nwant %q", out, err, fr.data)
	}
}

// rebuild makes the data of an open packet anew from what it says.
func rebuild(t *testing.T, p session.Packet) session.Packet {
	t.Helper()
	if p.Type == session.PacketOpen && len(p.Data) > 0 {
		h, err := eio.ParseOpen(p.Data)
		if err != nil {
			t.Fatalf("%s: %v", p.Data, err)
		}
		p.Data = h.AppendJSON(nil)
	}
	return p
}

// decodeAll decodes a copy of body.
func decodeAll(c eio.Codec, body []byte) ([]session.Packet, error) {
	return collect(c.DecodePayload(bytes.Clone(body)))
}

// collect returns the packets up to the first error.
func collect(seq iter.Seq2[session.Packet, error]) ([]session.Packet, error) {
	var ps []session.Packet
	for p, err := range seq {
		if err != nil {
			return ps, err
		}
		ps = append(ps, p)
	}
	return ps, nil
}
