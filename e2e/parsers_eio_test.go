package e2e_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"iter"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// eioPacket is a packet on the way to and from the parsers.
type eioPacket struct {
	Type   string `json:"t"`
	Binary bool   `json:"b"`
	Data   []byte `json:"d"`
}

type eioResult struct {
	Packets []eioPacket
	Error   string
}

// eras are the parsers of Engine.IO, with our codec for each.
var eras = []struct {
	parser string
	codec  eio.Codec
	twice  bool // encodes text twice in payloads
}{
	{"engine.io-parser-10", eio.V3, true},
	{"engine.io-parser-1", eio.V3, true},
	{"engine.io-parser-2", eio.V3, false},
	{"engine.io-parser-5", eio.V4, false},
}

func describe(p eioPacket) string {
	if p.Type != "message" { // theirs may have bytes there
		p.Binary = false
	}
	return fmt.Sprintf("%s %v %s", p.Type, p.Binary, p.Data)
}

func fromSession(p session.Packet) eioPacket {
	return eioPacket{p.Type.String(), p.Kind == session.Binary, append([]byte{}, p.Data...)}
}

// ours decodes to what describe says of each packet.
func ours(seq iter.Seq2[session.Packet, error]) (packets []string, err error) {
	for p, err := range seq {
		if err != nil {
			return packets, err
		}
		packets = append(packets, describe(fromSession(p)))
	}
	return packets, nil
}

func randomPacket(r *rand.Rand, ascii bool) session.Packet {
	words := []string{"a", `["echo",1]`, "", "2", ":", "1:2", "b4", "probe", `"`, "\n", "\\", "0"}
	if !ascii {
		words = append(words, "é", "€", "😀", "\ufffd", "ÿ", "\u2028")
	}
	var s strings.Builder
	for range r.IntN(4) {
		s.WriteString(words[r.IntN(len(words))])
	}
	p := session.Packet{Type: session.PacketMessage, Data: []byte(s.String())}
	switch r.IntN(5) {
	case 0:
		p.Kind = session.Binary
	case 1:
		p.Type = session.PacketType(1 + r.IntN(6))
		if p.Type == session.PacketMessage || p.Type == session.PacketClose {
			p.Data = nil
		}
	}
	return p
}

func randomPackets(r *rand.Rand, ascii bool) []session.Packet {
	ps := make([]session.Packet, 1+r.IntN(4))
	for i := range ps {
		ps[i] = randomPacket(r, ascii)
	}
	return ps
}

var (
	eioPieces = []string{":", "0:", "1:2", "b", "b4", "4", "2", "9", "€", "😀", " ", "1e0:", "=", "+", "-", "\x1e", "\x1e\x1e", "6:b4AQID", "\n", "x"}

	oddLength = regexp.MustCompile(`(^|[^0-9])[^0-9:]+[0-9.]*:|[0-9][^0-9:]+:|[0-9][^0-9:]+[0-9]+:`)
)

// strictBase64 is base64 with all of its padding or none, without the check of
// the bits that are left over.
var strictBase64 = regexp.MustCompile(`^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$`)

// looseBase64 reports whether the packet that we refused, one of those that
// the input is cut into, has base64 that is not written as it should be.
func looseBase64(c comparison, packets []string) bool {
	n := 0
	for _, p := range packets {
		if p == "" && !strings.Contains(c.parser, "-5") {
			continue // passed over in the string payloads of version 3
		}
		if n++; n <= len(c.ours) || !strings.HasPrefix(p, "b") {
			continue
		}
		data := p[1:]
		if !strings.HasSuffix(c.parser, "-5") && data != "" {
			data = data[1:] // the type
		}
		raw := strings.TrimRight(data, "=")
		bytes, err := base64.RawStdEncoding.DecodeString(raw)
		return !strictBase64.MatchString(data) || err != nil || base64.RawStdEncoding.EncodeToString(bytes) != raw
	}
	return false
}

