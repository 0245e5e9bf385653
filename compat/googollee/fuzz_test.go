package googollee_test

import (
	"bytes"
	"encoding/base64"
	"slices"
	"testing"

	"github.com/googollee/go-socket.io/parser"

	"github.com/everwire/everwire/compat/googollee"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// FuzzArguments calls a handler with what a client has sent. A buffer that
// stands for an attachment has that one.
func FuzzArguments(f *testing.F) {
	for _, s := range []string{
		`{"_placeholder":true,"num":0}`, `{"_placeholder":true,"num":1}`, `[{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]`,
		`{"type":"Buffer","data":"YWJj"}`, `{"B":{"_placeholder":true,"num":0},"P":null,"M":{"a":1}}`, `null`, `"text"`, `[]`, `1e400`, `{"num":-1}`,
	} {
		f.Add([]byte(s), []byte(s), []byte("attachment"))
		f.Add([]byte(s), []byte(`{"_placeholder":true,"num":0}`), []byte("attachment"))
	}
	type nested struct {
		B parser.Buffer
		P *parser.Buffer
		A [2]parser.Buffer
		M map[string]any
		N *nested
	}
	f.Fuzz(func(t *testing.T, first, second, attachment []byte) {
		for _, attachments := range [][][]byte{nil, {attachment}, {attachment, []byte("other")}} {
			in, err := socketio.RawArgs([][]byte{first, second}, attachments)
			if err != nil {
				continue
			}
			check := func(b parser.Buffer) {
				// Without attachments there is nothing that it could stand for.
				if raw, _ := b.MarshalJSON(); len(attachments) > 0 && bytes.Contains(raw, []byte("_placeholder")) &&
					!slices.ContainsFunc(attachments, func(a []byte) bool { return bytes.Equal(a, b.Data) }) {
					t.Errorf("%s and %s: a buffer has %q", first, second, b.Data)
				}
			}
			// An error is as good, a panic is not.
			_ = googollee.Call(func(a parser.Buffer, b *parser.Buffer) {
				check(a)
				if b != nil {
					check(*b)
				}
			}, in)
			_ = googollee.Call(func(all []parser.Buffer, n nested) {
				for _, b := range append(all, n.B, n.A[0], n.A[1]) {
					check(b)
				}
			}, in)
			_ = googollee.Call(func(string, map[string]parser.Buffer, any) {}, in)
		}
	})
}

// FuzzNextPacket gives the original what a client of Engine.IO 3 has sent: a
// packet of a type that there is, and all that follows the type.
func FuzzNextPacket(f *testing.F) {
	for _, s := range []string{"", "4text", "0", "b4YWJj", "b4YW", "b", "bz", "b9", "\x04bytes", "7", "/", "\xff"} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, isText bool) {
		m := session.Message{Kind: session.Binary, Data: bytes.Clone(data)}
		if isText {
			m.Kind = session.Text
		}
		binary, kind, got, err := googollee.NextPacket(m)
		if err != nil {
			return
		}
		want, typed, zero := data[1:], data[0], byte(0)
		if isText {
			zero = '0'
		}
		if isText && data[0] == 'b' {
			if want, err = base64.StdEncoding.DecodeString(string(data[2:])); err != nil {
				t.Fatalf("%q is %q", data, got)
			}
			typed = data[1]
		}
		if kind < 0 || kind > 6 || kind != int(typed)-int(zero) || !bytes.Equal(got, want) || binary != (!isText || data[0] == 'b') {
			t.Errorf("%q, text %v: type %d, binary %v, %q", data, isText, kind, binary, got)
		}
	})
}
