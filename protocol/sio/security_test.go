package sio_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/sio"
)

// add feeds a fresh server-side Decoder with one text message.
func add(text string) error {
	var d sio.Decoder
	_, _, err := d.Add([]byte(text))
	return err
}

// CVE-2023-32695 (and CVE-2024-38355, its end in the server): an event name
// that was an object crashed the reference.
func TestCVE_2023_32695_EventNameNotAString(t *testing.T) {
	for _, data := range []string{`[{}]`, `[{"toString":"foo"}]`, `[null]`, `[[]]`, `[["a"]]`, `[true]`, `[]`, `[{"_placeholder":true,"num":0}]`} {
		if err := add(`2` + data); !errors.Is(err, sio.ErrEventName) {
			t.Errorf("2%s: %v", data, err)
		}
		if err := add(`51-` + data); !errors.Is(err, sio.ErrEventName) {
			t.Errorf("51-%s: %v", data, err)
		}
	}
}

func TestReservedEventNames(t *testing.T) {
	for _, name := range []string{
		"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
		`\u0063onnect`, `new\u004cistener`, // the same, written in another way
	} {
		if err := add(`2["` + name + `",1]`); !errors.Is(err, sio.ErrReservedName) {
			t.Errorf("%s: %v", name, err)
		}
		if err := add(`51-["` + name + `",1]`); !errors.Is(err, sio.ErrReservedName) {
			t.Errorf("binary %s: %v", name, err)
		}
	}
	for _, name := range []string{"Connect", "connection", "error", "message", "__proto__", "constructor", ""} {
		if err := add(`2["` + name + `"]`); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// CVE-2022-2421: the placeholder's index was not checked to be a number, so a
// client could name any property of the list of attachments.
func TestCVE_2022_2421_PlaceholderIndex(t *testing.T) {
	for _, num := range []string{`"splice"`, `"x"`, `"0"`, `-1`, `1`, `99`, `0.1`, `1e400`, `null`, `{}`, `[0]`, `true`} {
		for _, format := range []string{
			`51-["a",{"_placeholder":true,"num":%s}]`,
			`51-["a",{"num":%s,"_placeholder":true}]`,
			`51-["a",[{"deep":{"_placeholder":true,"num":%s}}]]`,
			`61-0[{"_placeholder":true,"num":%s}]`,
		} {
			text := fmt.Sprintf(format, num)
			if err := add(text); !errors.Is(err, sio.ErrPlaceholder) {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

// A client that announces millions of attachments must neither reserve memory
// nor make the server wait for them.
func TestAttachmentBomb(t *testing.T) {
	var texts [][]byte
	for _, count := range []string{"11", "999999", "99999999999", "18446744073709551617", strings.Repeat("9", 1<<20)} {
		texts = append(texts, []byte(`5`+count+`-["a"]`), []byte(`6`+count+`-1[]`))
	}
	before := allocated()
	for _, text := range texts {
		var d sio.Decoder
		if _, _, err := d.Add(text); !errors.Is(err, sio.ErrTooManyAttachments) || d.Missing() != 0 {
			t.Errorf("%.20s: %v, %d missing", text, err, d.Missing())
		}
	}
	if n := allocated() - before; n > 1<<16 {
		t.Errorf("%d bytes allocated", n)
	}
}

// Attachments are counted in bytes too: ten large ones do not fit.
func TestAttachmentsAreBoundedTogether(t *testing.T) {
	var d sio.Decoder
	if _, _, err := d.Add([]byte(`510-["a"]`)); err != nil {
		t.Fatal(err)
	}
	part := make([]byte, 1_000_000)
	for i := range 3 {
		if _, _, err := d.AddBinary(part); (err != nil) != (i == 2) {
			t.Fatalf("attachment %d: %v", i, err)
		}
	}
}

// One attachment named by many placeholders would grow without bound when it is
// put in place of them.
func TestPlaceholderBomb(t *testing.T) {
	raw := []byte(`["a"` + strings.Repeat(`,{"_placeholder":true,"num":0}`, 1000) + `]`)
	if err := add(`51-` + string(raw)); !errors.Is(err, sio.ErrPlaceholder) {
		t.Errorf("decoder: %v", err)
	}
	if out, err := sio.InlineBinary(nil, raw, [][]byte{make([]byte, 1<<20)}); !errors.Is(err, sio.ErrPlaceholder) {
		t.Errorf("InlineBinary: %d bytes, %v", len(out), err)
	}
}

// Arrays of tiny elements must not become large slices.
func TestArgumentBomb(t *testing.T) {
	text := []byte(`2["a"` + strings.Repeat(",0", 500_000) + `]`)
	before := allocated()
	if _, err := sio.DecodePacket(text, sio.Limits{}); !errors.Is(err, sio.ErrTooManyArguments) {
		t.Error(err)
	}
	if _, err := sio.SplitArray(text[1:]); !errors.Is(err, sio.ErrTooManyArguments) {
		t.Error(err)
	}
	if n := allocated() - before; n > 1<<18 {
		t.Errorf("%d bytes allocated", n)
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// Every decoder takes time linear in its input: eight times the input may take
// sixteen times as long, where quadratic time would be sixty-four times.
func TestDecodersAreLinear(t *testing.T) {
	const size = 2 << 10 // bytes of the smaller input
	decode := func(b []byte) { _, _ = sio.DecodePacket(b, sio.Limits{}) }
	decodeV4 := func(b []byte) { _, _ = sio.DecodePacketV4(b, sio.Limits{}) }
	decode09 := func(b []byte) { _, _ = sio.DecodePacket09(b, sio.Limits{}) }
	ascii := func(b []byte) { sio.AppendASCII(nil, b) }
	split := func(b []byte) { _, _ = sio.SplitArray(b) }
	check := func(b []byte) { _ = sio.CheckPlaceholders(b, 1) }
	attachments := make([][]byte, 1<<20)
	inline := func(b []byte) { _, _ = sio.InlineBinary(nil, b, attachments) }
	renumber := func(b []byte) { _, _ = sio.Renumber(b, 1) }
	is := func(b []byte) { _, _ = sio.IsPlaceholder(b) }
	for _, tt := range []struct {
		name               string
		run                func([]byte)
		before, part, tail string
	}{
		{"one long string", decode, `2["`, `a`, `"]`},
		{"escapes in the name", decode, `2["`, `\u0061`, `"]`},
		{"white space", decode, `2["a",`, ` `, `1]`},
		{"digits of an id", decode, `2`, `0`, `["a"]`},
		{"digits of a count", decode, `5`, `9`, `-["a"]`},
		{"long namespace", decode, `2/`, `é`, `,["a"]`},
		{"unclosed arrays", decode, `2["a",`, `[`, ``},
		{"objects side by side", decode, `2["a",[0`, `,{"a":{}}`, `]]`},
		{"members", decode, `2["a",{"a":0`, `,"a":1`, `}]`},
		{"an error of numbers", decodeV4, `4[0`, `,1`, `]`},
		{"an id of version 0.9", decode09, `3:`, `0`, `::a`},
		{"pluses", decode09, `3:1`, `+`, `::a`},
		{"colons", decode09, `3:`, `:`, ``},
		{"an endpoint", decode09, `1::/`, `é`, ``},
		{"a query", decode09, `1::/a?`, `?`, ``},
		{"text", decode09, `3:::`, `é`, ``},
		{"members of an event", decode09, `5:::{"name":"a"`, `,"args":[]`, `}`},
		{"escaped keys of an event", decode09, `5:::{"name":"a"`, `,"\u0061rgs":0`, `}`},
		{"arguments of an event", decode09, `5:::{"name":"a","args":[0`, `,{}`, `]}`},
		{"arguments of an ack", decode09, `6:::1+[0`, `,{}`, `]`},
		{"an ack's id", decode09, `6:::`, `0`, ``},
		{"ASCII", ascii, `"`, `é`, `"`},
		{"elements", split, `["a",[0`, `,[]`, `]]`},
		{"unclosed objects", split, `["a"`, `,{"a":`, ``},
		{"placeholders that repeat", check, `[0`, `,{"_placeholder":true,"num":0}`, `]`},
		{"marked objects in one another", check, ``, `{"_placeholder":true,"num":`, ``},
		{"members of a marked object", check, `{"_placeholder":true`, `,"num":0`, `}`},
		{"escaped keys", check, `{"_placeholder":true`, `,"\u006eum":0`, `}`},
		{"one key with escapes", check, `{"`, `\u006e`, `":0}`},
		{"inlining nothing", inline, `[0`, `,{"_placeholder":false,"num":0}`, `]`},
		{"renumbering", renumber, `[0`, `,{"_placeholder":true,"num":0}`, `]`},
		{"a long object", is, `{"a":0`, `,"num":1`, `}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			input := func(n int) []byte {
				return []byte(tt.before + strings.Repeat(tt.part, n) + tt.tail)
			}
			small, large := input(size/len(tt.part)), input(8*size/len(tt.part))
			if r := ratio(tt.run, small, large, 16); r > 16 {
				t.Errorf("8 times the input took %.1f times as long", r)
			}
		})
	}
}

// ratio compares the time that run takes for two inputs. It takes the shortest
// of many short runs, and more of them while the result is above the limit:
// other work on the machine can only make a run longer.
func ratio(run func([]byte), small, large []byte, limit float64) float64 {
	a, b := time.Hour, time.Hour
	var r float64
	for range 20 {
		for range 10 {
			a, b = min(a, elapsed(run, small)), min(b, elapsed(run, large))
		}
		if r = float64(b) / float64(max(a, time.Microsecond)); r <= limit {
			break
		}
	}
	return r
}

func elapsed(run func([]byte), input []byte) time.Duration {
	start := time.Now()
	run(input)
	return time.Since(start)
}

// Nothing that an attacker nests deeply uses more than a little stack.
func TestDeepNestingIsRefused(t *testing.T) {
	for _, part := range []string{`[`, `{"a":`, `[{"a":[`} {
		raw := bytes.Repeat([]byte(part), 300_000)
		if err := sio.CheckPlaceholders(raw, 1); !errors.Is(err, sio.ErrDepth) {
			t.Errorf("CheckPlaceholders of %s: %v", part, err)
		}
		if err := add(`0{"a":` + string(raw)); !errors.Is(err, sio.ErrDepth) {
			t.Errorf("CONNECT with %s: %v", part, err)
		}
	}
}

// Ack ids beyond what a JavaScript peer can count to, and the like.
func TestHostileAckIDs(t *testing.T) {
	for text, want := range map[string]error{
		`39007199254740991[]`:       nil,
		`39007199254740992[]`:       sio.ErrID,
		`318446744073709551616[]`:   sio.ErrID,
		`336893488147419103232[]`:   sio.ErrID,
		`3-1[]`:                     sio.ErrPayload,
		`3+1[]`:                     sio.ErrPayload,
		`31e3[]`:                    sio.ErrPayload,
		`3٣[]`:                      sio.ErrPayload,
		`3` + "\u00a0" + `1[]`:      sio.ErrPayload,
		`3/__proto__,1[]`:           nil,
		`3/__proto__?__proto__,1[]`: nil,
	} {
		if err := add(text); !errors.Is(err, want) {
			t.Errorf("%s: %v; want %v", text, err, want)
		}
	}
}
