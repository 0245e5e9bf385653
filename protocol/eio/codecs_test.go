package eio_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/session"
)

// The rules that hold for every generation.

var codecs = []eio.Codec{eio.V4, eio.V3, eio.V3Base64, eio.Gen09, eio.Gen06, eio.Gen04, eio.Gen0406, eio.Raw}

// name tells the two codecs of Engine.IO 3 apart.
func name(c eio.Codec) string { return fmt.Sprintf("%s, slot %d", c.Name(), c.Slot()) }

// arrival returns what the other side makes of p, and whether p can be sent at
// all. Generations without a packet for something leave it out.
func arrival(c eio.Codec, p session.Packet) (got session.Packet, ok bool) {
	message := p.Type == session.PacketMessage
	switch c {
	case eio.V4, eio.V3, eio.V3Base64:
		if p.Kind == session.JSON {
			p.Kind = session.Text
		}
		return p, true
	case eio.Raw:
		return p, message
	case eio.Gen09:
		switch p.Type {
		case session.PacketPing:
			p.Type = session.PacketPong
		case session.PacketUpgrade:
			return p, false
		case session.PacketMessage:
			p.Kind = session.Text
			return p, true
		}
		p.Data = nil
		return p, true
	case eio.Gen04:
		return p, message
	}
	switch p.Type {
	case session.PacketPing, session.PacketPong:
		p.Type = session.PacketPong
		if len(p.Data) == 0 {
			p.Data = []byte("1")
		}
		return p, true
	}
	return p, message
}

// generate returns a packet that c has a form for, or one that it leaves out.
func generate(r *rand.Rand, c eio.Codec) session.Packet {
	if r.IntN(3) == 0 {
		types := []session.PacketType{session.PacketClose, session.PacketPing, session.PacketPong, session.PacketUpgrade, session.PacketNoop}
		return text(types[r.IntN(len(types))], strings.Repeat("7", r.IntN(3)))
	}
	if _, isText := c.(eio.Batcher); !isText && r.IntN(4) == 0 {
		return binary(randomText(r)[:r.IntN(3)*2])
	}
	if c == eio.Gen09 {
		return text(session.PacketMessage, "3:::"+randomText(r))
	}
	if r.IntN(4) == 0 && c != eio.Raw {
		return jsonPacket(fmt.Sprintf(`{"a":[%d,"x]€😀"]}`, r.IntN(1000)))
	}
	return text(session.PacketMessage, randomText(r))
}

