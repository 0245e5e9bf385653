package rfbtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"io"
	"net"
)

// What RA2 encrypts with is written here once more, apart from the client's,
// and as plainly as the papers have it: a mistake in one of the two shows.

// cmac is AES-CMAC (RFC 4493 section 2.4).
func cmac(block cipher.Block, message []byte) []byte {
	key := make([]byte, aes.BlockSize)
	block.Encrypt(key, key)
	key = timesX(key)
	if n := len(message) % aes.BlockSize; n != 0 || len(message) == 0 {
		key = timesX(key)
		message = append(bytes.Clone(message), 0x80)
		message = append(message, make([]byte, aes.BlockSize-1-n)...)
	}
	sum := make([]byte, aes.BlockSize)
	for at := 0; at < len(message); at += aes.BlockSize {
		for i := range sum {
			sum[i] ^= message[at+i]
			if at+aes.BlockSize == len(message) {
				sum[i] ^= key[i]
			}
		}
		block.Encrypt(sum, sum)
	}
	return sum
}

// timesX makes one subkey from another (RFC 4493 section 2.3).
func timesX(p []byte) []byte {
	high, low := binary.BigEndian.Uint64(p), binary.BigEndian.Uint64(p[8:])
	out := binary.BigEndian.AppendUint64(nil, high<<1|low>>63)
	out = binary.BigEndian.AppendUint64(out, low<<1)
	if high>>63 == 1 {
		out[aes.BlockSize-1] ^= 0x87
	}
	return out
}

// eax encrypts or decrypts text, and returns what it becomes and the tag
// (Bellare, Rogaway and Wagner, "The EAX Mode of Operation", 2004, figure 2).
func eax(block cipher.Block, nonce, header, text []byte, decrypt bool) (out, tag []byte) {
	tweaked := func(t byte, p []byte) []byte {
		return cmac(block, append(append(make([]byte, aes.BlockSize-1), t), p...))
	}
	n := tweaked(0, nonce)
	out = make([]byte, len(text))
	cipher.NewCTR(block, n).XORKeyStream(out, text)
	encrypted := out
	if decrypt {
		encrypted = text
	}
	tag = n
	for i, h := range tweaked(1, header) {
		tag[i] ^= h
	}
	for i, c := range tweaked(2, encrypted) {
		tag[i] ^= c
	}
	return out, tag
}

// A sealed is a connection that RA2 encrypts: messages with their length
// before them and a tag behind them, numbered in each direction.
type sealed struct {
	net.Conn
	in, out           cipher.Block
	received, written uint64
	rest              []byte // of the last message
}

var errTag = errors.New("rfbtest: a message has a wrong tag")

func nonce(n uint64) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, n), make([]byte, 8)...)
}

// seal returns p as messages.
func (s *sealed) seal(p []byte) (out []byte) {
	for most := 1 << 13; len(p) > 0; {
		n := min(len(p), most)
		header := binary.BigEndian.AppendUint16(nil, uint16(n))
		text, tag := eax(s.out, nonce(s.written), header, p[:n], false)
		out = append(append(append(out, header...), text...), tag...)
		s.written++
		p = p[n:]
	}
	return out
}

func (s *sealed) Write(p []byte) (int, error) {
	if _, err := s.Conn.Write(s.seal(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Read reads no further than to the end of a message.
func (s *sealed) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		var header [2]byte
		if _, err := io.ReadFull(s.Conn, header[:]); err != nil {
			return 0, err
		}
		message := make([]byte, int(binary.BigEndian.Uint16(header[:]))+aes.BlockSize)
		if _, err := io.ReadFull(s.Conn, message); err != nil {
			return 0, err
		}
		n := len(message) - aes.BlockSize
		text, tag := eax(s.in, nonce(s.received), header[:], message[:n], true)
		if !hmac.Equal(tag, message[n:]) {
			return 0, errTag
		}
		s.received++
		s.rest = text
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}