// cutPayload cuts a payload into its packets, by the rules of JavaScript.
func cutPayload(c comparison) (packets []string) {
	if strings.HasSuffix(c.parser, "-5") {
		return strings.Split(c.input, "\x1e")
	}
	for rest := utf16.Encode([]rune(c.input)); len(rest) > 0; {
		i := slices.Index(rest, ':')
		if i < 0 {
			return packets
		}
		n, err := strconv.Atoi(string(utf16.Decode(rest[:i])))
		if err != nil || n < 0 || n > len(rest)-i-1 {
			return packets
		}
		packets = append(packets, string(utf16.Decode(rest[i+1:i+1+n])))
		rest = rest[i+1+n:]
	}
	return packets
}

// cutCharacter reports whether the parser has cut a character in two.
func cutCharacter(c comparison) bool {
	return strings.Contains(c.input, "😀") && strings.Contains(strings.Join(c.theirs, ""), "\ufffd")
}

const notText = "bytes that are not text in a packet other than a message"

// holdsBytes reports whether we refused a packet for notText.
func holdsBytes(c comparison) bool {
	if !c.weStop() || len(c.theirs) == len(c.ours) {
		return false
	}
	p := c.theirs[len(c.ours)]
	return !strings.HasPrefix(p, "message") && !utf8.ValidString(p)
}

func eioDifferences() []difference {
	return []difference{
		{why: "base64 with other characters, or a length that cannot be", applies: func(c comparison) bool {
			return c.weStop() && looseBase64(c, cutPayload(c))
		}},
		{why: "a length that is cut within a character", applies: func(c comparison) bool { return c.weStop() && cutCharacter(c) }},
		{why: "a length that is a number, but not of digits", applies: func(c comparison) bool {
			return c.weStop() && oddLength.MatchString(c.input)
		}},
		{why: notText, applies: holdsBytes},
	}
}

func engineIOParsersAgreeOnPayloads(t *testing.T, node *parserProcess) {
	for _, era := range eras {
		t.Run(era.parser, func(t *testing.T) {
			r := newRand(t)
			list := []string{"", "0:", "1:2", "1:", "2:4", "1e0:2", " 1:2", "0x1:2", "2:4😀", "6:b4AQID", "6:b4A*ID", "5:b4A=A", "6:b2/w==", "4\x1e", "2\x1e2", "bAQ", "bA", "bA*ID"}
			for range inputs {
				body, err := era.codec.AppendPayload(nil, randomPackets(r, era.twice))
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, asText(mutate(r, string(body), eioPieces)))
			}
			differences := eioDifferences()
			if era.codec == eio.V4 {
				differences = differences[:1]
			}
			compare := func(input string, theirs eioResult) comparison {
				c := comparison{parser: era.parser, input: input, theirsErr: theirs.Error}
				c.ours, c.oursErr = ours(era.codec.DecodePayload([]byte(input)))
				for _, p := range theirs.Packets {
					c.theirs = append(c.theirs, describe(p))
				}
				return c
			}
			for i, theirs := range ask[[]byte, eioResult](t, node, era.parser, "payload", asBytes(list)) {
				c := compare(list[i], theirs)
				if era.twice && !isASCII(c.input) {
					continue // see engineIOParsersReadEachOther
				}
				explain(t, c, differences)
			}
			if !era.twice {
				checkUsed(t, differences)
			}
		})
	}
}

