package sio_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/sio"
)

// The dialects of protocol 5 and of those before it.
var dialects = []struct {
	name   string
	decode func([]byte, sio.Limits) (sio.Packet, error)
	append func([]byte, sio.Packet) ([]byte, error)
}{
	{"V5", sio.DecodePacket, sio.AppendPacket},
	{"V4", sio.DecodePacketV4, sio.AppendPacketV4},
}

// What decodes must encode to something that decodes to the same.
func FuzzDecodePacket(f *testing.F) {
	for _, s := range []string{
		`0`, `0{"token":"x"}`, `0/chat?token=a,`, `1/chat,`, `2`, `20["echo","€"]`, `2[1,[2,{"a":null}] ]`,
		`51-["echo",{"_placeholder":true,"num":0}]`, `62-/c,7[1]`, `4/nope,{"message":"Invalid namespace"}`, `4"x"`,
		`4[1]`, `4null`, `4-1`, `50-["a"]`, `60-/chat,1[]`, `0/chat`, `2["\u0063onnect"]`, `29007199254740992[]`, `5999999-[]`, "2[\"\xff\"]",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, d := range dialects {
			p, err := d.decode(text, sio.Limits{})
			if err != nil {
				if !errors.Is(err, sio.ErrProtocol) {
					t.Fatalf("%s: foreign error: %v", d.name, err)
				}
				continue
			}
			if len(p.Data) > 0 && !json.Valid(p.Data) || !utf8.Valid(text) {
				t.Fatalf("%s: accepted %q", d.name, text)
			}
			out, err := d.append(nil, p)
			if err != nil {
				t.Fatalf("%s: %q decodes to %+v, which does not encode: %v", d.name, text, p, err)
			}
			q, err := d.decode(out, sio.Limits{})
			if err != nil || !reflect.DeepEqual(p, q) {
				t.Fatalf("%s: %q: %+v\n%q: %+v, %v", d.name, text, p, out, q, err)
			}
		}
	})
}

// The input is a stream of messages, separated by a zero byte; those that
// begin with 0x01 are binary.
func FuzzReassemble(f *testing.F) {
	for _, s := range []string{
		"0\x0020[\"a\"]",
		"51-[\"a\",{\"_placeholder\":true,\"num\":0}]\x00\x01abc\x002[\"b\"]",
		"62-/c,1[{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]\x00\x01\x00\x01\x02",
		"52-[\"a\"]\x00\x01\x002[\"b\"]", "\x01x", "510-[\"a\"]\x00\x01",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		lim := sio.Limits{MaxAttachments: 4, MaxBytes: 200}
		d := sio.Decoder{Limits: lim}
		for _, m := range bytes.Split(stream, []byte{0}) {
			var p sio.Packet
			var done bool
			var err error
			if len(m) > 0 && m[0] == 1 {
				p, done, err = d.AddBinary(m[1:])
			} else {
				p, done, err = d.Add(m)
			}
			if err != nil {
				if done || !errors.Is(err, sio.ErrProtocol) {
					t.Fatalf("%q: %v, %v", m, done, err)
				}
				return
			}
			if done != (d.Missing() == 0) || d.Missing() > lim.MaxAttachments {
				t.Fatalf("%q: done %v, %d missing", m, done, d.Missing())
			}
			if done {
				checkComplete(t, p, lim)
			}
		}
	})
}

// checkComplete checks what a Decoder promises of a packet.
func checkComplete(t *testing.T, p sio.Packet, lim sio.Limits) {
	t.Helper()
	size := 0
	for _, b := range p.Binary {
		size += len(b)
	}
	if len(p.Binary) != p.Attachments || p.Type.IsBinary() != (p.Attachments > 0) || p.Attachments > 0 && size+len(p.Data) > lim.MaxBytes {
		t.Fatalf("%+v", p)
	}
	els, err := sio.SplitArray(p.Data)
	if p.Type != sio.Connect && err != nil {
		t.Fatalf("%+v: %v", p, err)
	}
	for _, el := range els {
		if !p.Type.IsBinary() {
			break
		}
		if num, ok := sio.IsPlaceholder(el); ok && num >= len(p.Binary) {
			t.Fatalf("%s accepted", el)
		}
		if _, err := sio.InlineBinary(nil, el, p.Binary); err != nil {
			t.Fatalf("%s: %v", el, err)
		}
	}
}

