package rfb_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
)

// serverKey is the key of all servers of RA2 here: to make one takes long.
var serverKey = func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	return key
}()

func ra2Key(key *rsa.PublicKey) []byte {
	size := key.Size()
	wire := binary.BigEndian.AppendUint32(nil, uint32(key.N.BitLen()))
	wire = append(wire, key.N.FillBytes(make([]byte, size))...)
	return append(wire, big.NewInt(int64(key.E)).FillBytes(make([]byte, size))...)
}

func TestRA2RefusesBadKeys(t *testing.T) {
	good := ra2Key(&serverKey.PublicKey)
	spoil := func(change func(p []byte)) []byte {
		p := bytes.Clone(good)
		change(p)
		return p
	}
	tests := map[string][]byte{
		"short":         {0, 0, 1, 0},
		"long":          {0, 0, 0x20, 1},
		"of 4 Gbit":     {0xff, 0xff, 0xff, 0xff},
		"even modulus":  spoil(func(p []byte) { p[4+127] &^= 1 }),
		"a bit less":    spoil(func(p []byte) { p[4] = 0 }),
		"exponent 0":    spoil(func(p []byte) { clear(p[4+128:]) }),
		"exponent 1":    spoil(func(p []byte) { clear(p[4+128:]); p[4+255] = 1 }),
		"even exponent": spoil(func(p []byte) { p[4+255] = 2 }),
		"huge exponent": spoil(func(p []byte) { p[4+128] = 9 }),
	}
	for name, wire := range tests {
		t.Run(name, func(t *testing.T) {
			p := secured(t, 5, rfb.SecurityRA2)
			p.feed(wire)
			if !errors.Is(p.err, rfb.ErrServerKey) {
				t.Errorf("got %v", p.err)
			}
		})
	}
}

// TestRA2IsCutAnywhere ends a connection behind each byte of the server, but
// some in the middle of long numbers. The core must never say more than that it
// waits for others.
func TestRA2IsCutAnywhere(t *testing.T) {
	const key = rfb.VersionLength + 2 + 4
	random := key + 2*serverKey.Size() + 2
	for cut := 1; ; cut++ {
		if cut > key+3 && cut < random-12 || cut > random+3 && cut < random+serverKey.Size()-12 {
			cut += 8
		}
		served := rfbtest.Config{Security: []rfb.SecurityType{rfb.SecurityRA2}, ServerKey: serverKey, User: alice.Username, Password: alice.Password, CutAfter: cut}
		talk := talkWith(t, served, 0, nil)
		if talk.ready {
			if cut < 500 {
				t.Errorf("cut at %d, it is ready", cut)
			}
			return
		}
		if !errors.Is(talk.err, io.EOF) {
			t.Fatalf("cut at %d: %v", cut, talk.err)
		}
	}
}

// TestRA2RefusesWhatWasChanged changes a bit of the bytes that the server sends
// from its key on: of each, but some in the middle of long numbers.
func TestRA2RefusesWhatWasChanged(t *testing.T) {
	served := rfbtest.Config{Security: []rfb.SecurityType{rfb.SecurityRA2_256}, ServerKey: serverKey, User: alice.Username, Password: alice.Password}
	const start = rfb.VersionLength + 2
	numbers := start + len(ra2Key(&serverKey.PublicKey)) + 2 + 128
	for at := start; ; at++ {
		sent := 0
		talk := talkWith(t, served, 0, func(p []byte) []byte {
			if at >= sent && at < sent+len(p) {
				p[at-sent] ^= 0x10
			}
			sent += len(p)
			return p
		})
		switch {
		case talk.err == nil:
			t.Errorf("byte %d changed, and nobody minds", at)
		case talk.ready:
			if at < numbers+120 {
				t.Errorf("byte %d changed, and the handshake goes on", at)
			}
			return
		case talk.asked > 0 && at < numbers+2+32+16:
			t.Errorf("byte %d changed, and a password was sent", at)
		}
		if at > start+8 && at < numbers-12 {
			at += 9
		}
	}
}

func TestFingerprintIsWhatViewersShow(t *testing.T) {
	sum := sha1.Sum(ra2Key(&serverKey.PublicKey))
	want := hex.EncodeToString(sum[:8])
	got := rfb.Fingerprint(&serverKey.PublicKey)
	if strings.ReplaceAll(got, "-", "") != want || len(got) != 23 {
		t.Errorf("got %s, want the digits %s", got, want)
	}
}
