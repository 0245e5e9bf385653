package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/sio"
)

// sioPacket is a packet on the way to and from socket.io-parser.
type sioPacket struct {
	Type        sio.Type `json:"type"`
	Nsp         string   `json:"nsp"`
	ID          *float64 `json:"id,omitempty"`
	Attachments float64  `json:"attachments,omitempty"`
	Data        string   `json:"data,omitempty"` // JSON
	Error       string   `json:"error,omitempty"`
}

// sioEras are the versions of socket.io-parser, with our dialect for each.
var sioEras = []struct {
	parser string
	decode func([]byte, sio.Limits) (sio.Packet, error)
	append func([]byte, sio.Packet) ([]byte, error)
	strict bool // checks what data a type can have
}{
	{"socket.io-parser-22", sio.DecodePacketV4, sio.AppendPacketV4, false},
	{"socket.io-parser-2", sio.DecodePacketV4, sio.AppendPacketV4, false},
	{"socket.io-parser-3", sio.DecodePacketV4, sio.AppendPacketV4, true},
	{"socket.io-parser-4", sio.DecodePacket, sio.AppendPacket, true},
}

// canonicalJSON writes JSON with sorted keys and numbers as doubles.
func canonicalJSON(data string) string {
	if data == "" {
		return ""
	}
	var v any
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		return err.Error()
	}
	out, _ := json.Marshal(v)
	return string(out)
}

func (p sioPacket) describe() string {
	id := "none"
	if p.ID != nil {
		id = fmt.Sprint(*p.ID)
	}
	nsp, query, _ := strings.Cut(p.Nsp, "?")
	if p.Type.IsBinary() { // the newest calls them by the plain names
		p.Type -= sio.BinaryEvent - sio.Event
	}
	return fmt.Sprintf("%v %q %q %s %v %s", p.Type, nsp, query, id, p.Attachments, canonicalJSON(p.Data))
}

func toParser(p sio.Packet) sioPacket {
	out := sioPacket{Type: p.Type, Nsp: p.Namespace, Attachments: float64(p.Attachments), Data: string(p.Data)}
	if p.Query != "" {
		out.Nsp += "?" + p.Query
	}
	if p.HasID {
		id := float64(p.ID)
		out.ID = &id
	}
	return out
}

var sioPieces = []string{
	"/", "/a,", ",", "0", "1-", "-", "5", "[", "]", "{", "}", `"`, `"a"`, "null", "false", "1", " ", "1e1", "?", "?x=1,", "\\", "\\u00e9", "€", "😀", "\n", "\x01", ".",
	`"connect"`, "true,",
}

func randomSIOPacket(r *rand.Rand) sio.Packet {
	args := []string{`"a"`, `1`, `{"b":[null,true]}`, `"é€😀"`, `[]`, `-1.5e3`, `"\u2028\n"`}
	name := []string{`"echo"`, `"é"`, `"message"`, `7`}[r.IntN(4)]
	p := sio.Packet{Type: sio.Type(r.IntN(7)), Namespace: []string{"/", "/chat", "/é"}[r.IntN(3)]}
	var list []string
	for range r.IntN(3) {
		list = append(list, args[r.IntN(len(args))])
	}
	switch p.Type {
	case sio.Connect:
		if r.IntN(2) == 0 {
			p.Query = "token=a&b=%20"
		}
		if r.IntN(2) == 0 && p.Namespace == "/" {
			p.Data, p.Query = []byte(`{"a":"é"}`), ""
		}
		return p
	case sio.Disconnect:
		return p
	case sio.ConnectError:
		p.Data = []byte([]string{`"Invalid namespace"`, `{"message":"no"}`}[r.IntN(2)])
		return p
	case sio.Event, sio.BinaryEvent:
		list = append([]string{name}, list...)
	}
	if p.Type.IsBinary() {
		p.Attachments = 1
		list = append(list, `{"_placeholder":true,"num":0}`)
	}
	if p.HasID = p.Type == sio.Ack || p.Type == sio.BinaryAck || r.IntN(2) == 0; p.HasID {
		p.ID = uint64(r.IntN(1000))
	}
	p.Data = []byte("[" + strings.Join(list, ",") + "]")
	return p
}

var (
	sioHeader   = regexp.MustCompile(`^(?s:[56]([^-]*)-|.)(/[^,]*,?)?([0-9\s]*)(.*)`)
	plainDigits = regexp.MustCompile(`^[0-9]*$`)
)

