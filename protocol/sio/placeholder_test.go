package sio_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/sio"
)

func TestInlineBinary(t *testing.T) {
	attachments := [][]byte{{1, 2, 3}, []byte("?>?>"), nil}
	for _, tt := range []struct{ raw, want string }{
		{`["a",1]`, `["a",1]`},
		{`{"_placeholder":true,"num":0}`, `"AQID"`},
		{`{"num":1,"_placeholder":true}`, `"Pz4/Pg=="`},
		{` { "num" : 2 ,` + "\n\t" + `"_placeholder" : true } `, ` "" `},
		{`{"\u005fplaceholder":true,"n\u0075m":0}`, `"AQID"`},
		{`[[{"x":{"y":[{"_placeholder":true,"num":0},2]}}],{"_placeholder":true,"num":2}]`, `[[{"x":{"y":["AQID",2]}}],""]`},
		{`[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`, `["Pz4/Pg==","AQID"]`},
		// Not placeholders: only the value true makes one.
		{`{"_placeholder":false,"num":0}`, `{"_placeholder":false,"num":0}`},
		{`{"_placeholder":"true","num":0}`, `{"_placeholder":"true","num":0}`},
		{`{"_placeholder":1,"num":"x"}`, `{"_placeholder":1,"num":"x"}`},
		{`{"_placeholder":true,"_placeholder":false,"num":0}`, `{"_placeholder":true,"_placeholder":false,"num":0}`},
		{`{"Placeholder":true,"num":0}`, `{"Placeholder":true,"num":0}`},
		{`{"num":0}`, `{"num":0}`},
		{`"{\"_placeholder\":true,\"num\":0}"`, `"{\"_placeholder\":true,\"num\":0}"`},
		{`["_placeholder",true,"num",0]`, `["_placeholder",true,"num",0]`},
	} {
		got, err := sio.InlineBinary([]byte("> "), []byte(tt.raw), attachments)
		if err != nil || string(got) != "> "+tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.raw, got, err, tt.want)
		}
		if err := sio.CheckPlaceholders([]byte(tt.raw), len(attachments)); err != nil {
			t.Errorf("%s: CheckPlaceholders: %v", tt.raw, err)
		}
	}
}

func TestInlineBinaryFillsByteSlices(t *testing.T) {
	raw := []byte(`{"name":"a.png","data":{"_placeholder":true,"num":0}}`)
	out, err := sio.InlineBinary(nil, raw, [][]byte{{0, 255, 128}})
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Name string
		Data []byte
	}
	if err := json.Unmarshal(out, &v); err != nil || v.Name != "a.png" || string(v.Data) != "\x00\xff\x80" {
		t.Errorf("%+v, %v", v, err)
	}
}

