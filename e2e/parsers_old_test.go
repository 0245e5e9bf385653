package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// packet09 is a packet as socket.io 0.9.19 delivers it.
type packet09 struct {
	Type     string `json:"type"`
	ID       string `json:"id"`
	Ack      bool   `json:"ack"`
	Endpoint string `json:"endpoint"`
	Query    string `json:"qs"`
	Name     any    `json:"name"`
	AckID    string `json:"ackId"`
	Reason   string `json:"reason"`
	Advice   string `json:"advice"`
	Data     string `json:"data"` // JSON
	Error    string `json:"error"`
}

func (p packet09) describe() string {
	endpoint, query, _ := strings.Cut(p.Endpoint, "?")
	if p.Query != "" {
		query = strings.TrimPrefix(p.Query, "?")
	}
	if p.Type != "connect" {
		query = ""
	}
	if endpoint == "/" {
		endpoint = ""
	}
	if p.Type == "heartbeat" || p.Type == "noop" { // the rest means nothing
		return p.Type
	}
	return fmt.Sprintf("%s %s %v %q %q %v %s %q %q %s", p.Type, number(p.ID), p.Ack, endpoint, query, p.Name, number(p.AckID), p.Reason, p.Advice, canonicalJSON(p.Data))
}

// number is a number without leading zeros.
func number(digits string) string {
	if n := strings.TrimLeft(digits, "0"); n != "" || digits == "" {
		return n
	}
	return "0"
}

var (
	reasons09 = []string{"transport not supported", "client not handshaken", "unauthorized"}
	types09   = [...]string{"disconnect", "connect", "heartbeat", "message", "json", "event", "ack", "error", "noop"}
)

// from09 is what socket.io 0.9.19 should say of a packet of ours.
func from09(t *testing.T, p sio.Packet09) packet09 {
	out := packet09{Type: types09[p.Type], Ack: p.DataAck, Endpoint: p.Endpoint}
	if p.Query != "" {
		out.Endpoint += "?" + p.Query
	}
	if p.HasID {
		out.ID = fmt.Sprint(p.ID)
	}
	list := func(args []byte) string {
		if len(args) == 0 {
			return "[]"
		}
		return string(args)
	}
	switch p.Type {
	case sio.Message09:
		data, _ := json.Marshal(string(p.Data))
		out.Data = string(data)
	case sio.JSON09:
		out.Data = string(p.Data)
	case sio.Event09:
		name, args, err := sio.ParseEvent09(p.Data)
		if err != nil {
			t.Fatal(err)
		}
		out.Name, out.Data = string(name), list(args)
	case sio.Ack09:
		id, args, err := sio.ParseAck09(p.Data)
		if err != nil {
			t.Fatal(err)
		}
		out.AckID, out.Data = fmt.Sprint(id), list(args)
	case sio.Error09:
		reason, advice := sio.ParseError09(p.Data)
		if reason >= 0 {
			out.Reason = reasons09[reason]
		}
		if advice >= 0 {
			out.Advice = "reconnect"
		}
	}
	return out
}

var pieces09 = []string{":", "::", ":::", "+", "0", "5", "3", "/a", "?a=b", "€", "😀", "\ufffd", "\ufffd3\ufffd2::", "{", "}", `"`, "[", ",", "null", " ", "\n", "\x01", `"args"`, "1", "~m~"}

func randomPacket09(r *rand.Rand) sio.Packet09 {
	args := []string{`"a"`, `1`, `{"b":[null]}`, `"é€😀"`, `[]`}
	var list [][]byte
	for range r.IntN(3) {
		list = append(list, []byte(args[r.IntN(len(args))]))
	}
	p := sio.Packet09{Type: sio.Type09(r.IntN(9)), Endpoint: []string{"", "/chat", "/é"}[r.IntN(3)]}
	switch p.Type {
	case sio.Connect09:
		p.Query = []string{"", "my=param"}[r.IntN(2)]
	case sio.Message09:
		p.Data = []byte([]string{"hello", "a:b:c", "€😀", "", "\ufffd1\ufffd"}[r.IntN(5)])
	case sio.JSON09:
		p.Data = []byte([]string{`{"a":1}`, `"x€"`, "false", "[1]", "7"}[r.IntN(5)])
	case sio.Event09:
		p.Data = sio.AppendEvent09(nil, []string{"echo", "é", "m"}[r.IntN(3)], list)
	case sio.Ack09:
		p.Data = sio.AppendAck09(nil, uint64(r.IntN(1000)), list)
	case sio.Error09:
		p.Data = sio.AppendError09(nil, sio.Reason09(r.IntN(4)-1), sio.Advice09(r.IntN(2)-1))
	}
	if p.Type >= sio.Message09 && p.Type <= sio.Event09 && r.IntN(2) == 0 {
		p.HasID, p.ID, p.DataAck = true, uint64(1+r.IntN(100)), r.IntN(2) == 0
	}
	return p
}

