package rfb

import "encoding/binary"

// appendRRE appends a rectangle as a background and subrectangles of one color
// (RFC 6143 section 7.7.3). It overwrites r.
//
//	number of subrectangles (U32), background (PIXEL)
//	per subrectangle: color (PIXEL), x, y, width, height (U16)
func (e *Encoder) appendRRE(dst []byte, r raster) []byte {
	return e.appendSubrects(dst, r, func(dst []byte, s Rect) []byte { return AppendRect(dst, s) })
}

// appendCoRRE appends the same with numbers of one byte, so r is at most 255
// pixels wide and high.
func (e *Encoder) appendCoRRE(dst []byte, r raster) []byte {
	return e.appendSubrects(dst, r, func(dst []byte, s Rect) []byte {
		return append(dst, byte(s.X), byte(s.Y), byte(s.Width), byte(s.Height))
	})
}

func (e *Encoder) appendSubrects(dst []byte, r raster, appendArea func([]byte, Rect) []byte) []byte {
	e.palette.count(r, len(e.palette.colors))
	background := e.palette.commonest()
	start := len(dst)
	dst = e.pixel.append(append(dst, 0, 0, 0, 0), background)
	n := uint32(0)
	for y := range r.h {
		for x := range r.w {
			v := r.pix[y*r.stride+x]
			if v == background {
				continue
			}
			area := r.grow(x, y)
			r.fill(area, background)
			dst = appendArea(e.pixel.append(dst, v), area)
			n++
		}
	}
	binary.BigEndian.PutUint32(dst[start:], n)
	return dst
}

// grow returns a large rectangle of one color whose upper left corner is x, y:
// the better one of first right, then down, and the other way round.
func (r raster) grow(x, y int) Rect {
	v := r.pix[y*r.stride+x]
	run := func(y, limit int) int { // how far v goes to the right of x
		row := r.pix[y*r.stride+x : y*r.stride+x+limit]
		for i, w := range row {
			if w != v {
				return i
			}
		}
		return limit
	}
	width := run(y, r.w-x)
	best := Rect{x, y, width, 1}
	wide := width
	for h := 2; y+h <= r.h; h++ {
		// The widest rectangle of this height; wide only gets smaller.
		wide = run(y+h-1, wide)
		if wide == 0 || wide*(r.h-y) <= best.Area() {
			break
		}
		if wide*h > best.Area() {
			best = Rect{x, y, wide, h}
		}
	}
	return best
}

// fill gives an area one color.
func (r raster) fill(area Rect, v uint32) {
	for y := area.Y; y < area.Y+area.Height; y++ {
		row := r.pix[y*r.stride+area.X:][:area.Width]
		for i := range row {
			row[i] = v
		}
	}
}
