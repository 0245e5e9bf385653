package rfb_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

func capability(code uint32, text string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, code), text...)
}

func TestTightSecurity(t *testing.T) {
	count := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	tail := append([]byte{0, 1, 0, 0, 0, 2, 0, 0}, bytes.Repeat([]byte("sixteen bytes ok"), 3)...)
	tests := []struct {
		name    string
		tunnels []byte
		declined,
		types []byte
		chosen []byte
		vnc    bool
	}{
		{"no list at all is None", count(0), nil, count(0), nil, false},
		{"None", count(0), nil, append(count(1), capability(1, "STDVNOAUTH__")...), []byte{0, 0, 0, 1}, false},
		{"VNC behind a tunnel that is not used", append(count(1), capability(0, "TGHTNOTUNNEL")...), []byte{0, 0, 0, 0},
			append(count(2), append(capability(129, "TGHTULGNAUTH"), capability(2, "STDVVNCAUTH_")...)...), []byte{0, 0, 0, 2}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := secured(t, 16, rfb.SecurityTight, rfb.SecurityVNC, rfb.SecurityNone)
			p.step = 1
			p.want(nothing, tt.tunnels)
			p.sent(tt.declined)
			p.want(nothing, tt.types)
			p.sent(tt.chosen)
			if tt.vnc {
				p.login(p.feed(make([]byte, 16)), rfb.SecurityVNC, false, alice)
				p.sent(rfb.AppendVNCResponse(nil, [16]byte{}, alice.Password))
			}
			p.want(nothing, ok)
			p.sent([]byte{1})
			p.want(nothing, initMsg)
			p.want(append(ready, rfb.EventBell), tail, rfb.AppendBell(nil))
		})
	}
	t.Run("its types must be allowed", func(t *testing.T) {
		p := secured(t, 16, rfb.SecurityTight)
		p.feed(count(0), append(count(1), capability(2, "STDVVNCAUTH_")...))
		var types *rfb.SecurityTypesError
		if !errors.As(p.err, &types) {
			t.Errorf("got %v", p.err)
		}
	})
}
