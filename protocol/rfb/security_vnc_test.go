package rfb_test

import (
	"bytes"
	"encoding/hex"
	"math/bits"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

func TestVNCResponse(t *testing.T) {
	// FIPS 81's example of DES: key 0123456789abcdef, "Now is the time ".
	key, _ := hex.DecodeString("0123456789abcdef")
	for i := range key {
		key[i] = bits.Reverse8(key[i])
	}
	var challenge [16]byte
	copy(challenge[:], "Now is the time ")
	want, _ := hex.DecodeString("3fa40e8a984d48156a271787ab8883f9")
	if got := rfb.AppendVNCResponse(nil, challenge, string(key)+"what is too much"); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}
