package ws

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Opcode is the type of a frame (RFC 6455 section 5.2).
type Opcode uint8

// The opcodes that are defined.
const (
	OpContinuation Opcode = 0x0
	OpText         Opcode = 0x1
	OpBinary       Opcode = 0x2
	OpClose        Opcode = 0x8
	OpPing         Opcode = 0x9
	OpPong         Opcode = 0xA
)

// IsControl reports whether the opcode is that of a control frame.
func (o Opcode) IsControl() bool { return o&0x8 != 0 }

// MaxControl is the largest payload of a control frame in bytes (RFC 6455
// section 5.5).
const MaxControl = 125

// MaxHeader is the size in bytes of the longest frame header.
const MaxHeader = 14

// ErrBadFrame says that a frame that is to be written breaks the protocol: a
// control frame that is fragmented, compressed or longer than MaxControl, or
// an opcode of more than four bits.
var ErrBadFrame = errors.New("ws: bad frame")

const (
	bitFin  = 0x80
	bitRSV1 = 0x40
	bitMask = 0x80
	bitsRSV = 0x70

	length16 = 126 // the length is in the next 2 bytes
	length64 = 127 // the length is in the next 8 bytes
)

// AppendHeader appends the header of an unmasked frame, as servers send them,
// whose payload of length bytes the caller sends behind it. A negative length
// counts as 0. The header is not checked against the protocol's rules.
func AppendHeader(dst []byte, op Opcode, fin, rsv1 bool, length int) []byte {
	return appendFrameHeader(dst, op, fin, rsv1, 0, length)
}

func appendFrameHeader(dst []byte, op Opcode, fin, rsv1 bool, mask byte, length int) []byte {
	first := byte(op & 0xF)
	if fin {
		first |= bitFin
	}
	if rsv1 {
		first |= bitRSV1
	}
	switch {
	case length <= 125:
		return append(dst, first, mask|byte(max(length, 0)))
	case length <= 0xFFFF:
		dst = append(dst, first, mask|length16)
		return binary.BigEndian.AppendUint16(dst, uint16(length))
	default:
		dst = append(dst, first, mask|length64)
		return binary.BigEndian.AppendUint64(dst, uint64(length))
	}
}

// AppendFrame appends one unmasked frame, as servers send them. It returns
// ErrBadFrame for a frame that no peer would take; whether the frames make up
// proper messages is the caller's business.
func AppendFrame(dst []byte, op Opcode, fin, rsv1 bool, payload []byte) ([]byte, error) {
	if err := checkFrame(op, fin, rsv1, len(payload)); err != nil {
		return dst, err
	}
	dst = AppendHeader(dst, op, fin, rsv1, len(payload))
	return append(dst, payload...), nil
}

// AppendMaskedFrame is AppendFrame for clients, who must mask every frame with
// a fresh key that nobody can predict (RFC 6455 section 5.3). The payload is
// not modified.
func AppendMaskedFrame(dst []byte, op Opcode, fin, rsv1 bool, key [4]byte, payload []byte) ([]byte, error) {
	if err := checkFrame(op, fin, rsv1, len(payload)); err != nil {
		return dst, err
	}
	dst = appendFrameHeader(dst, op, fin, rsv1, bitMask, len(payload))
	dst = append(dst, key[:]...)
	start := len(dst)
	dst = append(dst, payload...)
	mask(dst[start:], binary.LittleEndian.Uint32(key[:]))
	return dst, nil
}

func checkFrame(op Opcode, fin, rsv1 bool, length int) error {
	switch {
	case op > 0xF:
		return fmt.Errorf("%w: opcode %#x", ErrBadFrame, uint8(op))
	case op.IsControl() && (!fin || rsv1):
		return fmt.Errorf("%w: control frame fragmented or compressed", ErrBadFrame)
	case op.IsControl() && length > MaxControl:
		return fmt.Errorf("%w: control frame of %d bytes", ErrBadFrame, length)
	}
	return nil
}
