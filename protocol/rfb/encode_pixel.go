package rfb

// A raster is a rectangle of pixel values in the client's format, before they
// get its byte order. Rows lie stride values apart.
type raster struct {
	pix    []uint32
	stride int
	w, h   int
}

func (r raster) row(y int) []uint32 { return r.pix[y*r.stride : y*r.stride+r.w] }

// sub returns the part of r that starts at x, y and is at most w by h.
func (r raster) sub(x, y, w, h int) raster {
	return raster{r.pix[y*r.stride+x:], r.stride, min(w, r.w-x), min(h, r.h-y)}
}

// A pixelForm says how a pixel value is written: as a PIXEL, or shortened to a
// CPIXEL or a TPIXEL. Byte i of it has the bits from shift[i] on.
type pixelForm struct {
	size  int
	shift [4]uint8
}

// pixelForms returns the three forms of a pixel format.
func pixelForms(f PixelFormat) (pixel, compressed, tight pixelForm) {
	pixel.size = f.Bytes()
	for i := range pixel.size {
		pixel.shift[i] = uint8(8 * i)
		if f.BigEndian {
			pixel.shift[i] = uint8(8 * (pixel.size - 1 - i))
		}
	}
	compressed, tight = pixel, pixel
	if f.CPixelBytes() < pixel.size {
		// One end of the pixel is not sent: its low byte, or its high one.
		unused := uint8(24)
		if !f.fitsLow() {
			unused = 0
		}
		compressed.size = 0
		for _, s := range pixel.shift {
			if s != unused {
				compressed.shift[compressed.size] = s
				compressed.size++
			}
		}
	}
	if f.TPixelBytes() < pixel.size {
		tight = pixelForm{3, [4]uint8{f.RedShift, f.GreenShift, f.BlueShift}}
	}
	return pixel, compressed, tight
}

// append appends one pixel.
func (f *pixelForm) append(dst []byte, v uint32) []byte {
	switch f.size {
	case 1:
		return append(dst, byte(v))
	case 2:
		return append(dst, byte(v>>f.shift[0]), byte(v>>f.shift[1]))
	case 3:
		return append(dst, byte(v>>f.shift[0]), byte(v>>f.shift[1]), byte(v>>f.shift[2]))
	}
	return append(dst, byte(v>>f.shift[0]), byte(v>>f.shift[1]), byte(v>>f.shift[2]), byte(v>>f.shift[3]))
}

// appendRow appends a row of pixels.
func (f *pixelForm) appendRow(dst []byte, row []uint32) []byte {
	n := len(dst)
	dst = extend(dst, len(row)*f.size)
	p := dst[n:]
	// Shifts of 32 bits or more do not occur; masking spares a comparison.
	s0, s1, s2, s3 := f.shift[0]&31, f.shift[1]&31, f.shift[2]&31, f.shift[3]&31
	switch f.size {
	case 1:
		for i, v := range row {
			p[i] = byte(v)
		}
	case 2:
		for i, v := range row {
			q := p[2*i : 2*i+2 : 2*i+2]
			q[0], q[1] = byte(v>>s0), byte(v>>s1)
		}
	case 3:
		for i, v := range row {
			q := p[3*i : 3*i+3 : 3*i+3]
			q[0], q[1], q[2] = byte(v>>s0), byte(v>>s1), byte(v>>s2)
		}
	default:
		for i, v := range row {
			q := p[4*i : 4*i+4 : 4*i+4]
			q[0], q[1], q[2], q[3] = byte(v>>s0), byte(v>>s1), byte(v>>s2), byte(v>>s3)
		}
	}
	return dst
}

// appendRaster appends all pixels, row by row.
func (f *pixelForm) appendRaster(dst []byte, r raster) []byte {
	for y := range r.h {
		dst = f.appendRow(dst, r.row(y))
	}
	return dst
}

// extend makes p longer by n bytes of any value.
func extend(p []byte, n int) []byte {
	if cap(p)-len(p) >= n {
		return p[:len(p)+n]
	}
	return append(p, make([]byte, n)...)
}

// A palette counts the colors of a raster, up to a limit.
type palette struct {
	colors [256]uint32
	counts [256]int
	n      int
	// table finds a color by its hash: the index plus one, or zero.
	table [1024]uint16
}

// count fills the palette with the colors of r in the order in which they
// occur. It returns false as soon as there are more than limit, at most 256.
func (p *palette) count(r raster, limit int) bool {
	p.n = 0
	clear(p.table[:])
	for y := range r.h {
		row := r.row(y)
		for x := 0; x < len(row); {
			v, start := row[x], x
			for x++; x < len(row) && row[x] == v; x++ {
			}
			slot := p.slot(v)
			if p.table[slot] == 0 {
				if p.n == limit {
					return false
				}
				p.colors[p.n], p.counts[p.n] = v, 0
				p.n++
				p.table[slot] = uint16(p.n)
			}
			p.counts[p.table[slot]-1] += x - start
		}
	}
	return true
}

// slot returns where v is in the table, or where it would be.
func (p *palette) slot(v uint32) int {
	i := int(v * 2654435769 >> 22) // Fibonacci hashing to ten bits
	for p.table[i] != 0 && p.colors[p.table[i]-1] != v {
		i = (i + 1) % len(p.table)
	}
	return i
}

// index returns the position of a color that is in the palette.
func (p *palette) index(v uint32) int { return int(p.table[p.slot(v)]) - 1 }

// has reports whether a color is in the palette.
func (p *palette) has(v uint32) bool { return p.table[p.slot(v)] != 0 }

// commonest returns the color that was counted most often.
func (p *palette) commonest() uint32 {
	best := 0
	for i := range p.n {
		if p.counts[i] > p.counts[best] {
			best = i
		}
	}
	return p.colors[best]
}
