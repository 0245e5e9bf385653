package rfb

import "encoding/binary"

// Bits of a tile's first byte (RFC 6143 section 7.7.4; the last two are those
// of ZlibHex).
const (
	hextileRaw        = 1
	hextileBackground = 2
	hextileForeground = 4
	hextileSubrects   = 8
	hextileColored    = 16
	hextileZlibRaw    = 32
	hextileZlib       = 64

	hextileSide = 16
	// hextileColors is where a colored tile stops being shorter than a raw one.
	hextileColors = 128
	// zlibHexLeast is the length from which compressing a tile pays.
	zlibHexLeast = 24
)

// hextileColorState is what a tile inherits from the one before it.
type hextileColorState struct {
	background, foreground           uint32
	backgroundValid, foregroundValid bool
}

// appendHextile appends a rectangle in tiles of 16 by 16. It overwrites r.
func (e *Encoder) appendHextile(dst []byte, r raster) []byte {
	return e.eachHextile(dst, r, func(dst []byte, mask byte, body []byte) []byte {
		return append(append(dst, mask), body...)
	})
}

// appendZlibHex appends the same with tiles that may be compressed: raw ones
// in one stream, the others in another.
func (e *Encoder) appendZlibHex(dst []byte, r raster) []byte {
	return e.eachHextile(dst, r, func(dst []byte, mask byte, body []byte) []byte {
		if len(body) < zlibHexLeast {
			return append(append(dst, mask), body...)
		}
		stream := &e.zlibHexTiles
		if mask == hextileRaw {
			mask, stream = hextileZlibRaw, &e.zlibHexRaw
		} else {
			mask |= hextileZlib
		}
		start := len(dst)
		dst = stream.append(append(dst, mask, 0, 0), body, e.level())
		binary.BigEndian.PutUint16(dst[start+1:], uint16(len(dst)-start-3))
		return dst
	})
}

func (e *Encoder) eachHextile(dst []byte, r raster, add func(dst []byte, mask byte, body []byte) []byte) []byte {
	var state hextileColorState
	for y := 0; y < r.h; y += hextileSide {
		for x := 0; x < r.w; x += hextileSide {
			mask, body := e.hextile(r.sub(x, y, hextileSide, hextileSide), &state)
			dst = add(dst, mask, body)
		}
	}
	return dst
}

// hextile returns the mask and the body of a tile. The body is the encoder's
// and lasts until the next call.
func (e *Encoder) hextile(tile raster, state *hextileColorState) (mask byte, body []byte) {
	body = e.scratch[:0]
	defer func() { e.scratch = body }()
	raw := tile.w * tile.h * e.pixel.size
	if e.palette.count(tile, hextileColors) {
		next := *state
		mask, body = e.hextileSubrects(body, tile, &next, raw)
		if mask != hextileRaw {
			*state = next
			return mask, body
		}
	}
	// Nothing is inherited through a raw tile.
	*state = hextileColorState{}
	return hextileRaw, e.pixel.appendRaster(body[:0], tile)
}

// hextileSubrects returns hextileRaw if the body would be longer than a raw
// one, or have more subrectangles than fit. It leaves the tile as it was.
func (e *Encoder) hextileSubrects(body []byte, tile raster, state *hextileColorState, raw int) (byte, []byte) {
	background := e.palette.commonest()
	mask := byte(0)
	if !state.backgroundValid || state.background != background {
		mask |= hextileBackground
		body = e.pixel.append(body, background)
		state.background, state.backgroundValid = background, true
	}
	switch e.palette.n {
	case 1:
		return mask, body
	case 2:
		mask |= hextileSubrects
		foreground := e.palette.colors[0]
		if foreground == background {
			foreground = e.palette.colors[1]
		}
		if !state.foregroundValid || state.foreground != foreground {
			mask |= hextileForeground
			body = e.pixel.append(body, foreground)
			state.foreground, state.foregroundValid = foreground, true
		}
	default:
		mask |= hextileSubrects | hextileColored
		state.foregroundValid = false
	}
	at := len(body)
	body = append(body, 0)
	left := e.copyTile(tile)
	for y := range left.h {
		for x := range left.w {
			v := left.pix[y*left.stride+x]
			if v == background {
				continue
			}
			s := left.grow(x, y)
			left.fill(s, background)
			if mask&hextileColored != 0 {
				body = e.pixel.append(body, v)
			}
			body = append(body, byte(s.X<<4|s.Y), byte((s.Width-1)<<4|(s.Height-1)))
			if len(body) >= raw || body[at] == 255 {
				return hextileRaw, body
			}
			body[at]++
		}
	}
	return mask, body
}

// copyTile returns a copy of a tile that may be overwritten.
func (e *Encoder) copyTile(tile raster) raster {
	c := raster{e.tile[:], tile.w, tile.w, tile.h}
	for y := range tile.h {
		copy(c.row(y), tile.row(y))
	}
	return c
}
