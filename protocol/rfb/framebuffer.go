package rfb

import "image"

// Limits of a framebuffer in pixels.
const (
	MaxSide   = 8192              // width, and height
	MaxPixels = MaxSide * MaxSide // both multiplied: 256 MiB
)

// A Framebuffer is a picture: rows of RGBA pixels from top to bottom, four
// bytes for each, alpha always 255.
type Framebuffer struct {
	Width, Height int    // in pixels
	Pix           []byte // 4 * Width * Height bytes
}

// NewFramebuffer returns a black picture. The error is ErrTooLarge, or
// ErrMalformed if a side is negative. A framebuffer may be empty.
func NewFramebuffer(width, height int) (*Framebuffer, error) {
	if width < 0 || height < 0 {
		return nil, ErrMalformed
	}
	if width > MaxSide || height > MaxSide {
		return nil, ErrTooLarge
	}
	f := &Framebuffer{Width: width, Height: height, Pix: make([]byte, 4*width*height)}
	f.Fill(f.Bounds(), [4]byte{0, 0, 0, 255})
	return f, nil
}

// Bounds returns the whole area.
func (f *Framebuffer) Bounds() Rect { return Rect{0, 0, f.Width, f.Height} }

// Contains reports whether r lies inside of the picture. Empty areas do too, if
// their corner does.
func (f *Framebuffer) Contains(r Rect) bool {
	return r.X >= 0 && r.Y >= 0 && r.Width >= 0 && r.Height >= 0 &&
		r.X <= f.Width-r.Width && r.Y <= f.Height-r.Height
}

// Row returns the bytes of width pixels from x on in row y. All must lie inside
// of the picture.
func (f *Framebuffer) Row(x, y, width int) []byte {
	at := 4 * (y*f.Width + x)
	return f.Pix[at : at+4*width : at+4*width]
}

// Fill sets all pixels of an area, which must lie inside of the picture.
func (f *Framebuffer) Fill(r Rect, c [4]byte) {
	if r.Empty() {
		return
	}
	first := f.Row(r.X, r.Y, r.Width)
	fillRow(first, c)
	for y := r.Y + 1; y < r.Y+r.Height; y++ {
		copy(f.Row(r.X, y, r.Width), first)
	}
}

// fillRow sets the pixels of a row, doubling what is set already.
func fillRow(row []byte, c [4]byte) {
	if len(row) < 4 {
		return
	}
	*(*[4]byte)(row) = c
	for done := 4; done < len(row); done *= 2 {
		copy(row[done:], row[:done])
	}
}

// Copy moves the area at (x, y) to r, which has its size. Both must lie inside
// of the picture, and may overlap.
func (f *Framebuffer) Copy(r Rect, x, y int) {
	from, to, step := 0, r.Height, 1
	if y < r.Y { // downwards: the lowest row first
		from, to, step = r.Height-1, -1, -1
	}
	for i := from; i != to; i += step {
		copy(f.Row(r.X, r.Y+i, r.Width), f.Row(x, y+i, r.Width))
	}
}

// Image returns the picture as an image that shares its bytes.
func (f *Framebuffer) Image() *image.RGBA {
	return &image.RGBA{Pix: f.Pix, Stride: 4 * f.Width, Rect: image.Rect(0, 0, f.Width, f.Height)}
}
