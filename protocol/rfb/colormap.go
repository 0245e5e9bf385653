package rfb

// A Color is an entry of a color map, 16 bits for each intensity.
type Color struct{ Red, Green, Blue uint16 }

// A ColorMap gives the pixels of a format without true color their colors.
// Entries that were never set are black.
type ColorMap []Color

// MaxColorMap is the largest number of entries that a message can address.
const MaxColorMap = 1 << 16

// Set stores the entries from first on, which grows the map if need be. It
// returns ErrMalformed for entries beyond MaxColorMap.
func (m *ColorMap) Set(first int, colors []Color) error {
	end := first + len(colors)
	if first < 0 || end > MaxColorMap {
		return ErrMalformed
	}
	if end > len(*m) {
		grown := make(ColorMap, end)
		copy(grown, *m)
		*m = grown
	}
	copy((*m)[first:], colors)
	return nil
}

// Nearest returns the index, below limit, of the color that is closest to the
// given intensities of eight bits.
func (m ColorMap) Nearest(limit int, r, g, b byte) int {
	best, bestDistance := 0, 1<<30
	for i, c := range m[:min(limit, len(m))] {
		dr, dg, db := int(c.Red>>8)-int(r), int(c.Green>>8)-int(g), int(c.Blue>>8)-int(b)
		if d := dr*dr + dg*dg + db*db; d < bestDistance {
			best, bestDistance = i, d
		}
	}
	return best
}

// CubeColorMap returns 256 entries of which each is the color that
// PixelFormat8 gives to its index: what a server can use for clients that want
// a color map.
func CubeColorMap() ColorMap {
	m := make(ColorMap, 256)
	for i := range m {
		m[i] = Color{
			uint16((i & 7) * 65535 / 7),
			uint16((i >> 3 & 7) * 65535 / 7),
			uint16((i >> 6) * 65535 / 3),
		}
	}
	return m
}
