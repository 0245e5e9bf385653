package rfb

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash"
	"math/big"
)

// Lengths of keys of RA2, in bits.
const (
	minRA2Key  = 1024
	maxRA2Key  = 8192
	ra2Key     = 2048 // ours
	ra2Name    = 1    // the server wants a name and a password
	ra2NoName  = 2    // a password only
	maxRA2Text = 255
)

// cipherBoxes are the encrypted directions, nil while there are none.
type cipherBoxes struct{ in, out *sealed }

// ra2 is the state of the handshake of RA2:
//
//	server                    client
//	public key ─────────────▶
//	           ◀───────────── public key, random number for the server's key
//	random number for the client's key ─▶
//	               both encrypt from here on
//	           ◀───────────── hash of both keys, the client's first
//	hash of both keys, the server's first ─▶
//	name and password, or password only ─▶
//	           ◀───────────── credentials
//	      RA2ne encrypts no more from here on
type ra2 struct {
	kind   SecurityType
	asked  bool
	server *rsa.PublicKey
	theirs []byte                          // public keys as they are sent
	make   func() (*rsa.PrivateKey, error) // makes key, which is used once
	key    *rsa.PrivateKey
	ours   []byte
	random []byte
}

// size returns the length of random numbers and keys.
func (r *ra2) size() int {
	if r.kind == SecurityRA2_256 || r.kind == SecurityRA2ne_256 {
		return 32
	}
	return 16
}

func (r *ra2) hash(parts ...[]byte) []byte {
	var h hash.Hash = sha1.New()
	if r.size() == 32 {
		h = sha256.New()
	}
	for _, p := range parts {
		h.Write(p) // a hash cannot fail
	}
	return h.Sum(nil)
}

func (c *Client) startRA2(t SecurityType) (Event, error) {
	c.security.ra2 = &ra2{kind: t, make: makeRA2Key}
	c.step = (*Client).readRA2Key
	return Event{}, nil
}

// readRA2Key reads the server's key: its length in bits, modulus and exponent.
func (c *Client) readRA2Key() (Event, error) {
	if len(c.in) < 4 {
		return Event{}, errMore
	}
	bits := u32(c.in)
	if bits < minRA2Key || bits > maxRA2Key {
		return Event{}, fmt.Errorf("%w: %d bits, where %d to %d are allowed", ErrServerKey, bits, minRA2Key, maxRA2Key)
	}
	size := (int(bits) + 7) / 8
	p := c.next(4 + 2*size)
	if p == nil {
		return Event{}, errMore
	}
	exponent := new(big.Int).SetBytes(p[4+size:])
	modulus := new(big.Int).SetBytes(p[4 : 4+size])
	if exponent.BitLen() > 31 || exponent.Bit(0) == 0 || exponent.Cmp(big.NewInt(3)) < 0 ||
		modulus.BitLen() != int(bits) || modulus.Bit(0) == 0 {
		return Event{}, fmt.Errorf("%w: it is none of RSA", ErrServerKey)
	}
	r := c.security.ra2
	r.theirs = append([]byte(nil), p...)
	r.server = &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}
	r.asked = true
	c.step = (*Client).wait
	return Event{Kind: EventServerKey, Security: r.kind, ServerKey: r.server}, nil
}

// makeRA2Key takes a tenth of a second or so.
func makeRA2Key() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, ra2Key) }

// answerServerKey sends our key, and our random number for theirs.
func (c *Client) answerServerKey() (err error) {
	r := c.security.ra2
	r.asked = false
	if r.key, err = r.make(); err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	r.ours = appendRA2Key(nil, &r.key.PublicKey)
	r.random = make([]byte, r.size())
	if _, err := rand.Read(r.random); err != nil {
		return fmt.Errorf("making a random number: %w", err)
	}
	encrypted, err := encryptPKCS1(r.server, r.random)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrServerKey, err)
	}
	c.out = append(c.out, r.ours...)
	c.out = binary.BigEndian.AppendUint16(c.out, uint16(len(encrypted)))
	c.out = append(c.out, encrypted...)
	c.step = (*Client).readRA2Random
	return nil
}