// sioDifferences are those of all versions. What stands in quotes is what the
// parser does and we do not, or the other way round.
func sioDifferences() []difference {
	refused := func(match func(c comparison, count, nsp, id, data string) bool) func(comparison) bool {
		return func(c comparison) bool {
			m := sioHeader.FindStringSubmatch(c.input)
			return c.oursErr != nil && c.theirsErr == "" && m != nil && match(c, m[1], m[2], m[3], m[4])
		}
	}
	return []difference{
		{why: "the parser takes nothing and white space for type 0", applies: func(c comparison) bool {
			return c.oursErr != nil && strings.TrimSpace(c.input[:min(1, len(c.input))]) == ""
		}},
		{why: "the parser takes white space for an id", applies: func(c comparison) bool {
			m := sioHeader.FindStringSubmatch(c.input)
			return m != nil && strings.ContainsAny(m[3], " \n\t") && c.oursErr != nil
		}},
		{why: "the parser counts attachments in other numbers than those of digits", applies: refused(func(c comparison, count, _, _, _ string) bool {
			return (c.input[0] == '5' || c.input[0] == '6') && (count == "" || !plainDigits.MatchString(count))
		})},
		{why: "we limit the number of attachments in every dialect", applies: refused(func(c comparison, count, _, _, _ string) bool {
			return strings.Contains(c.oursErr.Error(), sio.ErrTooManyAttachments.Error()) && len(count) > 1
		})},
		{why: "we refuse control characters in a namespace", applies: refused(func(_ comparison, _, nsp, _, _ string) bool {
			return strings.ContainsAny(nsp, "\x01\n")
		})},
		{why: "we refuse ids that are no exact integers", applies: refused(func(_ comparison, _, _, id, _ string) bool {
			return len(strings.TrimLeft(id, "0")) >= 16
		})},
		{why: "older parsers take data of any kind for any type", applies: refused(func(c comparison, _, _, _, data string) bool {
			t := c.input[0]
			lax := c.parser != "socket.io-parser-4" && (t == '0' && (data[0] == '[' || data[0] == 'n'))
			var list []json.RawMessage
			isList := json.Unmarshal([]byte(data), &list) == nil && data[0] == '['
			isEvent := isList && len(list) > 0 && (list[0][0] == '"' || list[0][0] == '-' || list[0][0] >= '0' && list[0][0] <= '9')
			old := c.parser == "socket.io-parser-22" || c.parser == "socket.io-parser-2"
			return lax || old && (t == '1' || t == '0' || (t == '3' || t == '6') && !isList || (t == '2' || t == '5') && !isEvent)
		})},
		{why: "older parsers take events with reserved names", applies: refused(func(c comparison, _, _, _, data string) bool {
			return c.parser != "socket.io-parser-4" && strings.Contains(data, "connect")
		})},
		{why: "we take an error of any JSON, and no attachments, from every client of protocol 4", applies: func(c comparison) bool {
			return c.parser == "socket.io-parser-3" && c.oursErr == nil && c.theirsErr != "" && (c.input[0] == '4' || strings.HasPrefix(c.input[1:], "0"))
		}},
	}
}

func socketIOParsersAgree(t *testing.T, node *parserProcess) {
	differences := sioDifferences()
	for _, era := range sioEras {
		t.Run(era.parser, func(t *testing.T) {
			r := newRand(t)
			list := []string{
				"", " ", "2", "2 [\"a\"]", `51.0-["a"]`, `511-["a"]`, "0/a\x01,", `299999999999999999["a"]`, `2{}`, `2["connect"]`, `0[]`, `1[]`, `4true`, `50-["a"]`, `2[null]`, `2[]`,
				`0/chat`, `2/chat`, `4-1`, `0null`,
			}
			for range inputs {
				p := randomSIOPacket(r)
				if p.Data != nil && r.IntN(8) == 0 && p.Type == sio.Event {
					p.Data = nil
				}
				out, err := era.append(nil, p)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, asText(mutate(r, string(out), sioPieces)))
			}
			for i, theirs := range ask[[]byte, sioPacket](t, node, era.parser, "packet", asBytes(list)) {
				c := comparison{parser: era.parser, input: list[i], theirsErr: theirs.Error}
				p, err := era.decode([]byte(c.input), sio.Limits{})
				if c.oursErr = err; err == nil {
					c.ours = []string{toParser(p).describe()}
				}
				if theirs.Error == "" {
					c.theirs = []string{theirs.describe()}
				}
				explain(t, c, differences)
			}
		})
	}
	checkUsed(t, differences)
}

// What each side writes the other reads.
func socketIOParsersReadEachOther(t *testing.T, node *parserProcess) {
	for _, era := range sioEras {
		t.Run(era.parser, func(t *testing.T) {
			r := newRand(t)
			var packets []sioPacket
			var texts [][]byte
			for range inputs / 3 {
				p := randomSIOPacket(r)
				out, err := era.append(nil, p)
				if err != nil {
					t.Fatal(err)
				}
				texts, packets = append(texts, out), append(packets, toParser(p))
			}
			for i, theirs := range ask[[]byte, sioPacket](t, node, era.parser, "packet", texts) {
				if theirs.Error != "" || theirs.describe() != packets[i].describe() {
					t.Fatalf("we write %q, they read %q, %s; want %q", texts[i], theirs.describe(), theirs.Error, packets[i].describe())
				}
			}
			type encoded struct {
				Out   [][]byte
				Error string
			}
			sent := make([]sioPacket, len(packets))
			for i, p := range packets {
				p.Data = strings.ReplaceAll(p.Data, `{"_placeholder":true,"num":0}`, `{"bytes":"AQID"}`)
				if era.parser == "socket.io-parser-4" && p.Type.IsBinary() {
					p.Type -= sio.BinaryEvent - sio.Event // it finds out by itself
				}
				sent[i] = p
			}
			for i, e := range ask[sioPacket, encoded](t, node, era.parser, "encode", sent) {
				if e.Error != "" || len(e.Out) != 1+int(packets[i].Attachments) {
					t.Fatalf("%+v: %q, %s", sent[i], e.Out, e.Error)
				}
				got, err := era.decode(e.Out[0], sio.Limits{})
				if err != nil || toParser(got).describe() != packets[i].describe() {
					t.Fatalf("they write %q, we read %q, %v; want %q", e.Out, toParser(got).describe(), err, packets[i].describe())
				}
			}
		})
	}
}
