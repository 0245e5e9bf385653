package rfb

import (
	"crypto/des"
	"math/bits"
)

// AppendVNCResponse appends the answer to a challenge of SecurityVNC (RFC 6143
// section 7.2.2): the challenge, encrypted by DES with the password's first
// eight bytes as the key, the bits of each byte in reverse order. This
// protects nothing against who can listen for a while.
func AppendVNCResponse(dst []byte, challenge [VNCChallengeLength]byte, password string) []byte {
	var key [vncPasswordMaxBytes]byte
	copy(key[:], password)
	for i, b := range key {
		key[i] = bits.Reverse8(b)
	}
	cipher, err := des.NewCipher(key[:])
	if err != nil {
		panic(err) // the length of the key is right
	}
	var out [VNCChallengeLength]byte
	cipher.Encrypt(out[:8], challenge[:8])
	cipher.Encrypt(out[8:], challenge[8:])
	return append(dst, out[:]...)
}

// readVNCChallenge asks for the password.
func (c *Client) readVNCChallenge() (Event, error) {
	p := c.next(VNCChallengeLength)
	if p == nil {
		return Event{}, errMore
	}
	c.security.challenge = [VNCChallengeLength]byte(p)
	return c.askCredentials(SecurityVNC, false, func(cr Credentials) (Event, error) {
		c.out = AppendVNCResponse(c.out, c.security.challenge, cr.Password)
		return c.securityDone(true)
	})
}
