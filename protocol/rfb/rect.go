package rfb

import (
	"encoding/binary"
	"image"
)

// A Rect is an area of a framebuffer in pixels, from its upper left corner. On
// the wire each number has 16 bits; functions that append cut off the rest.
type Rect struct{ X, Y, Width, Height int }

// Area returns the number of pixels.
func (r Rect) Area() int { return r.Width * r.Height }

// Empty reports whether r has no pixel.
func (r Rect) Empty() bool { return r.Width <= 0 || r.Height <= 0 }

// Image returns the same area as the image package describes it.
func (r Rect) Image() image.Rectangle {
	return image.Rect(r.X, r.Y, r.X+r.Width, r.Y+r.Height)
}

// RectOf returns an area of the image package as a Rect.
func RectOf(r image.Rectangle) Rect {
	return Rect{r.Min.X, r.Min.Y, r.Dx(), r.Dy()}
}

// AppendRect appends the eight bytes of a rectangle: x, y, width, height.
func AppendRect(dst []byte, r Rect) []byte {
	be := binary.BigEndian
	dst = be.AppendUint16(dst, uint16(r.X))
	dst = be.AppendUint16(dst, uint16(r.Y))
	dst = be.AppendUint16(dst, uint16(r.Width))
	return be.AppendUint16(dst, uint16(r.Height))
}

func parseRect(p []byte) Rect {
	return Rect{u16(p), u16(p[2:]), u16(p[4:]), u16(p[6:])}
}

func u16(p []byte) int    { return int(binary.BigEndian.Uint16(p)) }
func u32(p []byte) uint32 { return binary.BigEndian.Uint32(p) }
