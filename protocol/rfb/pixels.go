package rfb

import "encoding/binary"

// A Pixels converts between pixels of a format and RGBA, which is one byte for
// each of red, green, blue and an alpha of 255. Intensities are scaled to the
// nearest, so that what was converted to RGBA and back is what it was, for all
// formats with at most eight bits for each.
//
// A Pixels is not changed by conversions and may be used concurrently.
type Pixels struct {
	size      int // bytes of a pixel
	bigEndian bool
	max       [3]uint32
	shift     [3]uint8
	mapped    ColorMap // if there is no true color
	trueColor bool

	alpha bool // pixels are RGBA, with an alpha of their own

	// Eight whole bits for each color: the byte of a pixel that holds it.
	whole  bool
	offset [3]int

	table [3][]byte // intensity → eight bits
	one   [][4]byte // pixel of one byte → RGBA
	back  [3][256]uint32
}

// NewPixels returns the converter of a format. The map, which is used if the
// format has no true color, is copied. The error is that of Validate.
func NewPixels(f PixelFormat, m ColorMap) (*Pixels, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	return newPixels(f, m, f.Bytes(), 0), nil
}

// NewCPixels is NewPixels for the compressed pixels of TRLE and ZRLE.
func NewCPixels(f PixelFormat, m ColorMap) (*Pixels, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	switch {
	case f.fitsLow():
		return newPixels(f, m, 3, 0), nil
	case f.fitsHigh():
		return newPixels(f, m, 3, 8), nil
	}
	return newPixels(f, m, f.Bytes(), 0), nil
}

// NewTPixels is NewPixels for the pixels of Tight.
func NewTPixels(f PixelFormat, m ColorMap) (*Pixels, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	if f.tightRGB() {
		return newPixels(PixelFormat{32, 24, true, true, 255, 255, 255, 16, 8, 0}, nil, 3, 0), nil
	}
	return newPixels(f, m, f.Bytes(), 0), nil
}

func newPixels(f PixelFormat, m ColorMap, size int, drop uint8) *Pixels {
	p := &Pixels{size: size, bigEndian: f.BigEndian, trueColor: f.TrueColor}
	if f.TrueColor {
		p.max = [3]uint32{uint32(f.RedMax), uint32(f.GreenMax), uint32(f.BlueMax)}
		p.shift = [3]uint8{f.RedShift - drop, f.GreenShift - drop, f.BlueShift - drop}
		p.fillTables()
	} else {
		p.mapped = append(ColorMap(nil), m...)
	}
	if size == 1 {
		one := make([][4]byte, 256)
		for i := range one {
			r, g, b := p.split(uint32(i))
			one[i] = [4]byte{r, g, b, 255}
		}
		p.one = one
	}
	return p
}

func (p *Pixels) fillTables() {
	p.whole = p.size >= 3
	for i, limit := range p.max {
		if limit != 255 || p.shift[i]%8 != 0 {
			p.whole = false
		}
		p.offset[i] = int(p.shift[i] / 8)
		if p.bigEndian {
			p.offset[i] = p.size - 1 - p.offset[i]
		}
		if limit <= 255 {
			p.table[i] = make([]byte, limit+1)
			for v := range p.table[i] {
				p.table[i][v] = scaleUp(uint32(v), limit)
			}
		}
		for v := range p.back[i] {
			p.back[i][v] = (uint32(v)*limit + 127) / 255 << p.shift[i]
		}
	}
}

func scaleUp(v, limit uint32) byte { return byte((v*255 + limit/2) / limit) }

// Size returns the number of bytes of a pixel.
func (p *Pixels) Size() int { return p.size }

// load returns the pixel at the start of src.
func (p *Pixels) load(src []byte) uint32 {
	switch p.size {
	case 1:
		return uint32(src[0])
	case 2:
		if p.bigEndian {
			return uint32(binary.BigEndian.Uint16(src))
		}
		return uint32(binary.LittleEndian.Uint16(src))
	case 3:
		if p.bigEndian {
			return uint32(src[0])<<16 | uint32(src[1])<<8 | uint32(src[2])
		}
		return uint32(src[2])<<16 | uint32(src[1])<<8 | uint32(src[0])
	}
	if p.bigEndian {
		return binary.BigEndian.Uint32(src)
	}
	return binary.LittleEndian.Uint32(src)
}

// split returns the intensities of a pixel, scaled to eight bits.
func (p *Pixels) split(v uint32) (r, g, b byte) {
	if !p.trueColor {
		if v >= uint32(len(p.mapped)) {
			return 0, 0, 0
		}
		c := p.mapped[v]
		return byte(c.Red >> 8), byte(c.Green >> 8), byte(c.Blue >> 8)
	}
	return p.intensity(0, v), p.intensity(1, v), p.intensity(2, v)
}

