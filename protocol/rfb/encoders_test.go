package rfb_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image/png"
	"math/rand/v2"

	"github.com/everwire/everwire/protocol/rfb"
)

// Encoders as the specification describes them, written to use at random all
// that it allows and not to make anything small.

// A scribe encodes rectangles of a picture for one connection.
type scribe struct {
	rnd     *rand.Rand
	fb      *rfb.Framebuffer
	format  rfb.PixelFormat
	pixels  *rfb.Pixels
	cpixels *rfb.Pixels
	tpixels *rfb.Pixels
	zlibs   map[string]*stream
	steady  bool // streams are not begun anew, and Tight has one form
}

// again makes what is encoded next the same as what was encoded first, as far
// as that is left to chance.
func (s *scribe) again() {
	s.steady, s.rnd = true, rand.New(rand.NewPCG(1, 7))
}

type stream struct {
	out bytes.Buffer
	w   *zlib.Writer
}

func newScribe(fb *rfb.Framebuffer, f rfb.PixelFormat, m rfb.ColorMap, seed uint64) *scribe {
	s := &scribe{rnd: rand.New(rand.NewPCG(seed, 7)), fb: fb, format: f, zlibs: map[string]*stream{}}
	s.pixels, _ = rfb.NewPixels(f, m)
	s.cpixels, _ = rfb.NewCPixels(f, m)
	s.tpixels, _ = rfb.NewTPixels(f, m)
	return s
}

// deflate returns what data adds to a stream of the connection.
func (s *scribe) deflate(name string, data []byte) []byte {
	z := s.zlibs[name]
	if z == nil {
		z = &stream{}
		z.w = zlib.NewWriter(&z.out)
		s.zlibs[name] = z
	}
	z.out.Reset()
	z.w.Write(data)
	z.w.Flush()
	return bytes.Clone(z.out.Bytes())
}

// scribes are the encodings without loss.
var scribes = map[rfb.Encoding]func(*scribe, rfb.Rect) []byte{
	rfb.EncodingRaw:      (*scribe).raw,
	rfb.EncodingRRE:      (*scribe).rre,
	rfb.EncodingCoRRE:    (*scribe).corre,
	rfb.EncodingHextile:  (*scribe).hextile,
	rfb.EncodingZlib:     (*scribe).zlib,
	rfb.EncodingZlibHex:  (*scribe).zlibHex,
	rfb.EncodingTRLE:     (*scribe).trle,
	rfb.EncodingZRLE:     (*scribe).zrle,
	rfb.EncodingTight:    (*scribe).tight,
	rfb.EncodingTightPNG: (*scribe).tightPNG,
}

func (s *scribe) content(r rfb.Rect, p *rfb.Pixels) (wire []byte) {
	for y := range r.Height {
		wire = p.AppendRGBA(wire, s.fb.Row(r.X, r.Y+y, r.Width))
	}
	return wire
}

func (s *scribe) pixel(x, y int, p *rfb.Pixels) string {
	return string(p.AppendRGBA(nil, s.fb.Row(x, y, 1)))
}

func (s *scribe) raw(r rfb.Rect) []byte { return s.content(r, s.pixels) }

func (s *scribe) zlib(r rfb.Rect) []byte {
	data := s.deflate("zlib", s.content(r, s.pixels))
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...)
}

// background returns the first pixel of an area, and runs of others.
func (s *scribe) background(r rfb.Rect) (string, []rfb.Rect) {
	background := s.pixel(r.X, r.Y, s.pixels)
	var runs []rfb.Rect
	for y := range r.Height {
		for x := 0; x < r.Width; {
			color := s.pixel(r.X+x, r.Y+y, s.pixels)
			end := x + 1
			for end < r.Width && s.pixel(r.X+end, r.Y+y, s.pixels) == color {
				end++
			}
			if color != background {
				runs = append(runs, rfb.Rect{X: x, Y: y, Width: end - x, Height: 1})
			}
			x = end
		}
	}
	return background, runs
}

func (s *scribe) rre(r rfb.Rect) []byte {
	background, runs := s.background(r)
	wire := append(binary.BigEndian.AppendUint32(nil, uint32(len(runs))), background...)
	for _, run := range runs {
		wire = append(wire, s.pixel(r.X+run.X, r.Y+run.Y, s.pixels)...)
		wire = rfb.AppendRect(wire, run)
	}
	return wire
}

