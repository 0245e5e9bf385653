package rfbtest

import (
	"crypto/rand"
	"crypto/subtle"

	"github.com/everwire/everwire/protocol/rfb"
)

// vnc is the challenge of RFC 6143 section 7.2.2.
func (d *door) vnc() (bool, error) {
	var challenge [rfb.VNCChallengeLength]byte
	if _, err := rand.Read(challenge[:]); err != nil {
		return false, err
	}
	if err := d.write(challenge[:]); err != nil {
		return false, err
	}
	response, err := d.read(len(challenge))
	want := rfb.AppendVNCResponse(nil, challenge, d.config.Password)
	return subtle.ConstantTimeCompare(response, want) == 1, err
}
