package rfb

// copyRectDecoder reads EncodingCopyRect: where in the framebuffer the same
// pixels are already (RFC 6143 section 7.7.2).
type copyRectDecoder struct{}

func (copyRectDecoder) begin(*target) {}

func (copyRectDecoder) decode(t *target, p []byte) (n int, done bool, err error) {
	if len(p) < 4 {
		return 0, false, nil
	}
	from := Rect{u16(p), u16(p[2:]), t.rect.Width, t.rect.Height}
	if !t.fb.Contains(from) {
		return 0, false, ErrMalformed
	}
	t.source = from
	if !t.rect.Empty() {
		t.fb.Copy(t.rect, from.X, from.Y)
	}
	return 4, true, nil
}
