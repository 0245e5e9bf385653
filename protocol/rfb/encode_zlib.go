package rfb

import "encoding/binary"

// appendZlib appends raw pixels, compressed in one stream for all rectangles:
// a length (U32) and the data.
func (e *Encoder) appendZlib(dst []byte, r raster) []byte {
	e.scratch = e.pixel.appendRaster(e.scratch[:0], r)
	start := len(dst)
	dst = e.zlib.append(append(dst, 0, 0, 0, 0), e.scratch, e.level())
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}
