package rfb

import (
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

// appendTightJPEG writes the rectangle that was loaded last as JPEG.
func (e *Encoder) appendTightJPEG(dst []byte, r raster) []byte {
	out := appender{e.packed[:0]}
	// An appender never fails, and the size is within the limits of JPEG.
	_ = jpeg.Encode(&out, e.loaded(r), &jpeg.Options{Quality: e.Quality})
	e.packed = out.p
	dst = appendCompactLength(append(dst, tightJPEG), len(e.packed))
	return append(dst, e.packed...)
}

// appendTightPNG writes the rectangle that was loaded last as PNG, with a
// palette if it has few colors. It overwrites r.
func (e *Encoder) appendTightPNG(dst []byte, r raster) []byte {
	out := appender{e.packed[:0]}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: &e.pngBuffers}
	// An appender never fails, and the size is within the limits of PNG.
	_ = encoder.Encode(&out, e.pngImage(r))
	e.packed = out.p
	dst = appendCompactLength(append(dst, tightPNG), len(e.packed))
	return append(dst, e.packed...)
}

// loaded returns the pixels that were loaded last as an opaque image.
func (e *Encoder) loaded(r raster) *image.RGBA {
	for i := 3; i < len(e.rgba); i += 4 {
		e.rgba[i] = 255
	}
	return &image.RGBA{Pix: e.rgba, Stride: 4 * r.w, Rect: image.Rect(0, 0, r.w, r.h)}
}

// pngImage returns the pixels that were loaded last as an image with a
// palette, or without one if there are too many colors. PNG knows nothing of
// the client's pixel format: the colors are those of the picture.
func (e *Encoder) pngImage(r raster) image.Image {
	for i := range r.pix {
		q := e.rgba[4*i : 4*i+4 : 4*i+4]
		r.pix[i] = uint32(q[0])<<16 | uint32(q[1])<<8 | uint32(q[2])
	}
	if !e.palette.count(r, len(e.palette.colors)) {
		return e.loaded(r)
	}
	colors := make(color.Palette, e.palette.n)
	for i, v := range e.palette.colors[:e.palette.n] {
		colors[i] = color.RGBA{byte(v >> 16), byte(v >> 8), byte(v), 255}
	}
	e.scratch = extend(e.scratch[:0], len(r.pix))
	for i, v := range r.pix {
		e.scratch[i] = byte(e.palette.index(v))
	}
	return &image.Paletted{Pix: e.scratch, Stride: r.w, Rect: image.Rect(0, 0, r.w, r.h), Palette: colors}
}

// pngBuffers keeps the one buffer that an encoder of PNG needs.
type pngBuffers struct{ b *png.EncoderBuffer }

func (p *pngBuffers) Get() *png.EncoderBuffer  { return p.b }
func (p *pngBuffers) Put(b *png.EncoderBuffer) { p.b = b }
