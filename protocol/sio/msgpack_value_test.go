package sio_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/everwire/everwire/protocol/sio"
)

func TestMsgpackValues(t *testing.T) {
	for _, tt := range []struct {
		name, raw   string
		attachments [][]byte
		want        string
	}{
		{"number", `1`, nil, "\x01"},
		{"array of an object", `["a",{"b":[]}]`, nil, "\x92\xa1a\x81\xa1b\x90"},
		{"attachment", `[{"_placeholder":true,"num":0}]`, [][]byte{{1, 2}}, "\x91\xc4\x02\x01\x02"},
		{"what looks like one", `{"_placeholder":true,"num":0}`, nil, "\x82\xac_placeholder\xc3\xa3num\x00"},
	} {
		got, err := sio.AppendMsgpackValue([]byte("x"), []byte(tt.raw), tt.attachments)
		if err != nil || string(got) != "x"+tt.want {
			t.Errorf("%s: % x, %v; want % x", tt.name, got, err, tt.want)
			continue
		}
		raw, attachments, err := sio.DecodeMsgpackValue(got[1:], sio.Limits{})
		if err != nil || string(raw) != tt.raw || len(attachments) != len(tt.attachments) {
			t.Errorf("%s: back as %s with %d, %v", tt.name, raw, len(attachments), err)
		}
	}
}

func TestMsgpackValuesThatCannotBe(t *testing.T) {
	for name, f := range map[string]func() error{
		"no JSON": func() error { _, err := sio.AppendMsgpackValue(nil, []byte(`{`), nil); return err },
		"two":     func() error { _, err := sio.AppendMsgpackValue(nil, []byte(`1 2`), nil); return err },
		"attachment without a place": func() error {
			_, err := sio.AppendMsgpackValue(nil, []byte(`[]`), [][]byte{{1}})
			return err
		},
	} {
		if err := f(); !errors.Is(err, sio.ErrInvalidPacket) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	for name, data := range map[string]string{
		"nothing": "", "cut": "\x92\x01", "two": "\x01\x01", "many attachments": "\x92\xc4\x01x\xc4\x01x",
		"deep": string(bytes.Repeat([]byte{0x91}, sio.MaxDepth+1)) + "\x01",
	} {
		if _, _, err := sio.DecodeMsgpackValue([]byte(data), sio.Limits{MaxAttachments: 1}); !errors.Is(err, sio.ErrProtocol) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, _, err := sio.DecodeMsgpackValue([]byte("\xa3abc"), sio.Limits{MaxBytes: 3}); !errors.Is(err, sio.ErrTooLarge) {
		t.Errorf("long: %v", err)
	}
}

func FuzzDecodeMsgpackValue(f *testing.F) {
	f.Add([]byte("\x93\xa6GcyHh4\x83\xa4type\x02\xa4data\x93\xa2ev\x01\xa1a\xa3nsp\xa1/\x83\xa5rooms\x90\xa6except\x90\xa5flags\x80"))
	f.Add([]byte("\xc4\x03\x01\x02\x03"))
	f.Fuzz(func(t *testing.T, data []byte) {
		raw, attachments, err := sio.DecodeMsgpackValue(data, sio.Limits{})
		if err != nil {
			return
		}
		if !json.Valid(raw) {
			t.Fatalf("%q is no JSON", raw)
		}
		if sio.CheckPlaceholders(raw, len(attachments)) != nil {
			return
		}
		again, err := sio.AppendMsgpackValue(nil, raw, attachments)
		if err != nil {
			t.Fatal(err)
		}
		raw2, _, err := sio.DecodeMsgpackValue(again, sio.Limits{MaxBytes: 1 << 24})
		if err != nil || !bytes.Equal(raw, raw2) {
			t.Fatalf("%q became %q, %v", raw, raw2, err)
		}
	})
}