func (s *scribe) corre(r rfb.Rect) []byte {
	background, runs := s.background(r)
	wire := append(binary.BigEndian.AppendUint32(nil, uint32(len(runs))), background...)
	for _, run := range runs {
		wire = append(wire, s.pixel(r.X+run.X, r.Y+run.Y, s.pixels)...)
		wire = append(wire, byte(run.X), byte(run.Y), byte(run.Width), byte(run.Height))
	}
	return wire
}

func eachTile(r rfb.Rect, side int, do func(tile rfb.Rect)) {
	for y := 0; y < r.Height; y += side {
		for x := 0; x < r.Width; x += side {
			do(rfb.Rect{X: r.X + x, Y: r.Y + y, Width: min(side, r.Width-x), Height: min(side, r.Height-y)})
		}
	}
}

// hextileTile returns the first byte and the rest of a tile. The state is the
// background and the foreground of the tile before.
func (s *scribe) hextileTile(tile rfb.Rect, state *[2]string) (parts byte, rest []byte) {
	background, runs := s.background(tile)
	colors := map[string]bool{}
	for _, run := range runs {
		colors[s.pixel(tile.X+run.X, tile.Y+run.Y, s.pixels)] = true
	}
	if len(runs) > 255 || s.rnd.IntN(8) == 0 {
		return 1, s.content(tile, s.pixels)
	}
	if background != state[0] || s.rnd.IntN(4) == 0 {
		parts |= 2
		rest = append(rest, background...)
		state[0] = background
	}
	if len(runs) == 0 {
		return parts, rest
	}
	colored := len(colors) > 1 || s.rnd.IntN(4) == 0
	if !colored {
		for color := range colors {
			if color != state[1] || s.rnd.IntN(4) == 0 {
				parts |= 4
				rest = append(rest, color...)
				state[1] = color
			}
		}
	} else {
		parts |= 16
	}
	parts |= 8
	rest = append(rest, byte(len(runs)))
	for _, run := range runs {
		if colored {
			rest = append(rest, s.pixel(tile.X+run.X, tile.Y+run.Y, s.pixels)...)
		}
		rest = append(rest, byte(run.X<<4|run.Y), byte((run.Width-1)<<4|run.Height-1))
	}
	return parts, rest
}

func (s *scribe) hextile(r rfb.Rect) (wire []byte) {
	var state [2]string
	eachTile(r, 16, func(tile rfb.Rect) {
		parts, rest := s.hextileTile(tile, &state)
		wire = append(append(wire, parts), rest...)
	})
	return wire
}

func (s *scribe) zlibHex(r rfb.Rect) (wire []byte) {
	var state [2]string
	eachTile(r, 16, func(tile rfb.Rect) {
		parts, rest := s.hextileTile(tile, &state)
		if s.rnd.IntN(2) == 0 && len(rest) > 0 {
			name := "hex"
			if parts == 1 {
				parts, name = 32, "hexraw"
			} else {
				parts |= 64
			}
			rest = s.deflate(name, rest)
			rest = append(binary.BigEndian.AppendUint16(nil, uint16(len(rest))), rest...)
		}
		wire = append(append(wire, parts), rest...)
	})
	return wire
}

// palette returns the colors of an area and the index of each pixel.
func (s *scribe) palette(tile rfb.Rect, p *rfb.Pixels) (colors []string, indexes []int) {
	known := map[string]int{}
	for y := range tile.Height {
		for x := range tile.Width {
			c := s.pixel(tile.X+x, tile.Y+y, p)
			i, ok := known[c]
			if !ok {
				i = len(colors)
				known[c] = i
				colors = append(colors, c)
			}
			indexes = append(indexes, i)
		}
	}
	return colors, indexes
}

func appendRunLength(wire []byte, length int) []byte {
	for length--; length >= 255; length -= 255 {
		wire = append(wire, 255)
	}
	return append(wire, byte(length))
}

func packIndexes(indexes []int, width, bits int) (wire []byte) {
	for len(indexes) > 0 {
		line := make([]byte, (width*bits+7)/8)
		for x, i := range indexes[:width] {
			line[x*bits/8] |= byte(i << (8 - bits - x*bits%8))
		}
		wire, indexes = append(wire, line...), indexes[width:]
	}
	return wire
}