func asBytes(list []string) [][]byte {
	out := make([][]byte, len(list))
	for i := range list {
		out[i] = []byte(list[i])
	}
	return out
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// WebSocket messages: what the parser makes of each text and of each frame.
func engineIOParsersAgreeOnMessages(t *testing.T, node *parserProcess) {
	for _, era := range eras {
		t.Run(era.parser, func(t *testing.T) {
			r := newRand(t)
			list := []string{"", "4", "2probe", "7", "b", "b4", "b4AQID", "b4A*ID", "bAQ", "\x04abc"}
			for range inputs {
				p := randomPacket(r, era.parser == "engine.io-parser-10")
				out, _, err := era.codec.AppendMessage(nil, p)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, asText(mutate(r, string(out), eioPieces)))
			}
			differences := []difference{{
				why:     "base64 with other characters, or a length that cannot be",
				applies: func(c comparison) bool { return c.weStop() && looseBase64(c, []string{c.input}) },
			}, {why: notText, applies: holdsBytes}}
			for op, binary := range map[string]bool{"message": false, "bytes": true} {
				for i, theirs := range ask[[]byte, eioResult](t, node, era.parser, op, asBytes(list)) {
					c := comparison{parser: era.parser, input: list[i], theirsErr: theirs.Error}
					if era.parser == "engine.io-parser-10" && !isASCII(c.input) {
						continue
					}
					p, err := era.codec.DecodeMessage([]byte(c.input), binary)
					if c.oursErr = err; err == nil {
						c.ours = []string{describe(fromSession(p))}
					}
					for _, p := range theirs.Packets {
						c.theirs = append(c.theirs, describe(p))
					}
					explain(t, c, differences)
				}
			}
		})
	}
}

func engineIOParsersAgreeOnBinaryPayloads(t *testing.T, node *parserProcess) {
	for _, era := range eras[1:3] { // the oldest never ends if a byte is missing
		t.Run(era.parser, func(t *testing.T) {
			r := newRand(t)
			list := []string{"", "\x00\x01\xff2", "\x00\x01\xff", "\x02\x01\xff\x02", "\x00\x0a\xff2", "\x00\x02\xff2", "\x01\x02\xff\x02\xff", "\x00\x03\xff4\xc3\xa9"}
			for range inputs {
				body, err := eio.V3.(eio.BinaryPayloader).AppendBinaryPayload(nil, randomPackets(r, false))
				if err != nil {
					t.Fatal(err)
				}
				for range r.IntN(3) {
					if i := r.IntN(len(body)); r.IntN(2) == 0 {
						body[i] = []byte{0, 1, 2, 4, 9, 10, '2', '4', 0xff}[r.IntN(9)]
					} else {
						body = append(body[:i:i], body[min(len(body), i+1):]...)
					}
					if len(body) == 0 {
						body = []byte{0}
					}
				}
				list = append(list, string(body))
			}
			differences := []difference{
				{why: "a record whose parts are not all there, or not what they should be", applies: func(c comparison) bool {
					return c.weStop() && !soundRecords([]byte(c.input))
				}},
				{why: "an error is found before the packets in front of it are handed over", applies: func(c comparison) bool {
					return c.oursErr != nil && c.theirsErr != "" && len(c.theirs) < len(c.ours) && equalStrings(c.ours[:len(c.theirs)], c.theirs)
				}},
				{why: "text that is not UTF-8, or stands as bytes", applies: func(c comparison) bool {
					return c.weStop() && (!utf8.ValidString(c.input) || strings.Contains(c.input, "\x01"))
				}},
			}
			for i, theirs := range ask[[]byte, eioResult](t, node, era.parser, "octets", asBytes(list)) {
				c := comparison{parser: era.parser, input: list[i], theirsErr: theirs.Error}
				c.ours, c.oursErr = ours(eio.V3.(eio.BinaryPayloader).DecodeBinaryPayload([]byte(c.input)))
				for _, p := range theirs.Packets {
					c.theirs = append(c.theirs, describe(p))
				}
				explain(t, c, differences)
			}
			checkUsed(t, differences)
		})
	}
}

// soundRecords reports whether body is a list of records as the document of
// Engine.IO 3 describes them, whatever is in them.
func soundRecords(body []byte) bool {
	if len(body) == 0 {
		return false
	}
	for len(body) > 0 {
		head, rest, ok := bytes.Cut(body[1:], []byte{0xff})
		if !ok || body[0] > 1 || len(head) == 0 {
			return false
		}
		n := 0
		for _, d := range head {
			if n = n*10 + int(d); d > 9 || n > len(rest) {
				return false
			}
		}
		if n == 0 {
			return false
		}
		body = rest[n:]
	}
	return true
}

