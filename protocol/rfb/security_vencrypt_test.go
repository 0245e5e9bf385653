package rfb_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

func veNCryptTypes(types ...rfb.SecurityType) []byte {
	wire := []byte{0, byte(len(types))}
	for _, t := range types {
		wire = binary.BigEndian.AppendUint32(wire, uint32(t))
	}
	return wire
}

func TestVeNCrypt(t *testing.T) {
	plain := append([]byte{0, 0, 0, 5, 0, 0, 0, 11}, "alicewonder land"...)
	all := veNCryptTypes(rfb.VeNCryptTLSVnc, rfb.VeNCryptPlain, rfb.VeNCryptX509None, rfb.VeNCryptX509Vnc, rfb.VeNCryptX509Plain)
	for _, kind := range []rfb.SecurityType{rfb.VeNCryptPlain, rfb.VeNCryptX509None, rfb.VeNCryptX509Vnc, rfb.VeNCryptX509Plain} {
		t.Run(kind.String(), func(t *testing.T) {
			p := secured(t, 19, kind)
			p.want(nothing, []byte{0, 2})
			p.sent([]byte{0, 2})
			events := p.feed(all)
			if kind == rfb.VeNCryptPlain {
				p.sent([]byte{0, 0, 1, 0})
				p.login(events, kind, true, alice)
				p.sent(plain)
				p.finish()
				return
			}
			p.sent([]byte{0, 0, 1, byte(kind)})
			events = p.want([]rfb.EventKind{rfb.EventTLS}, []byte{1})
			if events[0].Security != kind {
				t.Errorf("%+v", events[0])
			}
			if err := p.client.TLSDone(); err != nil {
				t.Fatal(err)
			}
			switch kind {
			case rfb.VeNCryptX509Vnc:
				p.login(p.feed(make([]byte, 16)), rfb.SecurityVNC, false, alice)
				p.sent(rfb.AppendVNCResponse(nil, [16]byte{}, alice.Password))
			case rfb.VeNCryptX509Plain:
				p.login(p.feed(), kind, true, alice)
				p.sent(plain)
			}
			p.finish()
		})
	}
}

func TestAnonymousTLSIsExplained(t *testing.T) {
	p := secured(t, 19, rfb.AllTypes()...)
	p.feed([]byte{0, 2}, veNCryptTypes(rfb.VeNCryptTLSNone, rfb.VeNCryptTLSVnc, rfb.VeNCryptTLSPlain))
	if !errors.Is(p.err, rfb.ErrAnonymousTLS) || !strings.Contains(p.err.Error(), "certificate") {
		t.Errorf("got %v", p.err)
	}
}

func TestVeNCryptThatFails(t *testing.T) {
	var refused *rfb.RefusedError
	var types *rfb.SecurityTypesError
	tests := []struct {
		name string
		wire []byte
		want any
	}{
		{"version 0.1", []byte{0, 1}, rfb.ErrVersion},
		{"version refused", []byte{0, 2, 255}, &refused},
		{"no types", []byte{0, 2, 0, 0}, &types},
		{"types that are not allowed", append([]byte{0, 2}, veNCryptTypes(rfb.VeNCryptPlain, rfb.VeNCryptTLSVnc)...), &types},
		{"TLS refused", append(append([]byte{0, 2}, veNCryptTypes(rfb.VeNCryptX509Vnc)...), 0), &refused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := secured(t, 19, rfb.VeNCryptX509Vnc)
			p.feed(tt.wire)
			if want, isErr := tt.want.(error); isErr && !errors.Is(p.err, want) || !isErr && !errors.As(p.err, tt.want) {
				t.Errorf("got %v", p.err)
			}
			if errors.As(p.err, &refused) && (refused.Reason != "" || refused.What == "" || !strings.Contains(p.err.Error(), "refused "+refused.What)) {
				t.Errorf("the server has said nothing, and the error is %+v", refused)
			}
		})
	}
}

// TestTLSIsNotDoneBeforeTheServerAgrees asks in front of each byte.
func TestTLSIsNotDoneBeforeTheServerAgrees(t *testing.T) {
	p := secured(t, 19, rfb.VeNCryptX509None)
	for _, b := range slices.Concat([]byte{0, 2}, veNCryptTypes(rfb.VeNCryptX509None), []byte{1}) {
		if err := p.client.TLSDone(); !errors.Is(err, rfb.ErrState) {
			t.Fatalf("in front of %d: %v", b, err)
		}
		p.feed([]byte{b})
	}
	if err := p.client.TLSDone(); err != nil {
		t.Error(err)
	}
}

func TestBytesInFrontOfTLSAreRefused(t *testing.T) {
	p := secured(t, 19, rfb.VeNCryptX509Vnc)
	p.feed([]byte{0, 2}, veNCryptTypes(rfb.VeNCryptX509Vnc), []byte{1}, make([]byte, 16))
	if p.err != nil {
		t.Fatal(p.err)
	}
	if err := p.client.TLSDone(); !errors.Is(err, rfb.ErrMalformed) {
		t.Errorf("got %v", err)
	}
}