// An object whose _placeholder is true is one, and has to be a good one.
func TestBadPlaceholders(t *testing.T) {
	for _, tt := range []struct {
		raw  string
		want error
	}{
		{`{"_placeholder":true}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":2}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":-1}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":-0}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":0.5}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":1e0}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":"0"}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":"length"}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":null}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":[0]}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":{"_placeholder":true,"num":0}}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":4294967296}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":18446744073709551616}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":0,"x":1}`, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":0,"num":1}`, sio.ErrPlaceholder},
		{`{"_placeholder":false,"_placeholder":true,"num":0}`, sio.ErrPlaceholder},
		{`[{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]`, sio.ErrPlaceholder},
		{`["a",`, sio.ErrJSON},
		{``, sio.ErrJSON},
		{`1 2`, sio.ErrJSON},
		{strings.Repeat("[", sio.MaxDepth+1), sio.ErrDepth},
	} {
		if got, err := sio.InlineBinary([]byte("> "), []byte(tt.raw), make([][]byte, 2)); !errors.Is(err, tt.want) || string(got) != "> " {
			t.Errorf("InlineBinary %.60s: %q, %v; want %v", tt.raw, got, err, tt.want)
		}
		if err := sio.CheckPlaceholders([]byte(tt.raw), 2); !errors.Is(err, tt.want) {
			t.Errorf("CheckPlaceholders %.60s: %v; want %v", tt.raw, err, tt.want)
		}
	}
}

func TestManyAttachmentsAreEachNamedOnce(t *testing.T) {
	const n = 200
	parts := make([][]byte, n)
	for i := range parts {
		parts[i] = sio.AppendPlaceholder(nil, i)
	}
	if err := sio.CheckPlaceholders(sio.AppendArray(nil, parts), n); err != nil {
		t.Error(err)
	}
	for _, twice := range []int{0, 63, 64, n - 1} {
		raw := sio.AppendArray(nil, append(parts[:n:n], parts[twice]))
		if err := sio.CheckPlaceholders(raw, n); !errors.Is(err, sio.ErrPlaceholder) {
			t.Errorf("number %d twice: %v", twice, err)
		}
	}
}

func TestIsPlaceholder(t *testing.T) {
	for raw, want := range map[string]int{
		`{"_placeholder":true,"num":0}`:          0,
		` {"num":12, "_placeholder" : true} `:    12,
		`{"_placeholder":true,"num":2147483647}`: 2147483647,
		`{"_placeholder":true,"num":2147483648}`: -1,
		`{"_placeholder":true,"num":00}`:         -1,
		`{"_placeholder":true}`:                  -1,
		`[{"_placeholder":true,"num":0}]`:        -1,
		`{"a":{"_placeholder":true,"num":0}}`:    -1,
		`{"_placeholder":true,"num":0}{}`:        -1,
		`{"_placeholder":true,"num":0,"a":[]}`:   -1,
		`{"_placeholder":true,"num":{}}`:         -1,
		`"_placeholder"`:                         -1,
		`{}`:                                     -1,
		`{`:                                      -1,
		`5`:                                      -1,
		``:                                       -1,
		`   `:                                    -1,
		`{"_placeholder":true,"num":0` + "\x00" + `}`: -1,
	} {
		num, ok := sio.IsPlaceholder([]byte(raw))
		if ok != (want >= 0) || ok && num != want {
			t.Errorf("%s: %d, %v; want %d", raw, num, ok, want)
		}
	}
}

func TestRenumber(t *testing.T) {
	for _, tt := range []struct {
		raw  string
		add  int
		want string
	}{
		{`["a"]`, 3, `["a"]`},
		{`[{"_placeholder":true,"num":0},{"x":{"num":9,"_placeholder":true}}, 1]`, 2, `[{"_placeholder":true,"num":2},{"x":{"_placeholder":true,"num":11}}, 1]`},
		{`{"_placeholder":true,"num":3}`, -3, `{"_placeholder":true,"num":0}`},
		{`{"num":3,"_placeholder":true}`, 0, `{"num":3,"_placeholder":true}`},
	} {
		raw := []byte(tt.raw)
		got, err := sio.Renumber(raw, tt.add)
		if err != nil || string(got) != tt.want || string(raw) != tt.raw {
			t.Errorf("%s + %d: %s, %v; want %s", tt.raw, tt.add, got, err, tt.want)
		}
	}
	for _, tt := range []struct {
		raw  string
		add  int
		want error
	}{
		{`{"_placeholder":true,"num":3}`, -4, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":2147483647}`, 1, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":"x"}`, 0, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":1}`, -1 << 63, sio.ErrPlaceholder},
		{`{"_placeholder":true,"num":1}`, 1<<63 - 1, sio.ErrPlaceholder},
		{`[`, 1, sio.ErrJSON},
	} {
		if got, err := sio.Renumber([]byte(tt.raw), tt.add); !errors.Is(err, tt.want) {
			t.Errorf("%s + %d: %s, %v; want %v", tt.raw, tt.add, got, err, tt.want)
		}
	}
}