// randomText has characters of one to four bytes, what frames are made of, and
// what has to be escaped.
func randomText(r *rand.Rand) string {
	parts := []string{"a", "é", "€", "😀", "\ufffd", "~m~", "1", ":", "2:", "]", ",", `"`, `\`, "\n", "\u2028", "\x00", "b4", "é"}
	var b strings.Builder
	b.WriteString("....")
	for range r.IntN(20) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}

// inbound turns what a server of Gen04 writes into what its client writes.
func inbound(c eio.Codec, wire []byte) []byte {
	if list, ok := bytes.CutPrefix(wire, []byte(`{"messages":`)); ok && c == eio.Gen04 {
		return bytes.TrimSuffix(list, []byte("}"))
	}
	return wire
}

func TestMessagesArrive(t *testing.T) {
	for _, c := range codecs {
		t.Run(name(c), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(c.Slot())))
			for range 2000 {
				p := generate(r, c)
				want, ok := arrival(c, p)
				out, isBinary, err := c.AppendMessage(nil, p)
				if !ok {
					if !errors.Is(err, eio.ErrControl) || len(out) > 0 {
						t.Fatalf("%+v: %q, %v", p, out, err)
					}
					continue
				}
				if err != nil {
					t.Fatalf("%+v: %v", p, err)
				}
				if got, err := c.DecodeMessage(inbound(c, out), isBinary); err != nil || !samePacket(got, want) {
					t.Fatalf("%+v is written as %q and read as %+v, %v", p, out, got, err)
				}
			}
		})
	}
}

func TestPayloadsArrive(t *testing.T) {
	for _, c := range codecs[:len(codecs)-1] {
		t.Run(name(c), func(t *testing.T) {
			r := rand.New(rand.NewPCG(2, uint64(c.Slot())))
			for range 1000 {
				ps := make([]session.Packet, 1+r.IntN(6))
				var want []session.Packet
				for i := range ps {
					ps[i] = generate(r, c)
					if p, ok := arrival(c, ps[i]); ok {
						want = append(want, p)
					}
				}
				checkPayload(t, c, ps, want)
			}
		})
	}
}

// checkPayload checks that ps arrive as want, and what Fit says of them.
func checkPayload(t *testing.T, c eio.Codec, ps, want []session.Packet) {
	t.Helper()
	encode := c.AppendPayload
	decode := c.DecodePayload
	if b, ok := c.(eio.BinaryPayloader); ok && b.IsBinaryPayload(ps) {
		encode, decode = b.AppendBinaryPayload, b.DecodeBinaryPayload
	}
	out, err := encode(nil, ps)
	if len(want) == 0 {
		if !errors.Is(err, eio.ErrControl) || len(out) > 0 {
			t.Fatalf("%+v: %q, %v", ps, out, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("%+v: %v", ps, err)
	}
	sizer := c.(eio.Sizer)
	if n := sizer.Fit(ps, len(out)); n != len(ps) {
		t.Fatalf("%d of %d packets are said to fit into their %d bytes: %q", n, len(ps), len(out), out)
	}
	if n := sizer.Fit(ps, len(out)-1); n == len(ps) && len(want) > 1 {
		t.Fatalf("%d packets are said to fit into fewer than their %d bytes: %q", n, len(out), out)
	}
	got, err := collect(decode(inbound(c, bytes.Clone(out))))
	if err != nil || !samePackets(got, want) {
		t.Fatalf("%+v are written as %q and read as %+v, %v", ps, out, got, err)
	}
}

func TestGenerationsOfTextRefuseBinaryMessages(t *testing.T) {
	for _, c := range codecs {
		if _, ok := c.(eio.Batcher); !ok {
			continue
		}
		for _, data := range []string{"", "1::", "~m~1~m~a", `["a"]`} {
			if p, err := c.DecodeMessage([]byte(data), true); !errors.Is(err, eio.ErrMalformed) {
				t.Errorf("%s: %q: %+v, %v", name(c), data, p, err)
			}
		}
	}
}

// A message with several packets is for DecodePayload.
func TestDecodeMessageWantsOnePacket(t *testing.T) {
	for c, messages := range map[eio.Codec][]string{
		eio.Gen09:   {"\ufffd3\ufffd2::\ufffd3\ufffd2::", "\ufffd3\ufffd2::\ufffd3\ufffd9::"},
		eio.Gen06:   {"~m~1~m~a~m~1~m~b", "~m~1~m~a~m~"},
		eio.Gen04:   {`["a","b"]`, `[]`},
		eio.Gen0406: {`["a","b"]`, `[]`, "~m~1~m~a~m~1~m~b"},
	} {
		for _, data := range messages {
			if p, err := c.DecodeMessage([]byte(data), false); !errors.Is(err, eio.ErrMalformed) || p.Data != nil {
				t.Errorf("%s: %q: %+v, %v", name(c), data, p, err)
			}
		}
	}
}

func TestPayloadsCanBeLeftEarly(t *testing.T) {
	for c, body := range map[eio.Codec]string{
		eio.V3: "1:21:2x", eio.Gen09: "\ufffd3\ufffd2::\ufffd3\ufffd2::x", eio.Gen06: "~m~1~m~a~m~1~m~bx", eio.Gen04: `["a","b"]`,
	} {
		n := 0
		for range c.DecodePayload([]byte(body)) {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%s: %d packets", name(c), n)
		}
	}
}

// Nothing that a user of one packet appends may reach the next one.
func TestPacketsOfPayloadsAreApart(t *testing.T) {
	for c, body := range map[eio.Codec]string{
		eio.V3: "4:4abc6:b4AQID4:4abc", eio.Gen09: "\ufffd7\ufffd3:::abc\ufffd7\ufffd3:::abc", eio.Gen06: "~m~3~m~abc~m~6~m~~j~123~m~4~m~~h~1~m~3~m~abc",
		eio.Gen04: `["a\u0062c",123,"abc",{}]`,
	} {
		want, err := decodeAll(c, []byte(body))
		if err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		for _, p := range want {
			_ = append(p.Data, "overwritten"...)
		}
		if again, err := decodeAll(c, []byte(body)); err != nil || !samePackets(want, again) {
			t.Errorf("%q: %+v, then %+v", body, want, again)
		}
	}
}

// hostile are bodies that grow with n and that a careless decoder would take
// long for, or much memory.
var hostile = []hostileBody{
	{"tiny packets", eio.V4, "", "2\x1e", "6"},
	{"text", eio.V4, "4", "4€", ""},
	{"base64", eio.V4, "", "bAAAA\x1e", "6"},
	{"one base64", eio.V4, "", "bbbb", ""},
	{"empty packets", eio.V4, "", "4\x1e", "6"},
	{"tiny packets", eio.V3, "", "1:2", ""},
	{"empty packets", eio.V3, "", "0:", ""},
	{"text", eio.V3, "", "3:4😀", ""},
	{"base64", eio.V3, "", "6:b4AAAA", ""},
	{"digits", eio.V3, "", "1", ""},
	{"zeros", eio.V3, "", "0", "1:2"},
	{"colons", eio.V3, "", ":", ""},
	{"tiny packets", eio.Gen09, "", "\ufffd1\ufffd2", ""},
	{"text", eio.Gen09, "3:::", "€", ""},
	{"frames within text", eio.Gen09, "3:::", "\ufffd1\ufffd2", ""},
	{"marks", eio.Gen09, "", "\ufffd", ""},
	{"ids", eio.Gen09, "1:", "0", ""},
	{"tiny packets", eio.Gen06, "", "~m~0~m~", ""},
	{"heartbeats", eio.Gen06, "", "~m~3~m~~h~", ""},
	{"json", eio.Gen06, "", "~m~5~m~~j~{}", ""},
	{"zeros", eio.Gen06, "~m~", "0", "1~m~a"},
	{"tiny packets", eio.Gen04, "[", `1,`, "1]"},
	{"text", eio.Gen04, "[", `"\u20ac",`, `""]`},
	{"one text", eio.Gen04, `["`, `\"`, `"]`},
	{"nesting", eio.Gen04, "[", `[`, ""},
	{"lists", eio.Gen04, "[", `[[],[]],`, "[]]"},
	{"space", eio.Gen04, " ", " ", "[]"},
}

type hostileBody struct {
	name             string
	codec            eio.Codec
	start, part, end string
}

func (h hostileBody) size(n int) []byte {
	return []byte(h.start + strings.Repeat(h.part, n/len(h.part)) + h.end)
}

// CVE-2020-36048: Engine.IO payloads once took quadratic time. Eight times the
// body may take sixteen times as long, not sixty-four times.
func TestCVE_2020_36048_PayloadsAreLinear(t *testing.T) {
	const size = 2 << 10 // bytes of the smaller body
	for _, h := range hostile {
		t.Run(name(h.codec)+"/"+h.name, func(t *testing.T) {
			run := func(body []byte) {
				for _, err := range h.codec.DecodePayload(body) {
					if err != nil {
						return
					}
				}
			}
			if r := ratio(run, h.size(size), h.size(8*size), 16); r > 16 {
				t.Errorf("8 times the body took %.1f times as long", r)
			}
		})
	}
}

// Nothing is allocated for a packet: a body of many costs what one costs.
func TestPayloadsCostNoMemoryPerPacket(t *testing.T) {
	for _, h := range hostile {
		t.Run(name(h.codec)+"/"+h.name, func(t *testing.T) {
			body := h.size(16 << 10)
			buf := make([]byte, len(body))
			allocs := testing.AllocsPerRun(20, func() {
				copy(buf, body) // text is decoded in place
				for _, err := range h.codec.DecodePayload(buf) {
					if err != nil {
						break
					}
				}
			})
			limit := 32.0 // some for the iterator, and for a stack that doubles
			if raced {
				limit = float64(len(body)) / 8 // encoding/json has a pool
			}
			if allocs > limit {
				t.Errorf("%v allocations for %d bytes", allocs, len(body))
			}
		})
	}
}
