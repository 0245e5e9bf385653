package sio

import (
	"encoding/binary"
	"fmt"
	"math"
)

// mpKind is what a MessagePack value is to JavaScript.
type mpKind uint8

const (
	mpKindNil mpKind = iota
	mpKindBool
	mpKindUint // not negative
	mpKindInt  // negative
	mpKindFloat
	mpKindString
	mpKindBinary
	mpKindDate
	mpKindArray
	mpKindMap
)

// mpHead is what stands before the content of a value.
type mpHead struct {
	kind mpKind
	u    uint64 // a number's bits; a Date's milliseconds; 1 for true
	n    int    // the length of a string or binary, the count of an array or map
}

// take cuts n bytes off.
func (r *mpReader) take(n int) ([]byte, error) {
	if n > len(r.data) {
		return nil, fmt.Errorf("%w: cut short", ErrMsgpack)
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b, nil
}

// fixed reads a number of size bytes, at most 8.
func (r *mpReader) fixed(size int) (uint64, error) {
	b, err := r.take(size)
	if err != nil {
		return 0, err
	}
	var full [8]byte
	copy(full[8-size:], b)
	return binary.BigEndian.Uint64(full[:]), nil
}

// head reads everything of a value but the content of strings and binaries and
// the elements of arrays and maps. These have been promised as many bytes as
// they need at the least.
func (r *mpReader) head() (mpHead, error) {
	first, err := r.take(1)
	if err != nil {
		return mpHead{}, err
	}
	c := first[0]
	switch {
	case c < mpMap:
		return mpHead{kind: mpKindUint, u: uint64(c)}, nil
	case c < mpArray:
		return r.sized(mpKindMap, uint64(c-mpMap))
	case c < mpString:
		return r.sized(mpKindArray, uint64(c-mpArray))
	case c < mpNil:
		return r.sized(mpKindString, uint64(c-mpString))
	case c >= mpNegFix:
		return mpHead{kind: mpKindInt, u: uint64(int8(c))}, nil
	}
	return r.longHead(c)
}

// longHead is head for the values whose first byte says the form alone.
func (r *mpReader) longHead(c byte) (mpHead, error) {
	switch {
	case c == mpNil:
		return mpHead{kind: mpKindNil}, nil
	case c == mpFalse, c == mpTrue:
		return mpHead{kind: mpKindBool, u: uint64(c - mpFalse)}, nil
	case c >= mpBin8 && c < mpExt8:
		return r.long(mpKindBinary, 1<<(c-mpBin8))
	case c >= mpExt8 && c < mpFloat32, c >= mpFixExt1 && c < mpStr8:
		return r.ext(c)
	case c >= mpFloat32 && c < mpInt8+4:
		return r.numberHead(c)
	case c >= mpStr8 && c < mpArray16:
		return r.long(mpKindString, 1<<(c-mpStr8))
	case c >= mpArray16 && c < mpMap16:
		return r.long(mpKindArray, 2<<(c-mpArray16))
	case c >= mpMap16 && c < mpNegFix:
		return r.long(mpKindMap, 2<<(c-mpMap16))
	}
	return mpHead{}, fmt.Errorf("%w: form %#x", ErrMsgpack, c)
}

// long is sized for forms whose size comes in bytes of its own.
func (r *mpReader) long(kind mpKind, bytes int) (mpHead, error) {
	n, err := r.fixed(bytes)
	if err != nil {
		return mpHead{}, err
	}
	return r.sized(kind, n)
}

// sized checks a size against what is left.
func (r *mpReader) sized(kind mpKind, n uint64) (mpHead, error) {
	need := n
	if kind == mpKindMap {
		need = 2 * n
	}
	if need > uint64(len(r.data)) {
		return mpHead{}, fmt.Errorf("%w: cut short", ErrMsgpack)
	}
	return mpHead{kind: kind, n: int(n)}, nil
}

func (r *mpReader) numberHead(c byte) (mpHead, error) {
	size := 1 << (c & 3) // 0xcc to 0xcf, 0xd0 to 0xd3
	if c < mpUint8 {
		size = 4 << (c - mpFloat32)
	}
	u, err := r.fixed(size)
	if err != nil {
		return mpHead{}, err
	}
	switch {
	case c == mpFloat32:
		f := float64(math.Float32frombits(uint32(u)))
		return mpHead{kind: mpKindFloat, u: math.Float64bits(f)}, nil
	case c == mpFloat64:
		return mpHead{kind: mpKindFloat, u: u}, nil
	case c < mpInt8:
		return mpHead{kind: mpKindUint, u: u}, nil
	}
	shift := 64 - 8*size
	if n := int64(u) << shift >> shift; n < 0 {
		return mpHead{kind: mpKindInt, u: uint64(n)}, nil
	}
	return mpHead{kind: mpKindUint, u: u}, nil
}

// ext reads the head of an extension. The type 0 is an ArrayBuffer if it comes
// with its length, a Date if it has 8 bytes without; undefined, with 1 byte, has
// been read before. Nobody sends others.
func (r *mpReader) ext(c byte) (mpHead, error) {
	n, err := uint64(8), error(nil)
	if c < mpFixExt1 {
		n, err = r.fixed(1 << (c - mpExt8))
	} else if c != mpFixExt8 {
		err = fmt.Errorf("%w: form %#x", ErrMsgpack, c)
	}
	if err != nil {
		return mpHead{}, err
	}
	t, err := r.fixed(1)
	switch {
	case err != nil:
		return mpHead{}, err
	case t != 0:
		return mpHead{}, fmt.Errorf("%w: extension type %d", ErrMsgpack, int8(t))
	case c < mpFixExt1:
		return r.sized(mpKindBinary, n)
	}
	ms, err := r.fixed(8)
	return mpHead{kind: mpKindDate, u: ms}, err
}
