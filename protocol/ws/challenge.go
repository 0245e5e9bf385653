package ws

import (
	"crypto/md5"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
)

// The challenge of draft 76 proves that the server understood the request:
// each key is a number, hidden among other characters and multiplied by the
// count of its spaces, and 8 bytes come where no HTTP server looks for any.

// NonceLen returns the number of bytes that complete the client's handshake
// behind the request: 8 for Hixie76, otherwise 0. They are the first that the
// server reads from the connection, and frames only follow.
//
// The client may send them with its header, later, or in pieces, and a proxy
// may hold them back until it has seen the answer. So the server writes what
// AppendResponse returns at once, reads the nonce within a time limit, and
// writes what AppendDigest returns before anything else. A client that
// announced them by Content-Length does not make them a body: the server reads
// them from the connection, not from the body of the http.Request.
func (q *Request) NonceLen() int {
	if q.Dialect == Hixie76 {
		return nonceLen
	}
	return 0
}

// AppendDigest appends the 16 bytes that answer the nonce of Hixie76; the
// first frame may follow at once. Other dialects have none: it then returns
// dst as it was and ErrUnsupported.
func (q *Request) AppendDigest(dst []byte, nonce [8]byte) ([]byte, error) {
	if q.Dialect != Hixie76 {
		return dst, fmt.Errorf("%w: digest of a nonce", ErrUnsupported)
	}
	sum := digest(q.numbers, nonce[:])
	return append(dst, sum[:]...), nil
}

// CheckDigest checks the 16 bytes behind the answer of a Hixie76 server. Every
// error wraps ErrBadHandshake; it is ErrUnsupported for other dialects.
func (c *ClientHandshake) CheckDigest(got [16]byte) error {
	if c.Dialect != Hixie76 {
		return fmt.Errorf("%w: digest of a nonce", ErrUnsupported)
	}
	key1, key2 := c.challenge()
	if digest([2]uint32{key1.number, key2.number}, c.Nonce[nonceLen:]) != got {
		return fmt.Errorf("%w: the digest is wrong", ErrBadHandshake)
	}
	return nil
}

func digest(numbers [2]uint32, nonce []byte) [md5.Size]byte {
	b := make([]byte, 0, 2*4+nonceLen)
	b = binary.BigEndian.AppendUint32(b, numbers[0])
	b = binary.BigEndian.AppendUint32(b, numbers[1])
	return md5.Sum(append(b, nonce...))
}

var (
	errKeySpaces = errors.New("a numbered key has no space")
	errKeyNumber = errors.New("a numbered key holds no proper number")
)

// maxProduct is far above what a key can hold, 12 times the largest number,
// and far below what overflows.
const maxProduct = 1 << 50

// keyNumber returns the number in a key: that of its digits, divided by the
// count of its spaces (draft 76 section 5.2, items 4 to 7).
func keyNumber(key string) (uint32, error) {
	var product, spaces uint64
	digits := false
	for i := 0; i < len(key); i++ {
		switch c := key[i]; {
		case c == ' ':
			spaces++
		case c >= '0' && c <= '9':
			digits = true
			product = product*10 + uint64(c-'0')
			if product > maxProduct {
				return 0, errKeyNumber
			}
		}
	}
	switch {
	case spaces == 0:
		return 0, errKeySpaces
	case !digits, product%spaces != 0, product/spaces > math.MaxUint32:
		return 0, errKeyNumber
	}
	return uint32(product / spaces), nil
}

// hiddenNumber is a key of draft 76 with its meaning.
type hiddenNumber struct {
	number uint32
	text   string
}

// challenge returns the keys that come from the first half of the nonce: the
// same for each call, since the answer is checked against them.
func (c *ClientHandshake) challenge() (key1, key2 hiddenNumber) {
	rng := rand.New(rand.NewPCG(binary.BigEndian.Uint64(c.Nonce[:nonceLen]), 0))
	return hideNumber(rng), hideNumber(rng)
}

// hideNumber makes a key (draft 76 section 4.1, items 16 to 22).
func hideNumber(rng *rand.Rand) hiddenNumber {
	spaces := 1 + rng.Uint32N(12)
	most := math.MaxUint32 / spaces
	number := uint32(rng.Uint64N(uint64(most) + 1))
	text := []byte(strconv.FormatUint(uint64(number)*uint64(spaces), 10))
	for range 1 + rng.IntN(12) {
		// The visible characters that are not digits: 0x21 to 0x2F and 0x3A
		// to 0x7E.
		c := byte(0x21 + rng.IntN(15+69))
		if c > 0x2F {
			c += 10
		}
		text = insert(text, rng.IntN(len(text)+1), c)
	}
	for range spaces {
		text = insert(text, 1+rng.IntN(len(text)-1), ' ') // neither first nor last
	}
	return hiddenNumber{number, string(text)}
}

func insert(s []byte, at int, c byte) []byte {
	s = append(s, 0)
	copy(s[at+1:], s[at:])
	s[at] = c
	return s
}
