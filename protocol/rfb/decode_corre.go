package rfb

// correDecoder reads EncodingCoRRE: RRE with areas of four bytes.
type correDecoder struct{ rreDecoder }

func (d *correDecoder) decode(t *target, p []byte) (n int, done bool, err error) {
	return d.decodeSized(t, p, 4, func(q []byte) Rect {
		return Rect{int(q[0]), int(q[1]), int(q[2]), int(q[3])}
	})
}
