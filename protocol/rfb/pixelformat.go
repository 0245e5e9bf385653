package rfb

import (
	"encoding/binary"
	"math/bits"
)

// A PixelFormat says how a pixel is written (RFC 6143 section 7.4).
type PixelFormat struct {
	BitsPerPixel uint8 // 8, 16 or 32
	Depth        uint8 // the bits that matter, at most BitsPerPixel
	BigEndian    bool  // the byte order of a pixel
	// TrueColor says that a pixel is made of the three intensities below. If
	// it is false, a pixel is an index into the color map.
	TrueColor bool
	// RedMax and its like are the largest intensities, each a power of two less
	// one; RedShift and its like are the bits to the right of them.
	RedMax, GreenMax, BlueMax       uint16
	RedShift, GreenShift, BlueShift uint8
}

// PixelFormatLength is the length of a pixel format on the wire.
const PixelFormatLength = 16

// Formats that are asked for most.
var (
	// PixelFormat32 has eight bits for each color, blue in the first byte.
	PixelFormat32 = PixelFormat{32, 24, false, true, 255, 255, 255, 16, 8, 0}
	// PixelFormatRGBA has the byte order of image.RGBA; the fourth byte is
	// not used.
	PixelFormatRGBA = PixelFormat{32, 24, false, true, 255, 255, 255, 0, 8, 16}
	// PixelFormat16 has five, six and five bits.
	PixelFormat16 = PixelFormat{16, 16, false, true, 31, 63, 31, 11, 5, 0}
	// PixelFormat8 has three bits of red, three of green and two of blue, blue
	// in the highest ones.
	PixelFormat8 = PixelFormat{8, 8, false, true, 7, 7, 3, 0, 3, 6}
	// PixelFormatMap8 is an index into a color map of 256 entries.
	PixelFormatMap8 = PixelFormat{BitsPerPixel: 8, Depth: 8}
)

// Bytes returns the number of bytes in a pixel.
func (f PixelFormat) Bytes() int { return int(f.BitsPerPixel) / 8 }

// Validate returns ErrPixelFormat unless the format can be converted: 8, 16 or
// 32 bits, a depth that fits, and, for a true color, intensities of at least
// one bit that lie inside the pixel.
func (f PixelFormat) Validate() error {
	switch f.BitsPerPixel {
	case 8, 16, 32:
	default:
		return ErrPixelFormat
	}
	if f.Depth == 0 || f.Depth > f.BitsPerPixel {
		return ErrPixelFormat
	}
	if !f.TrueColor {
		return nil
	}
	for _, c := range [3]struct {
		max   uint16
		shift uint8
	}{{f.RedMax, f.RedShift}, {f.GreenMax, f.GreenShift}, {f.BlueMax, f.BlueShift}} {
		if c.max == 0 || c.max&(c.max+1) != 0 || bits.Len16(c.max)+int(c.shift) > int(f.BitsPerPixel) {
			return ErrPixelFormat
		}
	}
	return nil
}

// CPixelBytes returns the number of bytes of a compressed pixel of TRLE and
// ZRLE (RFC 6143 section 7.7.5): three if the fourth has nothing to say.
func (f PixelFormat) CPixelBytes() int {
	if f.fitsLow() || f.fitsHigh() {
		return 3
	}
	return f.Bytes()
}

// TPixelBytes returns the number of bytes of a pixel of Tight: three, which
// are red, green and blue, if all have eight bits.
func (f PixelFormat) TPixelBytes() int {
	if f.tightRGB() {
		return 3
	}
	return f.Bytes()
}

func (f PixelFormat) tightRGB() bool {
	return f.BitsPerPixel == 32 && f.Depth == 24 && f.TrueColor &&
		f.RedMax == 255 && f.GreenMax == 255 && f.BlueMax == 255
}

// mask returns the bits of the three intensities.
func (f PixelFormat) mask() uint32 {
	return uint32(f.RedMax)<<f.RedShift | uint32(f.GreenMax)<<f.GreenShift | uint32(f.BlueMax)<<f.BlueShift
}

func (f PixelFormat) compressible() bool {
	return f.TrueColor && f.BitsPerPixel == 32 && f.Depth <= 24
}

func (f PixelFormat) fitsLow() bool  { return f.compressible() && f.mask()>>24 == 0 }
func (f PixelFormat) fitsHigh() bool { return f.compressible() && f.mask()&0xff == 0 }

// AppendPixelFormat appends the sixteen bytes of a format.
func AppendPixelFormat(dst []byte, f PixelFormat) []byte {
	dst = append(dst, f.BitsPerPixel, f.Depth, flag(f.BigEndian), flag(f.TrueColor))
	dst = binary.BigEndian.AppendUint16(dst, f.RedMax)
	dst = binary.BigEndian.AppendUint16(dst, f.GreenMax)
	dst = binary.BigEndian.AppendUint16(dst, f.BlueMax)
	return append(dst, f.RedShift, f.GreenShift, f.BlueShift, 0, 0, 0)
}

// ParsePixelFormat reads sixteen bytes, and returns ErrMalformed if there are
// fewer. It does not validate: servers describe formats that they do not mean.
func ParsePixelFormat(p []byte) (PixelFormat, error) {
	if len(p) < PixelFormatLength {
		return PixelFormat{}, ErrMalformed
	}
	return PixelFormat{
		BitsPerPixel: p[0], Depth: p[1], BigEndian: p[2] != 0, TrueColor: p[3] != 0,
		RedMax: uint16(u16(p[4:])), GreenMax: uint16(u16(p[6:])), BlueMax: uint16(u16(p[8:])),
		RedShift: p[10], GreenShift: p[11], BlueShift: p[12],
	}, nil
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