// What each side writes the other reads, in all forms. Text that a parser has
// encoded twice is put right by Undouble, and ours is ASCII then.
func engineIOParsersReadEachOther(t *testing.T, node *parserProcess) {
	for _, era := range eras {
		t.Run(era.parser, func(t *testing.T) {
			r := newRand(t)
			var batches [][]session.Packet
			var sent [][]eioPacket
			for range inputs / 3 {
				ps := randomPackets(r, false)
				var out []eioPacket
				for i, p := range ps {
					if era.parser == "engine.io-parser-10" && p.Kind == session.Binary {
						ps[i].Kind, p.Kind = session.Text, session.Text // it writes zeros for bytes
					}
					out = append(out, fromSession(p))
				}
				batches = append(batches, ps)
				sent = append(sent, out)
			}
			type encoded struct{ Out []byte }
			for i, e := range ask[[]eioPacket, encoded](t, node, era.parser, "encode", sent) {
				var got []string
				for p, err := range era.codec.DecodePayload(e.Out) {
					if err != nil {
						t.Fatalf("%q: %v", e.Out, err)
					}
					if era.twice && p.Kind == session.Text {
						p.Data, _ = eio.Undouble(p.Data)
					}
					got = append(got, describe(fromSession(p)))
				}
				if want := described(batches[i]); !equalStrings(got, want) {
					t.Fatalf("they write %q, we read %q, want %q", e.Out, got, want)
				}
			}
			var bodies [][]byte
			for i := range batches {
				if era.twice {
					batches[i] = onlyASCII(batches[i])
				}
				body, err := era.codec.AppendPayload(nil, batches[i])
				if err != nil {
					t.Fatal(err)
				}
				bodies = append(bodies, body)
			}
			checkRead(t, batches, bodies, ask[[]byte, eioResult](t, node, era.parser, "payload", bodies))
			if era.codec == eio.V4 {
				return
			}
			v3 := eio.V3.(eio.BinaryPayloader)
			for i := range batches {
				body, err := v3.AppendBinaryPayload(nil, batches[i])
				if err != nil {
					t.Fatal(err)
				}
				bodies[i] = body
			}
			checkRead(t, batches, bodies, ask[[]byte, eioResult](t, node, era.parser, "octets", bodies))
			for i, e := range ask[[]eioPacket, encoded](t, node, era.parser, "encodeOctets", sent) {
				got, err := ours(v3.DecodeBinaryPayload(e.Out))
				if want := describedPackets(sent[i]); err != nil || !equalStrings(got, want) {
					t.Fatalf("they write %q, we read %q, %v; want %q", e.Out, got, err, want)
				}
			}
		})
	}
}

func described(ps []session.Packet) (out []string) {
	for _, p := range ps {
		out = append(out, describe(fromSession(p)))
	}
	return out
}

func describedPackets(ps []eioPacket) (out []string) {
	for _, p := range ps {
		out = append(out, describe(p))
	}
	return out
}

// onlyASCII is what socketio does with the text for clients of Engine.IO 3,
// which is JSON there.
func onlyASCII(ps []session.Packet) []session.Packet {
	var out []session.Packet
	for _, p := range ps {
		if p.Kind != session.Binary {
			p.Data = []byte(strings.Trim(strconv.QuoteToASCII(string(p.Data)), `"`))
		}
		out = append(out, p)
	}
	return out
}

func checkRead(t *testing.T, batches [][]session.Packet, bodies [][]byte, results []eioResult) {
	t.Helper()
	for i, theirs := range results {
		if got, want := describedPackets(theirs.Packets), described(batches[i]); theirs.Error != "" || !equalStrings(got, want) {
			t.Fatalf("we write %q, they read %q, %s; want %q", bodies[i], got, theirs.Error, want)
		}
	}
}
