package rfb

import (
	"crypto/cipher"
	"crypto/des"
	"math/big"
	"math/bits"
)

// readMSLogonII reads a generator, a prime and the server's half, each of
// eight bytes. The name and the password are sent encrypted with DES; the key
// is what was agreed, which 64 bits do not keep secret for long.
func (c *Client) readMSLogonII() (Event, error) {
	p := c.next(24)
	if p == nil {
		return Event{}, errMore
	}
	d := &c.security.dh
	*d = diffieHellman{
		generator: new(big.Int).SetBytes(p[:8]),
		prime:     new(big.Int).SetBytes(p[8:16]),
		theirs:    new(big.Int).SetBytes(p[16:]),
		size:      8,
	}
	if err := d.check(); err != nil {
		return Event{}, err
	}
	return c.askCredentials(SecurityMSLogonII, true, c.loginMSLogonII)
}

func (c *Client) loginMSLogonII(cr Credentials) (Event, error) {
	name, err := padded("name", cr.Username, 256)
	if err != nil {
		return Event{}, err
	}
	password, err := padded("password", cr.Password, 64)
	if err != nil {
		return Event{}, err
	}
	ours, shared, err := c.security.dh.exchange()
	if err != nil {
		return Event{}, err
	}
	// The key of DES has the bits of each byte in reverse order, as with
	// SecurityVNC; the first block is mixed with the key as it is.
	key := make([]byte, len(shared))
	for i, b := range shared {
		key[i] = bits.Reverse8(b)
	}
	block, err := des.NewCipher(key)
	if err != nil {
		return Event{}, err
	}
	cipher.NewCBCEncrypter(block, shared).CryptBlocks(name, name)
	cipher.NewCBCEncrypter(block, shared).CryptBlocks(password, password)
	c.out = append(append(append(c.out, ours...), name...), password...)
	return c.securityDone(true)
}
