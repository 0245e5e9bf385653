package rfb

import (
	"crypto/aes"
	"crypto/md5"
	"fmt"
	"math/big"
)

// Lengths of the prime of SecurityAppleDH, in bytes.
const (
	minAppleKey = 64
	maxAppleKey = 1024
)

// readAppleDH reads a generator and the length of a key, both of 16 bits, a
// prime and the server's half. The name and the password are sent encrypted
// with AES-128; the key is the MD5 of what was agreed.
func (c *Client) readAppleDH() (Event, error) {
	if len(c.in) < 4 {
		return Event{}, errMore
	}
	size := u16(c.in[2:])
	if size < minAppleKey || size > maxAppleKey {
		return Event{}, fmt.Errorf("%w: a prime of %d bytes, where %d to %d are allowed", ErrServerKey, size, minAppleKey, maxAppleKey)
	}
	p := c.next(4 + 2*size)
	if p == nil {
		return Event{}, errMore
	}
	d := &c.security.dh
	*d = diffieHellman{
		generator: big.NewInt(int64(u16(p))),
		prime:     new(big.Int).SetBytes(p[4 : 4+size]),
		theirs:    new(big.Int).SetBytes(p[4+size:]),
		size:      size,
	}
	if err := d.check(); err != nil {
		return Event{}, err
	}
	return c.askCredentials(SecurityAppleDH, true, c.loginAppleDH)
}

func (c *Client) loginAppleDH(cr Credentials) (Event, error) {
	name, err := padded("name", cr.Username, 64)
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
	key := md5.Sum(shared)
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return Event{}, err
	}
	plain := append(name, password...)
	for p := plain; len(p) > 0; p = p[aes.BlockSize:] {
		block.Encrypt(p, p)
	}
	c.out = append(append(c.out, plain...), ours...)
	return c.securityDone(true)
}
