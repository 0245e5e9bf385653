package rfb

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
)

// eax is the EAX mode of AES (Bellare, Rogaway and Wagner, 2004) with tags and
// nonces of 16 bytes.
type eax struct {
	block  cipher.Block
	k1, k2 [aes.BlockSize]byte // for the last block of OMAC
}

func newEAX(key []byte) (*eax, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	e := &eax{block: block}
	block.Encrypt(e.k1[:], e.k1[:])
	e.k1 = double(e.k1)
	e.k2 = double(e.k1)
	return e, nil
}

// double multiplies by x in the field of OMAC.
func double(b [aes.BlockSize]byte) (d [aes.BlockSize]byte) {
	var carry byte
	for i := len(b) - 1; i >= 0; i-- {
		d[i] = b[i]<<1 | carry
		carry = b[i] >> 7
	}
	d[len(d)-1] ^= 0x87 * carry
	return d
}

// omac authenticates p, of which kind says what it is.
func (e *eax) omac(kind byte, p []byte) (mac [aes.BlockSize]byte) {
	mac[aes.BlockSize-1] = kind
	if len(p) == 0 {
		subtle.XORBytes(mac[:], mac[:], e.k1[:])
		e.block.Encrypt(mac[:], mac[:])
		return mac
	}
	e.block.Encrypt(mac[:], mac[:])
	for ; len(p) > aes.BlockSize; p = p[aes.BlockSize:] {
		subtle.XORBytes(mac[:], mac[:], p[:aes.BlockSize])
		e.block.Encrypt(mac[:], mac[:])
	}
	subtle.XORBytes(mac[:], mac[:], p)
	if len(p) == aes.BlockSize {
		subtle.XORBytes(mac[:], mac[:], e.k1[:])
	} else {
		mac[len(p)] ^= 0x80
		subtle.XORBytes(mac[:], mac[:], e.k2[:])
	}
	e.block.Encrypt(mac[:], mac[:])
	return mac
}

// seal encrypts p in place and returns its tag.
func (e *eax) seal(p, nonce, header []byte) [aes.BlockSize]byte {
	n := e.omac(0, nonce)
	cipher.NewCTR(e.block, n[:]).XORKeyStream(p, p)
	return e.tag(n, header, p)
}

// open decrypts p in place, if its tag is right.
func (e *eax) open(p, nonce, header, tag []byte) bool {
	n := e.omac(0, nonce)
	if want := e.tag(n, header, p); subtle.ConstantTimeCompare(want[:], tag) != 1 {
		return false
	}
	cipher.NewCTR(e.block, n[:]).XORKeyStream(p, p)
	return true
}

func (e *eax) tag(nonce [aes.BlockSize]byte, header, encrypted []byte) (tag [aes.BlockSize]byte) {
	h, c := e.omac(1, header), e.omac(2, encrypted)
	subtle.XORBytes(tag[:], nonce[:], h[:])
	subtle.XORBytes(tag[:], tag[:], c[:])
	return tag
}

// maxSealed is how much goes into one message that this side seals.
const maxSealed = 8192

// A sealed is one direction of an encrypted connection: messages with a length
// of 16 bits, which is authenticated too, and a tag of 16 bytes. The nonce
// counts messages, its lowest byte first.
type sealed struct {
	eax   *eax
	nonce [aes.BlockSize]byte
	raw   []byte // what is not yet a message: opening only
}

func newSealed(key []byte) (*sealed, error) {
	e, err := newEAX(key)
	if err != nil {
		return nil, err
	}
	return &sealed{eax: e}, nil
}

var errTag = fmt.Errorf("%w: what is encrypted was changed on its way, or encrypted with another key than the one that was shown", ErrMalformed)

func (s *sealed) count() {
	for i := range s.nonce {
		if s.nonce[i]++; s.nonce[i] != 0 {
			return
		}
	}
}

// seal appends p as messages.
func (s *sealed) seal(dst, p []byte) []byte {
	for len(p) > 0 {
		n := min(len(p), maxSealed)
		at := len(dst)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
		dst = append(dst, p[:n]...)
		tag := s.eax.seal(dst[at+2:], s.nonce[:], dst[at:at+2])
		dst = append(dst, tag[:]...)
		s.count()
		p = p[n:]
	}
	return dst
}

// open appends the content of the messages that are complete with p, and keeps
// the rest. The error is ErrMalformed for a wrong tag.
func (s *sealed) open(dst, p []byte) ([]byte, error) {
	s.raw = append(s.raw, p...)
	raw := s.raw
	for len(raw) >= 2 {
		n := 2 + u16(raw)
		if len(raw) < n+aes.BlockSize {
			break
		}
		if !s.eax.open(raw[2:n], s.nonce[:], raw[:2], raw[n:n+aes.BlockSize]) {
			return dst, errTag
		}
		s.count()
		dst = append(dst, raw[2:n]...)
		raw = raw[n+aes.BlockSize:]
	}
	s.raw = append(s.raw[:0], raw...)
	return dst, nil
}
