package rfb

import "encoding/binary"

const (
	trleSide = 16
	zrleSide = 64

	rleRaw         = 0
	rleSolid       = 1
	rleReuse       = 127 // a packed palette, the one of the tile before
	rlePlain       = 128
	rlePaletteFlag = 128
	rleMaxPacked   = 16
	rleMaxPalette  = 127
)

// appendTRLE appends a rectangle in tiles of 16 by 16 (RFC 6143 section 7.7.5).
func (e *Encoder) appendTRLE(dst []byte, r raster) []byte {
	e.lastPalette.n = 0
	return e.appendRLE(dst, r, trleSide)
}

// appendZRLE appends a rectangle in tiles of 64 by 64, compressed (RFC 6143
// section 7.7.6).
func (e *Encoder) appendZRLE(dst []byte, r raster) []byte {
	e.scratch = e.appendRLE(e.scratch[:0], r, zrleSide)
	start := len(dst)
	dst = e.zrle.append(append(dst, 0, 0, 0, 0), e.scratch, e.level())
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

func (e *Encoder) appendRLE(dst []byte, r raster, side int) []byte {
	for y := 0; y < r.h; y += side {
		for x := 0; x < r.w; x += side {
			dst = e.appendRLETile(dst, r.sub(x, y, side, side), side)
		}
	}
	return dst
}

// appendRLETile chooses the shortest form of a tile.
func (e *Encoder) appendRLETile(dst []byte, tile raster, side int) []byte {
	few := e.palette.count(tile, rleMaxPalette)
	p := &e.palette
	if few && p.n == 1 {
		e.lastPalette.n = 0
		return e.compressed.append(append(dst, rleSolid), p.colors[0])
	}
	// Only TRLE can use a palette again, and only that of the tile before.
	reuse := side == trleSide && few && e.lastPalette.covers(p)
	if reuse {
		p = &e.lastPalette
	}
	paletteLength := p.n * e.compressed.size
	if reuse {
		paletteLength = 0
	}
	runs, single := tile.runs()
	best, form := tile.w*tile.h*e.compressed.size, rleRaw
	// The length of a run over 255 needs more than one byte; the estimate
	// need not be that exact.
	if n := runs * (e.compressed.size + 1); n < best {
		best, form = n, rlePlain
	}
	if few {
		if n := paletteLength + 2*runs - single; n < best {
			best, form = n, rlePaletteFlag+p.n
		}
		if p.n <= rleMaxPacked {
			if n := paletteLength + packedLength(tile, p.n); n < best {
				form = p.n
			}
		}
	}
	switch {
	case form == rleRaw:
		e.lastPalette.n = 0
		return e.compressed.appendRaster(append(dst, rleRaw), tile)
	case form == rlePlain:
		e.lastPalette.n = 0
		return e.appendRuns(append(dst, rlePlain), tile, nil)
	case reuse && form > rlePlain:
		dst = append(dst, rleReuse+2)
	case reuse:
		dst = append(dst, rleReuse)
	default:
		dst = e.compressed.appendRow(append(dst, byte(form)), p.colors[:p.n])
	}
	if form > rlePlain {
		dst = e.appendRuns(dst, tile, p)
	} else {
		dst = appendPacked(dst, tile, p)
	}
	if side == trleSide && !reuse {
		e.lastPalette = *p
	}
	return dst
}

// covers reports whether p has all colors of q.
func (p *palette) covers(q *palette) bool {
	if p.n < q.n {
		return false
	}
	for _, v := range q.colors[:q.n] {
		if !p.has(v) {
			return false
		}
	}
	return true
}

// runs counts the runs of one color, which go on from row to row, and how many
// of them have a single pixel.
func (r raster) runs() (runs, single int) {
	length := 0
	last := r.pix[0]
	for y := range r.h {
		for _, v := range r.row(y) {
			if v == last {
				length++
				continue
			}
			runs++
			if length == 1 {
				single++
			}
			last, length = v, 1
		}
	}
	if length == 1 {
		single++
	}
	return runs + 1, single
}

// appendRuns appends the runs of a tile, each with its color or with an index
// into a palette.
func (e *Encoder) appendRuns(dst []byte, tile raster, p *palette) []byte {
	length := 0
	last := tile.pix[0]
	for y := range tile.h {
		for _, v := range tile.row(y) {
			if v == last {
				length++
				continue
			}
			dst = e.appendRun(dst, last, length, p)
			last, length = v, 1
		}
	}
	return e.appendRun(dst, last, length, p)
}

func (e *Encoder) appendRun(dst []byte, v uint32, length int, p *palette) []byte {
	switch {
	case p == nil:
		dst = e.compressed.append(dst, v)
	case length == 1:
		return append(dst, byte(p.index(v)))
	default:
		dst = append(dst, byte(p.index(v)|rlePaletteFlag))
	}
	for length--; length >= 255; length -= 255 {
		dst = append(dst, 255)
	}
	return append(dst, byte(length))
}

// packedBits returns how many bits an index into a palette of n colors has.
func packedBits(n int) int {
	switch {
	case n <= 2:
		return 1
	case n <= 4:
		return 2
	}
	return 4
}

func packedLength(tile raster, n int) int {
	return (tile.w*packedBits(n) + 7) / 8 * tile.h
}

// appendPacked appends indexes into a palette, the leftmost pixel in the
// highest bits, each row from a new byte on.
func appendPacked(dst []byte, tile raster, p *palette) []byte {
	bits := packedBits(p.n)
	for y := range tile.h {
		acc, used := byte(0), 0
		for _, v := range tile.row(y) {
			acc = acc<<bits | byte(p.index(v))
			if used += bits; used == 8 {
				dst = append(dst, acc)
				acc, used = 0, 0
			}
		}
		if used > 0 {
			dst = append(dst, acc<<(8-used))
		}
	}
	return dst
}
