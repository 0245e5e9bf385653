package rfb

import "compress/flate"

// A Picture is where an encoder reads pixels.
type Picture interface {
	// ReadPixels stores the pixels of r, row by row, in dst: four bytes for
	// each, red, green, blue and one that is ignored. dst has the right
	// length. What lies outside of the picture is black: the picture may have
	// become smaller since the area was planned.
	ReadPixels(dst []byte, r Rect)
}

// ReadPixels implements Picture.
func (f *Framebuffer) ReadPixels(dst []byte, r Rect) {
	in := r.Intersect(f.Bounds())
	if in != r {
		clear(dst)
	}
	for y := in.Y; y < in.Y+in.Height; y++ {
		at := 4 * ((y-r.Y)*r.Width + in.X - r.X)
		copy(dst[at:], f.Row(in.X, y, in.Width))
	}
}

// Intersect returns what r and s have in common, or the zero Rect.
func (r Rect) Intersect(s Rect) Rect {
	x, y := max(r.X, s.X), max(r.Y, s.Y)
	w := min(r.X+r.Width, s.X+s.Width) - x
	h := min(r.Y+r.Height, s.Y+s.Height) - y
	if w <= 0 || h <= 0 {
		return Rect{}
	}
	return Rect{x, y, w, h}
}

// An Encoder writes rectangles of pixels for one client. It has the state that
// lasts as long as the connection: zlib streams. It is used by one goroutine
// at a time.
//
// The fields may be changed between rectangles.
type Encoder struct {
	// Quality is that of JPEG, from 1 to 100. The default, 0, allows no JPEG:
	// it is not lossless, and only for clients that gave a quality level.
	Quality int
	// Level is that of zlib, from 1, the fastest, to 9; 0 means 1. A stream
	// keeps the level with which it began.
	Level int
	// Tight is the form of Tight's rectangles.
	Tight TightForm

	format                   PixelFormat
	pixels                   *Pixels
	pixel, compressed, tight pixelForm

	zlib, zrle, zlibHexRaw, zlibHexTiles deflater
	tightStreams                         [4]deflater

	// What follows is only used during a call.
	rgba                 []byte
	pix                  []uint32
	tile                 [hextileSide * hextileSide]uint32
	line                 []uint32
	scratch, packed      []byte
	pngBuffers           pngBuffers
	palette, lastPalette palette
}

// NewEncoder returns an encoder for a pixel format. The error is that of
// PixelFormat.Validate.
func NewEncoder(f PixelFormat) (*Encoder, error) {
	e := new(Encoder)
	return e, e.SetPixelFormat(f)
}

// SetPixelFormat changes the format from the next rectangle on. A format
// without true color is used with the map of CubeColorMap. The error is that
// of PixelFormat.Validate.
func (e *Encoder) SetPixelFormat(f PixelFormat) error {
	if e.pixels != nil && e.format == f {
		return nil
	}
	colors := f
	if !f.TrueColor {
		// The index into the cube is what PixelFormat8 has as a pixel.
		if err := f.Validate(); err != nil {
			return err
		}
		colors = PixelFormat8
	}
	pixels, err := NewPixels(colors, nil)
	if err != nil {
		return err
	}
	e.format, e.pixels = f, pixels
	e.pixel, e.compressed, e.tight = pixelForms(f)
	return nil
}

func (e *Encoder) level() int {
	if e.Level == 0 {
		return flate.BestSpeed
	}
	return e.Level
}

// Largest rectangle of an encoder in pixels, so that its buffers stay small.
const (
	encodeMaxWidth = 1024
	encodeMaxArea  = 1 << 16
	// Viewers read all subrectangles of CoRRE at once, into a buffer that is
	// large enough for what servers have always sent.
	correMaxSide = 48
)

// Encodes reports whether an encoder can write an encoding.
func Encodes(enc Encoding) bool {
	switch enc {
	case EncodingRaw, EncodingRRE, EncodingCoRRE, EncodingHextile, EncodingZlib, EncodingTight,
		EncodingZlibHex, EncodingTRLE, EncodingZRLE, EncodingTightPNG:
		return true
	}
	return false
}

// MaxRect returns the largest width of a rectangle for AppendRect, and the
// largest height that goes with a width.
func MaxRect(enc Encoding, width int) (w, h int) {
	if enc == EncodingCoRRE {
		return min(width, correMaxSide), correMaxSide
	}
	w = min(width, encodeMaxWidth)
	if w <= 0 {
		return w, 0
	}
	// Whole tiles, whatever their size.
	return w, max(encodeMaxArea/w, zrleSide) &^ (zrleSide - 1)
}

// AppendRect appends a rectangle of an update, header and content. The size of
// r must be within what MaxRect says, and not be empty. An encoding that the
// encoder cannot write becomes EncodingRaw.
func (e *Encoder) AppendRect(dst []byte, enc Encoding, p Picture, r Rect) []byte {
	if !Encodes(enc) {
		enc = EncodingRaw
	}
	return e.appendContent(AppendRectHeader(dst, r, enc), enc, e.load(p, r))
}

// load reads an area and converts it to pixel values.
func (e *Encoder) load(p Picture, r Rect) raster {
	n := r.Area()
	e.rgba = extend(e.rgba[:0], 4*n)
	p.ReadPixels(e.rgba, r)
	if cap(e.pix) < n {
		e.pix = make([]uint32, n)
	}
	e.pix = e.pix[:n]
	red, green, blue := &e.pixels.back[0], &e.pixels.back[1], &e.pixels.back[2]
	rgba := e.rgba
	for i := range e.pix {
		q := rgba[4*i : 4*i+4 : 4*i+4]
		e.pix[i] = red[q[0]] | green[q[1]] | blue[q[2]]
	}
	return raster{e.pix, r.Width, r.Width, r.Height}
}

func (e *Encoder) appendContent(dst []byte, enc Encoding, r raster) []byte {
	switch enc {
	case EncodingRRE:
		return e.appendRRE(dst, r)
	case EncodingCoRRE:
		return e.appendCoRRE(dst, r)
	case EncodingHextile:
		return e.appendHextile(dst, r)
	case EncodingZlib:
		return e.appendZlib(dst, r)
	case EncodingTight:
		return e.appendTight(dst, r, false)
	case EncodingTightPNG:
		return e.appendTight(dst, r, true)
	case EncodingZlibHex:
		return e.appendZlibHex(dst, r)
	case EncodingTRLE:
		return e.appendTRLE(dst, r)
	case EncodingZRLE:
		return e.appendZRLE(dst, r)
	}
	return e.pixel.appendRaster(dst, r)
}