func bitsFor(colors int) int {
	if colors <= 2 {
		return 1
	}
	if colors <= 4 {
		return 2
	}
	return 4
}

// rleTile encodes a tile of TRLE or ZRLE. The palette of the tile before may
// be used again if reuse points to it.
func (s *scribe) rleTile(tile rfb.Rect, reuse *[]string) (wire []byte) {
	colors, indexes := s.palette(tile, s.cpixels)
	same := func() bool {
		if reuse == nil || len(*reuse) != len(colors) || len(colors) < 2 {
			return false
		}
		for i, c := range *reuse {
			if c != colors[i] {
				return false
			}
		}
		return true
	}
	runs := func(indexed bool) {
		for at := 0; at < len(indexes); {
			end := at + 1
			for end < len(indexes) && indexes[end] == indexes[at] {
				end++
			}
			switch {
			case !indexed:
				wire = append(wire, colors[indexes[at]]...)
				wire = appendRunLength(wire, end-at)
			case end-at == 1 && s.rnd.IntN(2) == 0:
				wire = append(wire, byte(indexes[at]))
			default:
				wire = append(wire, byte(indexes[at])|0x80)
				wire = appendRunLength(wire, end-at)
			}
			at = end
		}
	}
	putPalette := func() {
		for _, c := range colors {
			wire = append(wire, c...)
		}
		if reuse != nil {
			*reuse = colors
		}
	}
	switch kind := s.rnd.IntN(5); {
	case len(colors) == 1:
		return append([]byte{1}, colors[0]...)
	case kind <= 1 && len(colors) <= 16:
		if same() {
			wire = append(wire, 127)
		} else {
			wire = append(wire, byte(len(colors)))
			putPalette()
		}
		return append(wire, packIndexes(indexes, tile.Width, bitsFor(len(colors)))...)
	case kind <= 2 && len(colors) <= 127:
		if same() {
			wire = append(wire, 129)
		} else {
			wire = append(wire, byte(128+len(colors)))
			putPalette()
		}
		runs(true)
	case kind == 3:
		wire = append(wire, 128)
		runs(false)
	default:
		wire = append(append(wire, 0), s.content(tile, s.cpixels)...)
	}
	return wire
}

func (s *scribe) trle(r rfb.Rect) (wire []byte) {
	var last []string
	eachTile(r, 16, func(tile rfb.Rect) { wire = append(wire, s.rleTile(tile, &last)...) })
	return wire
}

func (s *scribe) zrle(r rfb.Rect) []byte {
	var data []byte
	eachTile(r, 64, func(tile rfb.Rect) { data = append(data, s.rleTile(tile, nil)...) })
	data = s.deflate("zrle", data)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...)
}

func appendCompact(wire []byte, n int) []byte {
	if n < 1<<7 {
		return append(wire, byte(n))
	}
	if n < 1<<14 {
		return append(wire, byte(n)|0x80, byte(n>>7))
	}
	return append(wire, byte(n)|0x80, byte(n>>7)|0x80, byte(n>>14))
}

func (s *scribe) tight(r rfb.Rect) []byte {
	colors, indexes := s.palette(r, s.tpixels)
	if !s.steady && len(colors) == 1 && s.rnd.IntN(2) == 0 {
		return append([]byte{0x80}, colors[0]...)
	}
	id := byte(s.rnd.IntN(4))
	name := string('0' + id)
	control := id << 4
	if !s.steady && s.rnd.IntN(3) == 0 { // a new stream
		control |= 1 << id
		delete(s.zlibs, "tight"+name)
	}
	var wire, data []byte
	kind := s.rnd.IntN(4)
	if s.steady {
		kind = 3
	}
	switch {
	case kind == 0 && len(colors) <= 256:
		wire = append(wire, control|0x40, 1, byte(len(colors)-1))
		for _, c := range colors {
			wire = append(wire, c...)
		}
		if len(colors) <= 2 {
			data = packIndexes(indexes, r.Width, 1)
		} else {
			for _, i := range indexes {
				data = append(data, byte(i))
			}
		}
	case kind == 1 && s.format.TrueColor && s.tpixels.Size() > 1:
		wire = append(wire, control|0x40, 2)
		data = s.gradient(r)
	case kind == 2:
		wire = append(wire, control|0x40, 0)
		data = s.content(r, s.tpixels)
	default:
		wire = append(wire, control)
		data = s.content(r, s.tpixels)
	}
	if len(data) < 12 {
		return append(wire, data...)
	}
	data = s.deflate("tight"+name, data)
	return append(appendCompact(wire, len(data)), data...)
}

