package sio_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/everwire/everwire/protocol/sio"
)

func TestDecoderCollectsAttachments(t *testing.T) {
	var d sio.Decoder
	text := []byte(`52-/chat,3["pic",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`)
	if p, done, err := d.Add(text); done || err != nil {
		t.Fatalf("%+v, %v, %v", p, done, err)
	}
	if d.Missing() != 2 {
		t.Errorf("missing %d", d.Missing())
	}
	first := []byte("first")
	if p, done, err := d.AddBinary(first); done || err != nil {
		t.Fatalf("%+v, %v, %v", p, done, err)
	}
	// The decoder must have copies: carriers reuse their buffers.
	clear(text)
	clear(first)
	p, done, err := d.AddBinary([]byte("second"))
	if !done || err != nil {
		t.Fatalf("%v, %v", done, err)
	}
	if p.Type != sio.BinaryEvent || p.Namespace != "/chat" || p.ID != 3 || !p.HasID {
		t.Errorf("%+v", p)
	}
	if want := `["pic",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`; string(p.Data) != want {
		t.Errorf("data %s", p.Data)
	}
	if len(p.Binary) != 2 || string(p.Binary[0]) != "first" || string(p.Binary[1]) != "second" {
		t.Errorf("attachments %q", p.Binary)
	}
	if p, done, err := d.Add([]byte(`2/chat,["next"]`)); !done || err != nil || p.Binary != nil {
		t.Errorf("after it: %+v, %v, %v", p, done, err)
	}
}

func TestDecoderRefuses(t *testing.T) {
	pending := `52-["a"]`
	for _, tt := range []struct {
		name   string
		frames []string // the ones that begin with ! are binary
		want   error
	}{
		{"text while attachments are missing", []string{pending, `2["b"]`}, sio.ErrAttachmentsPending},
		{"text between attachments", []string{pending, "!1", `2["b"]`}, sio.ErrAttachmentsPending},
		{"binary at the start", []string{"!1"}, sio.ErrUnexpectedBinary},
		{"binary behind an event without", []string{`2["a"]`, "!1"}, sio.ErrUnexpectedBinary},
		{"one attachment too many", []string{pending, "!1", "!2", "!3"}, sio.ErrUnexpectedBinary},
		{"CONNECT_ERROR from a client", []string{`4{"message":"x"}`}, sio.ErrType},
		{"placeholder without attachment", []string{`51-["a",{"_placeholder":true,"num":1}]`}, sio.ErrPlaceholder},
		{"text alone too large", []string{`51-["a","0123456789012345678901234567890123456789"]`}, sio.ErrTooLarge},
		{"attachments too large together", []string{pending, "!0123456789012345", "!01234567890123456"}, sio.ErrTooLarge},
		{"what DecodePacket refuses", []string{`2[{}]`}, sio.ErrEventName},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := sio.Decoder{Limits: sio.Limits{MaxBytes: 40}}
			for i, f := range tt.frames {
				var done bool
				var err error
				if f[0] == '!' {
					_, done, err = d.AddBinary([]byte(f[1:]))
				} else {
					_, done, err = d.Add([]byte(f))
				}
				if last := i == len(tt.frames)-1; !last {
					if err != nil {
						t.Fatalf("%q: %v", f, err)
					}
				} else if done || !errors.Is(err, tt.want) || !errors.Is(err, sio.ErrProtocol) {
					t.Errorf("%q: %v, %v; want %v", f, done, err, tt.want)
				}
			}
		})
	}
}

func TestDecoderTakesConnectErrorFromServer(t *testing.T) {
	d := sio.Decoder{FromServer: true}
	p, done, err := d.Add([]byte(`4/nope,{"message":"Invalid namespace"}`))
	if err != nil || !done || p.Type != sio.ConnectError || p.Namespace != "/nope" {
		t.Errorf("%+v, %v, %v", p, done, err)
	}
}

func TestDecoderResetDropsIncompletePacket(t *testing.T) {
	var d sio.Decoder
	if _, _, err := d.Add([]byte(`52-["a"]`)); err != nil {
		t.Fatal(err)
	}
	d.Reset()
	if _, _, err := d.AddBinary(nil); !errors.Is(err, sio.ErrUnexpectedBinary) {
		t.Errorf("binary after Reset: %v", err)
	}
	if p, done, err := d.Add([]byte(`2["b"]`)); !done || err != nil {
		t.Errorf("text after Reset: %+v, %v, %v", p, done, err)
	}
}

func TestDecoderTakesEmptyAttachment(t *testing.T) {
	var d sio.Decoder
	if _, _, err := d.Add([]byte(`51-["a",{"_placeholder":true,"num":0}]`)); err != nil {
		t.Fatal(err)
	}
	p, done, err := d.AddBinary(nil)
	if err != nil || !done || len(p.Binary) != 1 || len(p.Binary[0]) != 0 {
		t.Fatalf("%+v, %v, %v", p, done, err)
	}
	out, err := sio.InlineBinary(nil, p.Data, p.Binary)
	if err != nil || !bytes.Equal(out, []byte(`["a",""]`)) {
		t.Errorf("%s, %v", out, err)
	}
}

func TestDecoderKeepsNamespaceOfManyPackets(t *testing.T) {
	var d sio.Decoder
	text := []byte(`2/a-long-namespace,["a"]`)
	if n := testing.AllocsPerRun(100, func() {
		if p, _, err := d.Add(text); err != nil || p.Namespace != "/a-long-namespace" {
			t.Fatal(p, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
	if p, _, err := d.Add([]byte(`2/b,["a"]`)); err != nil || p.Namespace != "/b" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, _, err := d.Add([]byte(`2["a"]`)); err != nil || p.Namespace != "/" {
		t.Errorf("%+v, %v", p, err)
	}
}