var (
	bare09 = regexp.MustCompile(`^[0-8](:[0-9]*\+?)?$`)
	ack1   = regexp.MustCompile(`^6:[0-9]*\+?:[^:]*:[0-9]+[^0-9]`)
)

func differences09() []difference {
	return []difference{
		{why: "the parser finds a packet behind a colon", applies: func(c comparison) bool {
			return c.oursErr != nil && strings.HasPrefix(c.input, ":")
		}},
		{why: "we take packets that end early, as the specification has them", applies: func(c comparison) bool {
			return c.oursErr == nil && c.theirsErr != "" && bare09.MatchString(c.input)
		}},
		{why: "we refuse control characters in an endpoint", applies: func(c comparison) bool {
			return c.weStop() && strings.ContainsAny(c.input, "\x01\n")
		}},
		{why: "the parser makes nothing of arguments that it cannot read, and takes any value for them", applies: func(c comparison) bool {
			return c.weStop() && (strings.HasPrefix(c.input, "5") && strings.Contains(c.input, "args") || ack1.MatchString(c.input))
		}},
		{why: "the parser lets the arguments of an ack end with a line", applies: func(c comparison) bool {
			return c.oursErr == nil && ack1.MatchString(c.input) && strings.Contains(c.input, "\n")
		}},
		{why: "the parser takes any value for the name of an event", applies: func(c comparison) bool {
			return c.weStop() && strings.HasPrefix(c.input, "5") && strings.Contains(c.input, `"name"`)
		}},
		{why: "we refuse ids that are no exact integers", applies: func(c comparison) bool {
			return c.weStop() && regexp.MustCompile(`[1-9][0-9]{15}`).MatchString(c.input)
		}},
	}
}

func parserOf09Agrees(t *testing.T, node *parserProcess) {
	r := newRand(t)
	list := []string{
		"0", "0:", "2", ":5:::{\"name\":\"a\"}", "1::/a\x01", `5:::{"name":"a","args":7}`, `6:::1[1]`, "6:::1+[1,\n2]", `5:::{"name":{}}`, "3:99999999999999999::a", "", "9::", "1::/a:?b=c", "3::x:y",
		"7:::1+0+5", "7:::9+9", "4:::false", "4:::fals", "5:::[]", "6:::", `5:::{"name":7}`,
	}
	for range inputs {
		out, err := sio.AppendPacket09(nil, randomPacket09(r))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, asText(mutate(r, string(out), pieces09)))
	}
	differences := differences09()
	for i, theirs := range ask[[]byte, packet09](t, node, "socket.io-09", "packet", asBytes(list)) {
		c := comparison{parser: "socket.io 0.9.19", input: list[i], theirsErr: theirs.Error}
		p, err := sio.DecodePacket09([]byte(c.input), sio.Limits{})
		if c.oursErr = err; err == nil {
			c.ours = []string{from09(t, p).describe()}
		}
		if theirs.Error == "" {
			c.theirs = []string{theirs.describe()}
		}
		explain(t, c, differences)
	}
	checkUsed(t, differences)
}

// Payloads of several packets: what we find in them the parser finds too, and
// what we write it reads.
func parserOf09ReadsPayloads(t *testing.T, node *parserProcess) {
	r := newRand(t)
	var batches [][][]byte
	var bodies [][]byte
	for range inputs {
		var texts [][]byte
		var ps []session.Packet
		for range 2 + r.IntN(3) {
			p := randomPacket09(r)
			out, err := sio.AppendPacket09(nil, p)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, out)
			ps = append(ps, session.Packet{Type: session.PacketMessage, Data: out})
		}
		body, err := eio.Gen09.AppendPayload(nil, ps)
		if err != nil {
			t.Fatal(err)
		}
		batches, bodies = append(batches, texts), append(bodies, body)
	}
	type encoded struct{ Out []byte }
	for i, e := range ask[[][]byte, encoded](t, node, "socket.io-09", "encodePayload", batches) {
		if string(e.Out) != string(bodies[i]) {
			t.Fatalf("they write %q, we write %q", e.Out, bodies[i])
		}
	}
	for i := range bodies {
		if i%2 == 1 {
			bodies[i] = []byte(asText(mutate(r, string(bodies[i]), pieces09)))
		}
	}
	type result struct{ Packets []packet09 }
	for i, theirs := range ask[[]byte, result](t, node, "socket.io-09", "payload", bodies) {
		n := 0
		for p, err := range eio.Gen09.DecodePayload(append([]byte(nil), bodies[i]...)) {
			if err != nil {
				if i%2 == 0 {
					t.Fatalf("%q: %v", bodies[i], err)
				}
				break // the parser goes on, with whatever it finds
			}
			if n++; n > len(theirs.Packets) {
				t.Fatalf("%q: they find %d packets, we go on with %+v", bodies[i], len(theirs.Packets), p)
			}
			checkTransport09(t, bodies[i], p, theirs.Packets[n-1])
		}
		if i%2 == 0 && n != len(theirs.Packets) {
			t.Fatalf("%q: we find %d packets, they %d", bodies[i], n, len(theirs.Packets))
		}
	}
}

