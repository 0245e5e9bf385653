package sio

import (
	"encoding/binary"
	"math"
)

// The first bytes of MessagePack values. (specification, "Formats")
const (
	mpMap     = 0x80 // with the number of members, up to 15
	mpArray   = 0x90
	mpString  = 0xa0 // with the length, up to 31
	mpNil     = 0xc0
	mpFalse   = 0xc2
	mpTrue    = 0xc3
	mpBin8    = 0xc4 // 16 and 32 follow, as for the others
	mpExt8    = 0xc7
	mpFloat32 = 0xca
	mpFloat64 = 0xcb
	mpUint8   = 0xcc
	mpInt8    = 0xd0
	mpFixExt1 = 0xd4
	mpFixExt8 = 0xd7
	mpStr8    = 0xd9
	mpArray16 = 0xdc
	mpMap16   = 0xde
	mpNegFix  = 0xe0 // up to 0xff: -32 to -1
)

func appendMpString[S []byte | string](dst []byte, s S) []byte {
	if len(s) < 32 {
		return append(append(dst, mpString|byte(len(s))), s...)
	}
	return append(appendMpSize(dst, mpStr8, len(s)), s...)
}

// appendMpSize appends the first byte of a form with 8, 16 or 32 bits of size,
// and the size.
func appendMpSize(dst []byte, form8 byte, n int) []byte {
	switch {
	case n <= math.MaxUint8:
		return append(dst, form8, byte(n))
	case n <= math.MaxUint16:
		return append(dst, form8+1, byte(n>>8), byte(n))
	}
	return append(dst, form8+2, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

// appendMpCount is appendMpSize for arrays and maps: up to 15 elements are said
// in the first byte, and there is no form with 8 bits.
func appendMpCount(dst []byte, fix, form16 byte, n int) []byte {
	switch {
	case n < 16:
		return append(dst, fix|byte(n))
	case n <= math.MaxUint16:
		return append(dst, form16, byte(n>>8), byte(n))
	}
	return append(dst, form16+1, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

func appendMpUint(dst []byte, n uint64) []byte {
	switch {
	case n < 0x80:
		return append(dst, byte(n))
	case n <= math.MaxUint8:
		return append(dst, mpUint8, byte(n))
	case n <= math.MaxUint16:
		return append(dst, mpUint8+1, byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		return append(dst, mpUint8+2, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return appendBig(append(dst, mpUint8+3), n)
}

// appendMpInt appends a negative number.
func appendMpInt(dst []byte, n int64) []byte {
	switch {
	case n >= -32:
		return append(dst, byte(n))
	case n >= math.MinInt8:
		return append(dst, mpInt8, byte(n))
	case n >= math.MinInt16:
		return append(dst, mpInt8+1, byte(n>>8), byte(n))
	case n >= math.MinInt32:
		return append(dst, mpInt8+2, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return appendBig(append(dst, mpInt8+3), uint64(n))
}

func appendMpFloat(dst []byte, f float64) []byte {
	return appendBig(append(dst, mpFloat64), math.Float64bits(f))
}

func appendBig(dst []byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64(dst, n)
}