func (p *Pixels) intensity(i int, v uint32) byte {
	v = v >> p.shift[i] & p.max[i]
	if t := p.table[i]; t != nil {
		return t[v]
	}
	return scaleUp(v, p.max[i])
}

// RGBA returns the color of the pixel at the start of src, which must have
// Size bytes.
func (p *Pixels) RGBA(src []byte) [4]byte {
	switch {
	case p.size == 1:
		return p.one[src[0]]
	case p.alpha:
		return [4]byte(src)
	case p.whole:
		return [4]byte{src[p.offset[0]], src[p.offset[1]], src[p.offset[2]], 255}
	}
	r, g, b := p.split(p.load(src))
	return [4]byte{r, g, b, 255}
}

// ToRGBA converts as many pixels as fit: those that are whole in src and have
// four bytes in dst. It returns their number.
func (p *Pixels) ToRGBA(dst, src []byte) int {
	n := min(len(dst)/4, len(src)/p.size)
	dst, src = dst[:4*n], src[:n*p.size]
	switch {
	case p.alpha:
		copy(dst, src)
	case p.size == 1:
		for i, v := range src {
			*(*[4]byte)(dst[4*i:]) = p.one[v]
		}
	case p.whole && p.size == 4:
		p.wholeToRGBA(dst, src)
	case p.size == 2 && p.trueColor && p.table[0] != nil && p.table[1] != nil && p.table[2] != nil:
		p.tablesToRGBA(dst, src)
	default:
		for i := range n {
			*(*[4]byte)(dst[4*i:]) = p.RGBA(src[i*p.size:])
		}
	}
	return n
}

func (p *Pixels) wholeToRGBA(dst, src []byte) {
	// In a word read as little-endian, a byte's offset is its shift.
	le := binary.LittleEndian
	if p.offset == [3]int{0, 1, 2} { // as it is, but for alpha: two pixels at once
		const alphas = 0xff000000_ff000000
		n := len(src) &^ 7
		for i := 0; i < n; i += 8 {
			le.PutUint64(dst[i:i+8:i+8], le.Uint64(src[i:i+8:i+8])|alphas)
		}
		src, dst = src[n:], dst[n:]
	}
	rs, gs, bs := 8*p.offset[0]&31, 8*p.offset[1]&31, 8*p.offset[2]&31
	for i := 0; i+4 <= len(src); i += 4 {
		v := le.Uint32(src[i : i+4 : i+4])
		le.PutUint32(dst[i:i+4:i+4], v>>rs&0xff|v>>gs&0xff<<8|v>>bs&0xff<<16|0xff<<24)
	}
}

func (p *Pixels) tablesToRGBA(dst, src []byte) {
	var swap uint // for the other byte order: rotate the sixteen bits
	if p.bigEndian {
		swap = 8
	}
	rt, gt, bt := p.table[0], p.table[1], p.table[2]
	rs, gs, bs := p.shift[0]&31, p.shift[1]&31, p.shift[2]&31
	for len(src) >= 2 && len(dst) >= 4 {
		v := uint32(binary.LittleEndian.Uint16(src))
		v = (v<<swap | v>>swap) & 0xffff
		dst[0] = rt[v>>rs&p.max[0]]
		dst[1] = gt[v>>gs&p.max[1]]
		dst[2] = bt[v>>bs&p.max[2]]
		dst[3] = 255
		src, dst = src[2:], dst[4:]
	}
}

// AppendRGBA appends the pixels of the format for src, which is RGBA. Without
// true color a pixel is the index of the nearest color in the map.
func (p *Pixels) AppendRGBA(dst, src []byte) []byte {
	var last [4]byte
	index, known := uint32(0), false
	for ; len(src) >= 4; src = src[4:] {
		if p.trueColor {
			dst = p.store(dst, p.back[0][src[0]]|p.back[1][src[1]]|p.back[2][src[2]])
			continue
		}
		if c := [4]byte(src); !known || c != last {
			last, known = c, true
			index = uint32(p.mapped.Nearest(1<<(8*min(p.size, 2)), c[0], c[1], c[2]))
		}
		dst = p.store(dst, index)
	}
	return dst
}

func (p *Pixels) store(dst []byte, v uint32) []byte {
	switch p.size {
	case 1:
		return append(dst, byte(v))
	case 2:
		if p.bigEndian {
			return append(dst, byte(v>>8), byte(v))
		}
		return append(dst, byte(v), byte(v>>8))
	case 3:
		if p.bigEndian {
			return append(dst, byte(v>>16), byte(v>>8), byte(v))
		}
		return append(dst, byte(v), byte(v>>8), byte(v>>16))
	}
	if p.bigEndian {
		return append(dst, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	return append(dst, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
}
