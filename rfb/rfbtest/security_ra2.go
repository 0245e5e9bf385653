package rfbtest

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // for crypto.SHA1
	_ "crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"github.com/everwire/everwire/protocol/rfb"
)

// Lengths of clients' keys, in bits.
const (
	minClientKey = 1024
	maxClientKey = 8192
)

// wireKey is a public key as RA2 sends it.
func wireKey(key *rsa.PublicKey) []byte {
	number := func(n *big.Int) []byte { return n.FillBytes(make([]byte, key.Size())) }
	return joined(u32(uint32(key.N.BitLen())), number(key.N), number(big.NewInt(int64(key.E))))
}

// ra2 (the community's specification, "RSA-AES Security Type" and those behind
// it) has both sides show a key and send each other a random number for it.
// From there on all is encrypted: hashes of both keys, then what the server
// wants to know, and the client's name and password.
func (d *door) ra2(t rfb.SecurityType) (bool, error) {
	size, hash := 16, crypto.SHA1
	if t == rfb.SecurityRA2_256 || t == rfb.SecurityRA2ne_256 {
		size, hash = 32, crypto.SHA256
	}
	sum := func(parts ...[]byte) []byte {
		h := hash.New()
		h.Write(joined(parts...)) // a hash cannot fail
		return h.Sum(nil)
	}
	ours := wireKey(&d.config.ServerKey.PublicKey)
	if err := d.write(ours); err != nil {
		return false, err
	}
	theirs, clientKey, err := d.readClientKey()
	if err != nil {
		return false, err
	}
	clientRandom, err := d.readRandom(size)
	if err != nil {
		return false, err
	}
	serverRandom := make([]byte, size)
	if _, err := rand.Read(serverRandom); err != nil {
		return false, err
	}
	//lint:ignore SA1019 the protocol asks for it
	encrypted, err := rsa.EncryptPKCS1v15(rand.Reader, clientKey, serverRandom)
	if err != nil {
		return false, err
	}
	conn := &sealed{Conn: d.conn}
	if conn.in, err = aes.NewCipher(sum(serverRandom, clientRandom)[:size]); err != nil {
		return false, err
	}
	if conn.out, err = aes.NewCipher(sum(clientRandom, serverRandom)[:size]); err != nil {
		return false, err
	}
	// One write has both, encrypted and not: a client must see where that ends.
	length := binary.BigEndian.AppendUint16(nil, uint16(len(encrypted)))
	if err := d.write(joined(length, encrypted, conn.seal(sum(ours, theirs)))); err != nil {
		return false, err
	}
	plain := d.conn
	d.conn = conn
	got, err := d.read(hash.Size())
	if err != nil {
		return false, err
	}
	if !bytes.Equal(got, sum(theirs, ours)) {
		return false, errors.New("rfbtest: the client has seen other keys")
	}
	passed, err := d.ra2Login()
	if t == rfb.SecurityRA2ne || t == rfb.SecurityRA2ne_256 {
		d.conn = plain
	}
	return passed, err
}

func (d *door) readClientKey() (wire []byte, key *rsa.PublicKey, err error) {
	bits, err := d.readU32()
	if err != nil {
		return nil, nil, err
	}
	if bits < minClientKey || bits > maxClientKey {
		return nil, nil, fmt.Errorf("rfbtest: the client's key has %d bits", bits)
	}
	size := int(bits+7) / 8
	p, err := d.read(2 * size)
	if err != nil {
		return nil, nil, err
	}
	exponent := new(big.Int).SetBytes(p[size:])
	if exponent.BitLen() > 31 {
		return nil, nil, errors.New("rfbtest: the client's key has a long exponent")
	}
	key = &rsa.PublicKey{N: new(big.Int).SetBytes(p[:size]), E: int(exponent.Int64())}
	return joined(u32(bits), p), key, nil
}

// readRandom reads the client's random number. An impostor cannot, and guesses.
func (d *door) readRandom(size int) ([]byte, error) {
	p, err := d.read(2)
	if err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(p))
	if n != d.config.ServerKey.Size() {
		return nil, fmt.Errorf("rfbtest: the client's random number has %d bytes", n)
	}
	if p, err = d.read(n); err != nil {
		return nil, err
	}
	if d.config.Impostor {
		return make([]byte, size), nil
	}
	//lint:ignore SA1019 the protocol asks for it
	random, err := rsa.DecryptPKCS1v15(nil, d.config.ServerKey, p)
	if err == nil && len(random) != size {
		err = fmt.Errorf("rfbtest: the client's random number has %d bytes, decrypted", len(random))
	}
	return random, err
}

// ra2Login asks for a name and a password, or the password alone if the server
// knows no name.
func (d *door) ra2Login() (bool, error) {
	subtype := byte(1)
	if d.config.User == "" {
		subtype = 2
	}
	if err := d.write([]byte{subtype}); err != nil {
		return false, err
	}
	var parts [2]string
	for i := range parts {
		n, err := d.read(1)
		if err != nil {
			return false, err
		}
		p, err := d.read(int(n[0]))
		if err != nil {
			return false, err
		}
		parts[i] = string(p)
	}
	return d.knows(parts[0], parts[1]), nil
}
