package rfb

// What the control byte of a Tight rectangle says (the community's
// specification, "Tight Encoding"): the upper four bits are the compression;
// the lower four, which reset streams, are not used by this encoder.
const (
	tightCopy     = 0x00 // stream 0, no filter byte
	tightMono     = 0x50 // stream 1 with a filter byte
	tightIndexed  = 0x60 // stream 2 with a filter byte
	tightGradient = 0x70 // stream 3 with a filter byte
	tightFill     = 0x80
	tightJPEG     = 0x90
	tightPNG      = 0xa0

	tightFilterPalette  = 1
	tightFilterGradient = 2

	// tightLeast is the length from which data is compressed.
	tightLeast = 12
	// jpegLeast is the number of pixels below which JPEG is not worth it.
	jpegLeast = 1024
)

// A TightForm is a way in which Tight writes a rectangle.
type TightForm uint8

// Forms of Tight. An encoder uses the one that it is told to where it fits:
// a fill has one color, a palette at most 256, JPEG needs a client that gave a
// quality level, JPEG and the gradient need pixels of 16 or 32 bits, and
// Tight PNG has fills, JPEG and PNG only.
const (
	TightAuto     TightForm = iota // what is likely to be shortest
	TightCopy                      // pixels, compressed
	TightPalette                   // a palette and indexes, compressed
	TightGradient                  // differences to a prediction, compressed
	TightJPEG
	TightPNG // not chosen by hand: Tight PNG says so by its own encoding
)

// appendTight appends a rectangle of at most 2048 pixels in width.
func (e *Encoder) appendTight(dst []byte, r raster, png bool) []byte {
	limit := len(e.palette.colors)
	if e.Tight == TightCopy || e.Tight == TightGradient {
		limit = 1
	}
	few := e.palette.count(r, limit)
	if few && e.palette.n == 1 {
		return e.tight.append(append(dst, tightFill), e.palette.colors[0])
	}
	if e.useJPEG(r, few) {
		return e.appendTightJPEG(dst, r)
	}
	switch {
	case png:
		return e.appendTightPNG(dst, r)
	case few && e.palette.n == 2:
		return e.appendTightMono(dst, r)
	case few && e.pixel.size > 1:
		return e.appendTightIndexed(dst, r)
	case e.Tight == TightGradient && e.pixel.size > 1 && e.format.TrueColor:
		return e.appendTightGradient(dst, r)
	}
	e.scratch = e.tight.appendRaster(e.scratch[:0], r)
	return e.appendTightData(append(dst, tightCopy), 0)
}

func (e *Encoder) useJPEG(r raster, few bool) bool {
	if e.Quality == 0 || e.pixel.size == 1 || !e.format.TrueColor {
		return false
	}
	switch e.Tight {
	case TightJPEG:
		return true
	case TightAuto:
		return !few && r.w*r.h >= jpegLeast
	}
	return false
}

// appendTightData appends what is in the scratch buffer, compressed in one of
// the four streams unless it is too short.
func (e *Encoder) appendTightData(dst []byte, stream int) []byte {
	if len(e.scratch) < tightLeast {
		return append(dst, e.scratch...)
	}
	e.packed = e.tightStreams[stream].append(e.packed[:0], e.scratch, e.level())
	return append(appendCompactLength(dst, len(e.packed)), e.packed...)
}

// appendCompactLength appends a length in one to three bytes of seven, seven
// and eight bits, the lowest first.
func appendCompactLength(dst []byte, n int) []byte {
	switch {
	case n < 1<<7:
		return append(dst, byte(n))
	case n < 1<<14:
		return append(dst, byte(n)|0x80, byte(n>>7))
	}
	return append(dst, byte(n)|0x80, byte(n>>7)|0x80, byte(n>>14))
}

// appendTightPalette appends the filter and the palette's colors.
func (e *Encoder) appendTightPalette(dst []byte, control byte) []byte {
	dst = append(dst, control, tightFilterPalette, byte(e.palette.n-1))
	return e.tight.appendRow(dst, e.palette.colors[:e.palette.n])
}

// appendTightMono writes two colors as one bit each.
func (e *Encoder) appendTightMono(dst []byte, r raster) []byte {
	dst = e.appendTightPalette(dst, tightMono)
	e.scratch = appendPacked(e.scratch[:0], r, &e.palette)
	return e.appendTightData(dst, 1)
}

// appendTightIndexed writes up to 256 colors as one byte each.
func (e *Encoder) appendTightIndexed(dst []byte, r raster) []byte {
	dst = e.appendTightPalette(dst, tightIndexed)
	e.scratch = e.scratch[:0]
	for y := range r.h {
		last, index := ^r.row(y)[0], byte(0)
		for _, v := range r.row(y) {
			if v != last {
				last, index = v, byte(e.palette.index(v))
			}
			e.scratch = append(e.scratch, index)
		}
	}
	return e.appendTightData(dst, 2)
}

// appendTightGradient writes, for each intensity, the difference to what its
// neighbors to the left, above, and above to the left let expect.
func (e *Encoder) appendTightGradient(dst []byte, r raster) []byte {
	dst = append(dst, tightGradient, tightFilterGradient)
	f := e.format
	parts := [3]struct {
		max   int32
		shift uint8
	}{{int32(f.RedMax), f.RedShift}, {int32(f.GreenMax), f.GreenShift}, {int32(f.BlueMax), f.BlueShift}}
	if cap(e.line) < 2*r.w {
		e.line = make([]uint32, 2*r.w)
	}
	above, out := e.line[:r.w], e.line[r.w:2*r.w]
	clear(above)
	e.scratch = e.scratch[:0]
	for y := range r.h {
		row := r.row(y)
		clear(out)
		for _, c := range parts {
			left, corner := int32(0), int32(0)
			for x, v := range row {
				value := int32(v>>c.shift) & c.max
				up := int32(above[x]>>c.shift) & c.max
				guess := min(max(left+up-corner, 0), c.max)
				out[x] |= uint32((value-guess)&c.max) << c.shift
				left, corner = value, up
			}
		}
		e.scratch = e.tight.appendRow(e.scratch, out)
		copy(above, row)
	}
	return e.appendTightData(dst, 3)
}
