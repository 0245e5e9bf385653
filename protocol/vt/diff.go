package vt

import "encoding/binary"

// A diff is bytes. Numbers are unsigned varints unless said otherwise, texts a
// number and that many bytes of UTF-8.
//
//	version     1
//	flags       1 all rows are in it, 2 alternate screen, 4 settings are in it
//	cols, rows
//	scrolls     their number, then for each top, bottom and lines (zigzag)
//	links       their number, then for each its number, address and id
//	rows        their number, then for each y, a length and the packed row
//	settings    if there are any, see appendSettings
//	cursor      x, y, 1 if it waits behind the last column, the packed pen
//
// Packed rows and styles are those of pack.go.
const diffVersion = 1

const (
	diffAll = 1 << iota
	diffAlt
	diffSettings
)

// AppendDiff appends what has changed since a generation, for Apply: rows that
// moved, rows that changed, the cursor, and modes, titles and colours if any of
// them changed. Zero is everything. If nothing has changed it appends nothing.
// A screen of 120×40 takes about 4 KiB, a scrolled line about 100 bytes.
func (t *Terminal) AppendDiff(dst []byte, since uint64) []byte {
	if since >= t.gen {
		return dst
	}
	scrolls, known := t.AppendScrolls(nil, since)
	flags := byte(0)
	if !known {
		flags, since = diffAll|diffSettings, 0
	}
	if t.g == &t.alt {
		flags |= diffAlt
	}
	if t.controlGen > since {
		flags |= diffSettings
	}
	dst = append(dst, diffVersion, flags)
	dst = binary.AppendUvarint(dst, uint64(t.cols))
	dst = binary.AppendUvarint(dst, uint64(t.rows))
	dst = binary.AppendUvarint(dst, uint64(len(scrolls)))
	for _, s := range scrolls {
		dst = binary.AppendUvarint(dst, uint64(s.Top))
		dst = binary.AppendUvarint(dst, uint64(s.Bottom))
		dst = binary.AppendVarint(dst, int64(s.Lines))
	}
	dst = t.appendLinks(dst, since)
	count := 0
	for y := range t.rows {
		if t.inDiff(y, since) {
			count++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(count))
	for y := range t.rows {
		if t.inDiff(y, since) {
			dst = binary.AppendUvarint(dst, uint64(y))
			t.scratch = t.appendPacked(t.scratch[:0], t.g, y)
			dst = binary.AppendUvarint(dst, uint64(len(t.scratch)))
			dst = append(dst, t.scratch...)
		}
	}
	if flags&diffSettings != 0 {
		dst = t.appendSettings(dst)
	}
	pending := byte(0)
	if t.wrapNext {
		pending = 1
	}
	dst = binary.AppendUvarint(dst, uint64(t.x))
	dst = binary.AppendUvarint(dst, uint64(t.y))
	return appendStyle(append(dst, pending), t.pen.pack())
}

// inDiff reports whether row y is in a diff. Where all rows are, blank ones are
// not written.
func (t *Terminal) inDiff(y int, since uint64) bool {
	m := t.g.info(y)
	if since == 0 {
		return !m.plain() || m.mark != MarkNone || !isBlank(t.peek(y))
	}
	return m.gen > since
}

// appendLinks appends the hyperlinks of the rows in a diff, and of the pen.
func (t *Terminal) appendLinks(dst []byte, since uint64) []byte {
	var list []uint32
	seen := map[uint32]bool{}
	add := func(n uint32) {
		if _, _, ok := t.Link(n); ok && !seen[n] {
			seen[n] = true
			list = append(list, n)
		}
	}
	add(t.pen.Link)
	for y := range t.rows {
		if len(t.links.list) == 0 || !t.inDiff(y, since) {
			continue
		}
		last := styleRef(0)
		for _, c := range t.peek(y) {
			if id := c.style(); id != last {
				last = id
				add(t.styles.at(id).unpack().Link)
			}
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	for _, n := range list {
		uri, id, _ := t.Link(n)
		dst = appendString(binary.AppendUvarint(dst, uint64(n)), uri)
		dst = appendString(dst, id)
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// appendSettings appends the modes (eight bytes, little end first), the mouse's
// mode and format, modifyOtherKeys, the cursor's shape, the margins, the
// character sets G0 to G3 and which is in force, title, icon's name and working
// directory, and the colours that were changed: their number, then for each its
// number and three bytes.
func (t *Terminal) appendSettings(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(t.modes))
	for _, n := range [...]int{t.mouse, t.mouseFormat, t.keyFormat, int(t.shape), t.top, t.bot, t.left, t.right} {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	for _, g := range t.charset.g {
		dst = append(dst, byte(g))
	}
	dst = append(dst, t.charset.gl, t.charset.single)
	for _, s := range [...]string{t.title, t.icon, t.dir} {
		dst = appendString(dst, s)
	}
	dst = binary.AppendUvarint(dst, uint64(len(t.colors.set)))
	for n := range colorCount {
		if c, ok := t.colors.set[n]; ok {
			r, g, b, _ := c.RGB()
			dst = append(binary.AppendUvarint(dst, uint64(n)), r, g, b)
		}
	}
	return dst
}
