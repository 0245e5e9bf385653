package rfb

import (
	"crypto/rand"
	"crypto/rsa"
	"sync"
)

var shortRA2Key = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, minRA2Key) })

// AcceptWithShortKey is AcceptServerKey with a key that is made once: that
// takes long, and what it is for is another package's test.
func (c *Client) AcceptWithShortKey() error {
	if c.security.ra2 != nil {
		c.security.ra2.make = shortRA2Key
	}
	return c.AcceptServerKey()
}

// Kept returns what a client keeps of its output.
func (c *Client) Kept() []byte { return append(c.out[:cap(c.out)], c.ready[:cap(c.ready)]...) }

// Inflater gives the tests the decoder of zlib streams.
type Inflater struct{ z *inflater }

func NewInflater() Inflater                   { return Inflater{newInflater()} }
func (i Inflater) Input(p []byte)             { i.z.in = p }
func (i Inflater) Peek(n int) ([]byte, error) { return i.z.peek(n) }
func (i Inflater) Take(n int)                 { i.z.take(n) }
func (i Inflater) Finish() error              { return i.z.finish() }

const MaxPeek = maxPeek

// Sealed gives the tests one direction of an encrypted connection.
type Sealed struct{ s *sealed }

func NewSealed(key []byte) Sealed {
	s, err := newSealed(key)
	if err != nil {
		panic(err)
	}
	return Sealed{s}
}

func (s Sealed) Seal(p []byte) []byte          { return s.s.seal(nil, p) }
func (s Sealed) Open(p []byte) ([]byte, error) { return s.s.open(nil, p) }

// SealEAX returns what EAX makes of a message, with the tag behind it.
func SealEAX(key, nonce, header, message []byte) []byte {
	e, err := newEAX(key)
	if err != nil {
		panic(err)
	}
	p := append([]byte(nil), message...)
	tag := e.seal(p, nonce, header)
	return append(p, tag[:]...)
}
