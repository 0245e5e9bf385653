package sio_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/sio"
)

func TestSplitArray(t *testing.T) {
	for _, tt := range []struct {
		data string
		want []string
	}{
		{``, nil},
		{`[]`, nil},
		{" [ \n] ", nil},
		{`["a"]`, []string{`"a"`}},
		{` [ "a" , 1.5e-3 ,true,false , null , { "x" : [ 1 , 2 ] } ] `, []string{`"a"`, `1.5e-3`, `true`, `false`, `null`, `{ "x" : [ 1 , 2 ] }`}},
		{`["],[","\"]","\\"]`, []string{`"],["`, `"\"]"`, `"\\"`}},
		{`[[],{},[[]],"",0,-0]`, []string{`[]`, `{}`, `[[]]`, `""`, `0`, `-0`}},
	} {
		got, err := sio.SplitArray([]byte(tt.data))
		if err != nil || len(got) != len(tt.want) {
			t.Errorf("%s: %q, %v", tt.data, got, err)
			continue
		}
		for i := range got {
			if string(got[i]) != tt.want[i] {
				t.Errorf("%s: element %d is %s, want %s", tt.data, i, got[i], tt.want[i])
			}
		}
	}
}

func TestSplitArrayRefuses(t *testing.T) {
	for _, tt := range []struct {
		data string
		want error
	}{
		{`{}`, sio.ErrPayload},
		{`"a"`, sio.ErrPayload},
		{` `, sio.ErrPayload},
		{`[`, sio.ErrJSON},
		{`[1`, sio.ErrJSON},
		{`[1,`, sio.ErrJSON},
		{`[1,]`, sio.ErrJSON},
		{`[,1]`, sio.ErrJSON},
		{`[1 2]`, sio.ErrJSON},
		{`[1]]`, sio.ErrJSON},
		{`[]x`, sio.ErrJSON},
		{strings.Repeat("[", sio.MaxDepth+1), sio.ErrDepth},
		{strings.Repeat(`[{"a":`, sio.MaxDepth), sio.ErrDepth},
		{`[0` + strings.Repeat(",0", sio.MaxArguments) + `]`, sio.ErrTooManyArguments},
	} {
		got, err := sio.AppendElements([][]byte{[]byte("kept")}, []byte(tt.data))
		if !errors.Is(err, tt.want) || len(got) != 1 {
			t.Errorf("%.40s: %q, %v; want %v", tt.data, got, err, tt.want)
		}
	}
}

// What is JSON is not ours to decide: RFC 8259, as encoding/json reads it.
func TestJSONIsThatOfTheStandardLibrary(t *testing.T) {
	for _, v := range []string{
		`0`, `-0`, `01`, `-`, `+1`, `1.`, `.5`, `1.5`, `1e5`, `1E+5`, `1e-05`, `1e`, `1e+`, `0x1`, `1_0`, `NaN`, `Infinity`, `-Infinity`,
		`true`, `tru`, `truee`, `True`, `false`, `fals`, `null`, `nul`, `undefined`, ``,
		`""`, `"`, `"\"`, `"\x"`, `"\u12"`, `"\u12g4"`, `"\u12aF"`, `"\ud800"`, `"\ud83d\ude00"`, `"\/\b\f\n\r\t"`, "\"\x1f\"", "\"\x7f\"", "\"\n\"", `'a'`,
		`{}`, `{`, `}`, `{"a"}`, `{"a":}`, `{"a":1`, `{"a":1,}`, `{"a":1,"b":2}`, `{"a":1 "b":2}`, `{a:1}`, `{1:1}`, `{"a" : 1}`, `{,}`, `{"a":1,"a":2}`,
		`[[]`, `[]]`, `[}`, `{]`, `[1,,2]`, "\ufeff1", "\u00a01", "\v1",
	} {
		data := []byte("[" + v + "]")
		_, err := sio.SplitArray(data)
		if (err == nil) != json.Valid(data) {
			t.Errorf("%s: %v, but encoding/json says valid: %v", data, err, json.Valid(data))
		}
	}
}

func TestEventName(t *testing.T) {
	for raw, want := range map[string]string{
		`"echo"`:                 "echo",
		`""`:                     "",
		`1`:                      "1",
		`-1.5`:                   "-1.5",
		`"a\"b\\c\/d"`:           `a"b\c/d`,
		`"\b\f\n\r\t"`:           "\b\f\n\r\t",
		`"\u20ac\u00E9"`:         "€é",
		`"\ud83d\ude00!"`:        "😀!",
		`"\ud83d"`:               "\ufffd",
		`"\ud83d\u0041"`:         "\ufffdA",
		`"\ude00\ud83d\ude00"`:   "\ufffd😀",
		`"\u0063onnect"`:         "connect",
		`"__proto__"`:            "__proto__",
		`"\ud83dx\ud83d\ude0"`:   "",
		`{"toString":"connect"}`: "",
		`["connect"]`:            "",
		`null`:                   "",
		`true`:                   "",
		``:                       "",
		`"`:                      "",
	} {
		got, err := sio.EventName([]byte(raw))
		if string(got) != want {
			t.Errorf("%s: %q, %v; want %q", raw, got, err, want)
		}
		if want == "" && raw != `""` && !errors.Is(err, sio.ErrProtocol) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestAppendEvent(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"a", nil, `["a"]`},
		{"a", []string{`1`, `{"x":"y"}`, ``}, `["a",1,{"x":"y"},null]`},
		{`q"b\`, nil, `["q\"b\\"]`},
		{"\x00\b\t\n\f\r\x1f\x7f", nil, "[\"\\u0000\\u0008\\t\\n\\u000c\\r\\u001f\x7f\"]"},
		{"<a href='x'>&</a>", nil, `["<a href='x'>&</a>"]`},
		{"a\u2028b\u2029c", nil, `["a\u2028b\u2029c"]`},
		{"€\xff\xe2\x82é\xf0", nil, "[\"€\ufffd\ufffd\ufffdé\ufffd\"]"},
		{"\ufffd", nil, "[\"\ufffd\"]"},
		{"😀", nil, `["😀"]`},
	} {
		var args [][]byte
		for _, a := range tt.args {
			args = append(args, []byte(a))
		}
		got := sio.AppendEvent(nil, tt.name, args)
		if string(got) != tt.want {
			t.Errorf("%q: %s, want %s", tt.name, got, tt.want)
		}
		var back []any
		if err := json.Unmarshal(got, &back); err != nil || back[0] != strings.ToValidUTF8(tt.name, "\ufffd") && !strings.Contains(tt.name, "\xff") {
			t.Errorf("%q reads as %q, %v", tt.name, back, err)
		}
	}
}

func TestAppendArray(t *testing.T) {
	if got := sio.AppendArray(nil, nil); string(got) != `[]` {
		t.Errorf("%s", got)
	}
	if got := sio.AppendArray(nil, [][]byte{[]byte(`1`), nil, []byte(`"x"`)}); string(got) != `[1,null,"x"]` {
		t.Errorf("%s", got)
	}
}
