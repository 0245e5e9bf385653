package sio_test

import (
	"encoding/json"
	"testing"

	"github.com/everwire/everwire/protocol/sio"
)

func TestAppendASCII(t *testing.T) {
	for in, want := range map[string]string{
		``:                     ``,
		`["echo",{"a":"b"}]`:   `["echo",{"a":"b"}]`,
		`["é€",1]`:             `["\u00e9\u20ac",1]`,
		`["😀"]`:                `["\ud83d\ude00"]`,
		"[\"\u0080\uffff\"]":   `["\u0080\uffff"]`,
		"[\"\U0010ffffz\"]":    `["\udbff\udfffz"]`,
		"[\"\u2028\\n\x7f\"]":  "[\"\\u2028\\n\x7f\"]",
		"[\"a\xffb\xe2\x82\"]": `["a\ufffdb\ufffd\ufffd"]`,
	} {
		if got := sio.AppendASCII([]byte("> "), []byte(in)); string(got) != "> "+want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestAppendASCIIDoesNotAllocateForASCII(t *testing.T) {
	in := []byte(`["echo","a line of chat"]`)
	buf := make([]byte, 0, 64)
	if allocs := testing.AllocsPerRun(100, func() { buf = sio.AppendASCII(buf[:0], in) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// The result is ASCII and means the same, to encoding/json too.
func FuzzAppendASCII(f *testing.F) {
	for _, s := range []string{``, `"é"`, `"😀\ud83d"`, "\"\xff\xc0\x80\"", `{"€":["\u2028"]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out := sio.AppendASCII(nil, in)
		for _, c := range out {
			if c >= 0x80 {
				t.Fatalf("%q gives %q", in, out)
			}
		}
		if string(sio.AppendASCII(nil, out)) != string(out) {
			t.Fatalf("%q is changed again", out)
		}
		if !json.Valid(in) {
			return
		}
		var want, got any
		if json.Unmarshal(in, &want) != nil {
			return
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%q gives %q: %v", in, out, err)
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if string(a) != string(b) {
			t.Fatalf("%q means %s, %q means %s", in, a, out, b)
		}
	})
}
