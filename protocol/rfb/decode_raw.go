package rfb

// rawDecoder reads EncodingRaw: the pixels, row by row (RFC 6143 section
// 7.7.1). It draws whole rows as they arrive.
type rawDecoder struct{ y int }

func (d *rawDecoder) begin(*target) { d.y = 0 }

func (d *rawDecoder) decode(t *target, p []byte) (n int, done bool, err error) {
	if t.rect.Empty() {
		return 0, true, nil
	}
	rows := t.drawRows(d.y, p)
	d.y += rows
	return rows * t.rect.Width * t.pixels.Size(), d.y == t.rect.Height, nil
}