// checkTransport09 compares what eio makes of a packet with what the parser
// does.
func checkTransport09(t *testing.T, body []byte, p session.Packet, theirs packet09) {
	t.Helper()
	want := map[session.PacketType]string{
		session.PacketOpen: "connect", session.PacketClose: "disconnect", session.PacketPong: "heartbeat", session.PacketNoop: "noop",
	}[p.Type]
	if want != "" {
		if theirs.Type != want && theirs.Error == "" {
			t.Fatalf("%q: %+v, they have %+v", body, p, theirs)
		}
		return
	}
	q, err := sio.DecodePacket09(p.Data, sio.Limits{})
	if err == nil && theirs.Error == "" && from09(t, q).describe() != theirs.describe() && !ack1.Match(p.Data) {
		t.Fatalf("%q: %q, they have %q", body, from09(t, q).describe(), theirs.describe())
	}
}

// The parser of 0.6 never fails. What we find it finds too; where we stop, the
// text is not what it would have written itself, or is no JSON.
func parserOf06Agrees(t *testing.T, node *parserProcess) {
	r := newRand(t)
	words := []string{"hi", "€😀", "", "~h~1", `~j~{"a":1}`, "~m~1~m~", "1", "\n"}
	list := []string{"", "~m~", "~m~5~m~ab", "~m~1xxxa", "~m~ 1~m~a", "~m~5~m~~j~{}", "~m~4~m~~j~{", "~m~1~m~😀"}
	for range inputs {
		var s strings.Builder
		for range 1 + r.IntN(4) {
			word := words[r.IntN(len(words))]
			fmt.Fprintf(&s, "~m~%d~m~%s", utf16Len(word), word)
		}
		list = append(list, asText(mutate(r, s.String(), append(pieces09, "~h~", "~j~", "~m~1~m~a"))))
	}
	type result struct {
		Messages [][]byte
		Again    []byte
	}
	for i, theirs := range ask[[]byte, result](t, node, "socket.io-06", "payload", asBytes(list)) {
		var got []string
		var failure error
		for p, err := range eio.Gen06.DecodePayload([]byte(list[i])) {
			if failure = err; err != nil {
				break
			}
			prefix := ""
			if p.Type == session.PacketPong {
				prefix = "~h~"
			} else if p.Kind == session.JSON {
				prefix = "~j~"
			}
			got = append(got, prefix+string(p.Data))
		}
		var want []string
		for _, m := range theirs.Messages {
			want = append(want, string(m))
		}
		switch {
		case failure == nil && !equalStrings(got, want),
			failure != nil && (len(got) > len(want) || !equalStrings(got, want[:len(got)])),
			failure != nil && string(theirs.Again) == list[i] && len(want) > 0 && !strings.HasPrefix(want[len(got)], "~j~"):
			t.Errorf("%q:\n  ours   %q, %v\n  theirs %q", list[i], got, failure, want)
		}
	}
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

// What the server of 0.6 writes we read, and write in the same way.
func parserOf06WritesTheSame(t *testing.T, node *parserProcess) {
	r := newRand(t)
	values := []string{`"hi"`, `"€😀"`, `""`, `{"a":[1,"é"]}`, `null`, `{}`}
	var sent [][][]byte
	for range inputs / 3 {
		var batch [][]byte
		for range 1 + r.IntN(4) {
			batch = append(batch, []byte(values[r.IntN(len(values))]))
		}
		sent = append(sent, batch)
	}
	type encoded struct{ Out []byte }
	for i, e := range ask[[][]byte, encoded](t, node, "socket.io-06", "encode", sent) {
		var ps []session.Packet
		for p, err := range eio.Gen06.DecodePayload(append([]byte(nil), e.Out...)) {
			if err != nil {
				t.Fatalf("%q: %v", e.Out, err)
			}
			ps = append(ps, p)
		}
		if out, err := eio.Gen06.AppendPayload(nil, ps); err != nil || len(ps) != len(sent[i]) || string(out) != string(e.Out) {
			t.Fatalf("%q: they write %q, we %q, %v", sent[i], e.Out, out, err)
		}
	}
}
