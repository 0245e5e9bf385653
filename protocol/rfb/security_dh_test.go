package rfb_test

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// eight returns numbers as MSLogonII sends them.
func eight(numbers ...uint64) (wire []byte) {
	for _, n := range numbers {
		wire = binary.BigEndian.AppendUint64(wire, n)
	}
	return wire
}

func TestKeysOfTheServerThatAnybodyKnows(t *testing.T) {
	const prime = 0xffffffffffffffc5
	tests := map[string][3]uint64{
		"prime 0":        {5, 0, 3},
		"prime 1":        {5, 1, 3},
		"even":           {5, 1 << 40, 3},
		"public 0":       {5, prime, 0},
		"public 1":       {5, prime, 1},
		"public -1":      {5, prime, prime - 1},
		"public prime":   {5, prime, prime},
		"generator 0":    {0, prime, 3},
		"generator 1":    {1, prime, 3},
		"generator -1":   {prime - 1, prime, 3},
		"all of nothing": {0, 0, 0},
	}
	for name, n := range tests {
		t.Run(name, func(t *testing.T) {
			p := secured(t, 113, rfb.SecurityMSLogonII)
			p.feed(eight(n[:]...))
			if !errors.Is(p.err, rfb.ErrServerKey) {
				t.Errorf("got %v", p.err)
			}
		})
	}
}

func TestCredentialsThatDoNotFitAreAskedForAgain(t *testing.T) {
	p := secured(t, 113, rfb.SecurityMSLogonII)
	p.want([]rfb.EventKind{rfb.EventCredentials}, eight(5, 0xffffffffffffffc5, 1234567))
	long := "secret" + strings.Repeat("x", 60)
	err := p.client.Login(rfb.Credentials{Password: long})
	if !errors.Is(err, rfb.ErrCredentials) || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "password may have 63 bytes") || len(p.output()) > 0 {
		t.Errorf("got %v", err)
	}
	if err := p.client.Login(rfb.Credentials{Username: strings.Repeat("y", 256)}); !errors.Is(err, rfb.ErrCredentials) || !strings.Contains(err.Error(), "name may have 255 bytes") {
		t.Errorf("got %v", err)
	}
	if err := p.client.Login(alice); err != nil || len(p.output()) != 328 {
		t.Errorf("second try: %v", err)
	}
}
