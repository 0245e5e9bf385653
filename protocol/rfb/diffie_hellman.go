package rfb

import (
	"crypto/rand"
	"fmt"
	"math/big"
)

// diffieHellman is a key exchange over a prime that the server has chosen.
type diffieHellman struct {
	generator, prime, theirs *big.Int
	size                     int // bytes of a number on the wire
}

var errWeakKey = fmt.Errorf("%w: its numbers would make a secret that anybody knows", ErrServerKey)

// check returns ErrServerKey for numbers with which the shared key would be
// known to anybody.
func (d *diffieHellman) check() error {
	one := big.NewInt(1)
	last := new(big.Int).Sub(d.prime, one)
	for _, n := range []*big.Int{d.generator, d.theirs} {
		if n.Cmp(one) <= 0 || n.Cmp(last) >= 0 {
			return errWeakKey
		}
	}
	if d.prime.Bit(0) == 0 {
		return errWeakKey
	}
	return nil
}

// exchange returns our half and the shared key.
func (d *diffieHellman) exchange() (ours, shared []byte, err error) {
	secret, err := rand.Int(rand.Reader, d.prime)
	if err != nil {
		return nil, nil, err
	}
	if secret.Sign() == 0 {
		secret.SetInt64(2)
	}
	ours, shared = make([]byte, d.size), make([]byte, d.size)
	new(big.Int).Exp(d.generator, secret, d.prime).FillBytes(ours)
	new(big.Int).Exp(d.theirs, secret, d.prime).FillBytes(shared)
	return ours, shared, nil
}

// padded returns text with a zero behind it and random bytes up to size. What
// is too long is not quoted.
func padded(what, text string, size int) ([]byte, error) {
	if len(text) >= size {
		return nil, tooLong(what, size-1)
	}
	p := make([]byte, size)
	if _, err := rand.Read(p); err != nil {
		return nil, err
	}
	copy(p, text)
	p[len(text)] = 0
	return p, nil
}