// SplitArray agrees with encoding/json about what is an array of what, except
// for bytes that are not UTF-8 and for our limits.
func FuzzSplitArray(f *testing.F) {
	for _, s := range []string{
		``, `[]`, ` [ "a" , {"b":[1,2.5e-3,null]} ] `, `["\ud83d\ude00","\"]"]`, `[1,]`, `[[[[]]]]`, "[\"\xff\"]", `[01]`, `{"a":1}`, `[-]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := sio.SplitArray(data)
		var want []json.RawMessage
		stdErr := json.Unmarshal(data, &want)
		switch {
		case len(data) == 0:
			if err != nil || got != nil {
				t.Fatalf("%q, %v", got, err)
			}
			return
		case errors.Is(err, sio.ErrDepth), errors.Is(err, sio.ErrTooManyArguments):
			return
		case err != nil:
			isNull := string(bytes.TrimSpace(data)) == "null"
			if stdErr == nil && utf8.Valid(data) && !isNull {
				t.Fatalf("%q: %v", data, err)
			}
			return
		}
		if stdErr != nil || len(got) != len(want) {
			t.Fatalf("%q: %q; encoding/json has %q, %v", data, got, want, stdErr)
		}
		for i := range got {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("%q: element %d is %q, want %q", data, i, got[i], want[i])
			}
			checkName(t, got[i])
		}
		if again, err := sio.SplitArray(sio.AppendArray(nil, got)); err != nil || !reflect.DeepEqual(got, again) && len(got) > 0 {
			t.Fatalf("%q: again %q, %v", data, again, err)
		}
	})
}

// checkName compares EventName with encoding/json, and AppendString with both.
func checkName(t *testing.T, raw []byte) {
	t.Helper()
	name, err := sio.EventName(raw)
	var want string
	if json.Unmarshal(raw, &want) != nil || raw[0] != '"' {
		return
	}
	if err != nil || string(name) != want {
		t.Fatalf("%q: name %q, %v; want %q", raw, name, err, want)
	}
	var back string
	if err := json.Unmarshal(sio.AppendString(nil, want), &back); err != nil || back != want {
		t.Fatalf("%q written as %q", want, sio.AppendString(nil, want))
	}
}

// Inlining must give what a simple walk over the decoded tree gives.
func FuzzPlaceholders(f *testing.F) {
	for _, s := range []string{
		`{"_placeholder":true,"num":0}`, `["a",{"x":[{"num":1,"_placeholder":true}]},{"_placeholder":true,"num":0}]`,
		`{"_placeholder":true,"num":"x"}`, `{"_placeholder":false,"num":0}`, `{"\u005fplaceholder":true,"num":2}`,
		`{"_placeholder":true,"num":0,"a":1}`, `[{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]`, `[[[[{}]]]]`,
	} {
		f.Add([]byte(s), 1)
	}
	attachments := [][]byte{[]byte("zero"), {}, {0xff, 0xfe}}
	f.Fuzz(func(t *testing.T, raw []byte, add int) {
		num, isPlaceholder := sio.IsPlaceholder(raw)
		out, err := sio.InlineBinary(nil, raw, attachments)
		if check := sio.CheckPlaceholders(raw, len(attachments)); (check == nil) != (err == nil) {
			t.Fatalf("%q: InlineBinary %v, CheckPlaceholders %v", raw, err, check)
		}
		if err != nil {
			if !errors.Is(err, sio.ErrProtocol) {
				t.Fatal(err)
			}
			return
		}
		want := inlineTree(t, decodeTree(t, raw), attachments)
		if got := decodeTree(t, out); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q gives %q: %v, want %v", raw, out, got, want)
		}
		if isPlaceholder {
			if s := base64.StdEncoding.EncodeToString(attachments[num]); string(bytes.TrimSpace(out)) != `"`+s+`"` {
				t.Fatalf("%q gives %q", raw, out)
			}
		}
		up, err := sio.Renumber(raw, add&0xffff)
		if err != nil {
			t.Fatalf("%q + %d: %v", raw, add&0xffff, err)
		}
		down, err := sio.Renumber(up, -(add & 0xffff))
		if err != nil || !reflect.DeepEqual(decodeTree(t, down), decodeTree(t, raw)) {
			t.Fatalf("%q up %q down %q: %v", raw, up, down, err)
		}
	})
}

func decodeTree(t *testing.T, raw []byte) (v any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	return v
}

func inlineTree(t *testing.T, v any, attachments [][]byte) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = inlineTree(t, v[i], attachments)
		}
	case map[string]any:
		if v["_placeholder"] == true {
			n, err := v["num"].(json.Number).Int64()
			if err != nil {
				t.Fatal(err)
			}
			return base64.StdEncoding.EncodeToString(attachments[n])
		}
		for k := range v {
			v[k] = inlineTree(t, v[k], attachments)
		}
	}
	return v
}