func appendRA2Key(dst []byte, key *rsa.PublicKey) []byte {
	size := key.Size()
	dst = binary.BigEndian.AppendUint32(dst, uint32(key.N.BitLen()))
	dst = append(dst, key.N.FillBytes(make([]byte, size))...)
	return append(dst, big.NewInt(int64(key.E)).FillBytes(make([]byte, size))...)
}

func fingerprint(key *rsa.PublicKey) string {
	sum := sha1.Sum(appendRA2Key(nil, key))
	f := sum[:8]
	return fmt.Sprintf("%02x-%02x-%02x-%02x-%02x-%02x-%02x-%02x", f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7])
}

// readRA2Random reads the server's random number. From here on both sides
// encrypt.
func (c *Client) readRA2Random() (Event, error) {
	if len(c.in) < 2 {
		return Event{}, errMore
	}
	r := c.security.ra2
	if u16(c.in) != r.key.Size() {
		return Event{}, fmt.Errorf("%w: a random number of RA2 in %d bytes, for a key of %d", ErrMalformed, u16(c.in), r.key.Size())
	}
	p := c.next(2 + r.key.Size())
	if p == nil {
		return Event{}, errMore
	}
	theirs, err := decryptPKCS1(r.key, p[2:])
	if err != nil || len(theirs) != r.size() {
		return Event{}, fmt.Errorf("%w: a random number of RA2 that is not for this client's key", ErrMalformed)
	}
	if c.cipher.in, err = newSealed(r.hash(r.random, theirs)[:r.size()]); err != nil {
		return Event{}, err
	}
	out, err := newSealed(r.hash(theirs, r.random)[:r.size()])
	if err != nil {
		return Event{}, err
	}
	c.seal()
	c.cipher.out = out
	c.out = append(c.out, r.hash(r.ours, r.theirs)...)
	c.step = (*Client).readRA2Hash
	// What came behind the random number is encrypted already.
	rest := c.in
	c.in = nil
	c.Feed(rest)
	return Event{}, c.err
}

// readRA2Hash checks that the server has seen the same keys.
func (c *Client) readRA2Hash() (Event, error) {
	r := c.security.ra2
	want := r.hash(r.theirs, r.ours)
	p := c.next(len(want))
	if p == nil {
		return Event{}, errMore
	}
	if subtle.ConstantTimeCompare(p, want) != 1 {
		return Event{}, fmt.Errorf("%w: client and server have seen different keys, so somebody stands between them", ErrServerKey)
	}
	c.step = (*Client).readRA2Subtype
	return Event{}, nil
}

// readRA2Subtype asks for what the server wants to know.
func (c *Client) readRA2Subtype() (Event, error) {
	p := c.next(1)
	if p == nil {
		return Event{}, errMore
	}
	if p[0] != ra2Name && p[0] != ra2NoName {
		return Event{}, fmt.Errorf("%w: RA2 asks for credentials of kind %d", ErrMalformed, p[0])
	}
	name := p[0] == ra2Name
	return c.askCredentials(c.security.ra2.kind, name, func(cr Credentials) (Event, error) {
		if !name {
			cr.Username = ""
		}
		return c.loginRA2(cr)
	})
}

func (c *Client) loginRA2(cr Credentials) (Event, error) {
	if err := checkLengths(cr, maxRA2Text); err != nil {
		return Event{}, err
	}
	c.out = append(append(c.out, byte(len(cr.Username))), cr.Username...)
	c.out = append(append(c.out, byte(len(cr.Password))), cr.Password...)
	kind := c.security.ra2.kind
	c.security.ra2 = nil
	if kind == SecurityRA2ne || kind == SecurityRA2ne_256 {
		if len(c.in) > 0 || len(c.cipher.in.raw) > 0 {
			// The server cannot know the credentials yet.
			return Event{}, fmt.Errorf("%w: a result of RA2 before there were credentials", ErrMalformed)
		}
		c.seal()
		c.cipher = cipherBoxes{}
	}
	return c.securityDone(true)
}
