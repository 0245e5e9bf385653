package rfb_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

func TestEAX(t *testing.T) {
	// Vectors of the paper (Bellare, Rogaway, Wagner 2004, appendix G): key,
	// nonce, header, message, and cipher text with its tag.
	for _, v := range [][5]string{
		{"233952DEE4D5ED5F9B9C6D6FF80FF478", "62EC67F9C3A4A407FCB2A8C49031A8B3", "6BFB914FD07EAE6B", "", "E037830E8389F27B025A2D6527E79D01"},
		{"91945D3F4DCBEE0BF45EF52255F095A4", "BECAF043B0A23D843194BA972C66DEBD", "FA3BFD4806EB53FA", "F7FB", "19DD5C4C9331049D0BDAB0277408F67967E5"},
		{"8395FCF1E95BEBD697BD010BC766AAC3", "22E7ADD93CFC6393C57EC0B3C17D6B44", "126735FCC320D25A", "CA40D7446E545FFAED3BD12A740A659FFBBB3CEAB7", "CB8920F87A6C75CFF39627B56E3ED197C552D295A7CFC46AFC253B4652B1AF3795B124AB6E"},
	} {
		var b [5][]byte
		for i, s := range v {
			var err error
			if b[i], err = hex.DecodeString(s); err != nil {
				t.Fatal(err)
			}
		}
		got := rfb.SealEAX(b[0], b[1], b[2], b[3])
		if !bytes.Equal(got, b[4]) {
			t.Errorf("got %X, want %X", got, b[4])
		}
	}
}

func TestMessagesOfRA2AreNumbered(t *testing.T) {
	key := make([]byte, 16)
	sender, receiver := rfb.NewSealed(key), rfb.NewSealed(key)
	once := sender.Seal([]byte("hello"))
	if got, err := receiver.Open(once); err != nil || string(got) != "hello" {
		t.Fatalf("%q, %v", got, err)
	}
	if got, err := receiver.Open(once); err == nil || len(got) > 0 {
		t.Errorf("sent twice: %q", got)
	}
}