// gradient returns what each intensity differs from its forecast.
func (s *scribe) gradient(r rfb.Rect) (data []byte) {
	max := [3]int{int(s.format.RedMax), int(s.format.GreenMax), int(s.format.BlueMax)}
	shift := [3]uint8{s.format.RedShift, s.format.GreenShift, s.format.BlueShift}
	at := func(x, y, c int) int {
		if x < 0 || y < 0 {
			return 0
		}
		v := int(s.fb.Row(r.X+x, r.Y+y, 1)[c])
		return (v*max[c] + 127) / 255
	}
	for y := range r.Height {
		for x := range r.Width {
			var diff [3]int
			for c := range 3 {
				guess := at(x-1, y, c) + at(x, y-1, c) - at(x-1, y-1, c)
				guess = min(maxInt(guess, 0), max[c])
				diff[c] = (at(x, y, c) - guess) & max[c]
			}
			if s.tpixels.Size() == 3 {
				data = append(data, byte(diff[0]), byte(diff[1]), byte(diff[2]))
				continue
			}
			v := uint32(diff[0])<<shift[0] | uint32(diff[1])<<shift[1] | uint32(diff[2])<<shift[2]
			var b [4]byte
			switch size := s.tpixels.Size(); {
			case s.format.BigEndian:
				binary.BigEndian.PutUint32(b[:], v)
				data = append(data, b[4-size:]...)
			default:
				binary.LittleEndian.PutUint32(b[:], v)
				data = append(data, b[:size]...)
			}
		}
	}
	return data
}

func maxInt(a, b int) int {
	if a > b {
		return a
	}
	return b
}

// tightPNG writes a PNG of what a client would see in the pixel format.
func (s *scribe) tightPNG(r rfb.Rect) []byte {
	seen := quantized(s.fb, s.pixels)
	var file bytes.Buffer
	png.Encode(&file, seen.Image().SubImage(r.Image()))
	return append(appendCompact([]byte{0xa0}, file.Len()), file.Bytes()...)
}

// quantized returns the picture as pixels of a format can tell it.
func quantized(fb *rfb.Framebuffer, p *rfb.Pixels) *rfb.Framebuffer {
	seen := &rfb.Framebuffer{Width: fb.Width, Height: fb.Height, Pix: make([]byte, len(fb.Pix))}
	p.ToRGBA(seen.Pix, p.AppendRGBA(nil, fb.Pix))
	return seen
}

// scene returns a picture with plain areas, text-like detail and a photo-like
// part.
func scene(width, height int, seed uint64) *rfb.Framebuffer {
	rnd := rand.New(rand.NewPCG(seed, 9))
	fb, err := rfb.NewFramebuffer(width, height)
	if err != nil {
		panic(err)
	}
	color := func() [4]byte {
		return [4]byte{byte(rnd.Uint32()), byte(rnd.Uint32()), byte(rnd.Uint32()), 255}
	}
	fb.Fill(fb.Bounds(), color())
	few := [][4]byte{color(), color(), color()}
	for range 40 {
		r := rfb.Rect{X: rnd.IntN(width), Y: rnd.IntN(height)}
		r.Width, r.Height = 1+rnd.IntN(min(width-r.X, 50)), 1+rnd.IntN(min(height-r.Y, 30))
		fb.Fill(r, few[rnd.IntN(3)])
	}
	noisy := rfb.Rect{X: width / 2, Y: height / 2, Width: width / 4, Height: height / 4}
	for y := range noisy.Height {
		for x := range noisy.Width {
			fb.Fill(rfb.Rect{X: noisy.X + x, Y: noisy.Y + y, Width: 1, Height: 1},
				[4]byte{byte(4 * x), byte(4*y + rnd.IntN(8)), byte(rnd.Uint32()), 255})
		}
	}
	return fb
}
