package rfbtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/md5"
	"crypto/rand"
	"encoding/binary"
	"math/big"
	"math/bits"
)

// applePrime is the prime of 1,024 bits of RFC 2409 section 6.2.
var applePrime, _ = new(big.Int).SetString(
	"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"+
		"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"+
		"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF", 16)

// logonPrime is the largest prime below 2⁶³.
var logonPrime = big.NewInt(1<<63 - 25)

// A keyExchange is the server's side of Diffie and Hellman's.
type keyExchange struct {
	generator, prime, secret *big.Int
	size                     int // of a number in bytes
}

func newKeyExchange(generator int64, prime *big.Int) (*keyExchange, error) {
	secret, err := rand.Int(rand.Reader, prime)
	if err != nil {
		return nil, err
	}
	// Neither the half nor the key can be 1 then, which clients refuse.
	secret.SetBit(secret, 1, 1)
	return &keyExchange{big.NewInt(generator), prime, secret, (prime.BitLen() + 7) / 8}, nil
}

func (k *keyExchange) bytes(n *big.Int) []byte { return n.FillBytes(make([]byte, k.size)) }

// half is what the client is sent.
func (k *keyExchange) half() []byte {
	return k.bytes(new(big.Int).Exp(k.generator, k.secret, k.prime))
}

// shared is what both know, from the client's half.
func (k *keyExchange) shared(theirs []byte) []byte {
	n := new(big.Int).SetBytes(theirs)
	return k.bytes(n.Exp(n, k.secret, k.prime))
}

// appleDH (the community's specification, "Diffie-Hellman Authentication")
// reads a name and a password in 64 bytes each, encrypted with AES, block by
// block; the key is the MD5 of what was agreed on.
func (d *door) appleDH() (bool, error) {
	k, err := newKeyExchange(2, applePrime)
	if err != nil {
		return false, err
	}
	head := binary.BigEndian.AppendUint16([]byte{0, 2}, uint16(k.size))
	if err := d.write(joined(head, k.bytes(k.prime), k.half())); err != nil {
		return false, err
	}
	p, err := d.read(128 + k.size)
	if err != nil {
		return false, err
	}
	key := md5.Sum(k.shared(p[128:]))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return false, err
	}
	for at := 0; at < 128; at += aes.BlockSize {
		block.Decrypt(p[at:], p[at:])
	}
	return d.knows(text(p[:64]), text(p[64:128])), nil
}

// msLogonII (the community's specification, "MSLogonII Authentication") reads
// a name in 256 bytes and a password in 64, each encrypted with DES in CBC
// mode: what was agreed on is the key, with the bits of each byte reversed, and
// the first block that is mixed in, as it is.
func (d *door) msLogonII() (bool, error) {
	k, err := newKeyExchange(5, logonPrime)
	if err != nil {
		return false, err
	}
	if err := d.write(joined(k.bytes(k.generator), k.bytes(k.prime), k.half())); err != nil {
		return false, err
	}
	p, err := d.read(8 + 256 + 64)
	if err != nil {
		return false, err
	}
	shared := k.shared(p[:8])
	key := bytes.Clone(shared)
	for i, b := range key {
		key[i] = bits.Reverse8(b)
	}
	block, err := des.NewCipher(key)
	if err != nil {
		return false, err
	}
	name, password := p[8:264], p[264:]
	cipher.NewCBCDecrypter(block, shared).CryptBlocks(name, name)
	cipher.NewCBCDecrypter(block, shared).CryptBlocks(password, password)
	return d.knows(text(name), text(password)), nil
}

// text returns what stands before the first zero.
func text(p []byte) string {
	p, _, _ = bytes.Cut(p, []byte{0})
	return string(p)
}
