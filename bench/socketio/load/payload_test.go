//go:build linux

package load_test

import (
	"slices"
	"testing"

	"github.com/everwire/everwire/bench/socketio/load"
)

// Engine.IO protocol 3, "Payload": lengths count characters, which are UTF-16
// units for those who wrote it.
func TestPayloads(t *testing.T) {
	packets := []string{`40`, `42["é€😀"]`, "3"}
	for _, c := range []struct {
		protocol load.Protocol
		want     string
	}{
		{load.V3, `2:4010:42["é€😀"]1:3`},
		{load.V4, "40\x1e42[\"é€😀\"]\x1e3"},
	} {
		var payload []byte
		for _, p := range packets {
			payload = load.AppendPacket(c.protocol, payload, []byte(p))
		}
		if string(payload) != c.want {
			t.Errorf("%q, want %q", payload, c.want)
		}
		var got []string
		for len(payload) > 0 {
			packet, rest, err := load.CutPacket(c.protocol, payload)
			if err != nil {
				t.Fatal(err)
			}
			got, payload = append(got, string(packet)), rest
		}
		if !slices.Equal(got, packets) {
			t.Errorf("%q, want %q", got, packets)
		}
	}
	for _, bad := range []string{"", "3", ":3", "x:3", "2:3", "-1:3", "99999999999:3"} {
		if packet, _, err := load.CutPacket(load.V3, []byte(bad)); err == nil {
			t.Errorf("%q has a packet %q", bad, packet)
		}
	}
}
