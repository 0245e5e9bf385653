package vt

import (
	"encoding/binary"
	"errors"
	"slices"
)

// ErrDiff is the error of Apply for bytes that AppendDiff cannot have made.
var ErrDiff = errors.New("vt: malformed diff")

// Apply makes what a terminal shows equal to that of the one that made the diff,
// if it was equal to it at the generation that the diff was made from: size,
// screen, cursor, modes, titles and colours. The history, saved cursors and
// events are not in a diff. An empty diff changes nothing. After an error,
// which is ErrDiff, what is shown is undefined until a diff since 0 comes.
//
// A terminal that diffs are applied to is to be given nothing else.
func (t *Terminal) Apply(diff []byte) error {
	if len(diff) == 0 {
		return nil
	}
	t.gen++
	r := &diffReader{p: diff}
	if r.byte() != diffVersion {
		return ErrDiff
	}
	flags := r.byte()
	cols, rows := r.number(MaxCols), r.number(MaxRows)
	if r.bad || cols == 0 || rows == 0 || flags > diffAll|diffAlt|diffSettings {
		return ErrDiff
	}
	t.applyScreen(flags, cols, rows)
	t.applyScrolls(r)
	t.applyRows(r)
	if flags&diffSettings != 0 {
		t.applySettings(r)
	}
	x, y, pending := r.number(cols-1), r.number(rows-1), r.number(1)
	pen := r.style()
	if r.bad || len(r.p) > 0 {
		return ErrDiff
	}
	t.x, t.y, t.wrapNext = x, y, pending == 1
	t.pen, t.penOK = pen.unpack(), false
	t.breakChain()
	t.noteControl()
	return nil
}

// applyScreen brings the right screen up in the right size, blank if all rows
// are to come.
func (t *Terminal) applyScreen(flags byte, cols, rows int) {
	all := flags&diffAll != 0
	if cols != t.cols || rows != t.rows {
		t.cols, t.rows = cols, rows
		t.main.init(cols, rows)
		t.alt = grid{}
		t.resetMargins()
		t.x, t.y = 0, 0
		all = true
	}
	if flags&diffAlt != 0 {
		if t.alt.cols != cols || t.alt.rows != rows {
			t.alt.init(cols, rows)
		}
		t.g = &t.alt
	} else {
		t.g = &t.main
	}
	if all {
		for y := range rows {
			t.g.clearRow(y, 0, t.gen)
		}
		t.forgetScrolls()
	}
}

func (t *Terminal) applyScrolls(r *diffReader) {
	for range r.number(maxScrolls) {
		top, bot, n := r.number(t.rows), r.number(t.rows), r.signed(t.rows)
		if r.bad || top >= bot || n < top-bot || n > bot-top {
			r.bad = true
			return
		}
		t.noteScroll(top, bot, n)
		if n >= 0 {
			t.g.rotateUp(top, bot, n)
			top = bot - n
		} else {
			t.g.rotateDown(top, bot, -n)
			bot = top - n
		}
		for y := top; y < bot; y++ {
			t.g.clearRow(y, 0, t.gen)
		}
	}
}

// applyRows takes the links and the rows. Links get numbers of this terminal.
func (t *Terminal) applyRows(r *diffReader) {
	r.links = map[uint32]uint32{}
	for range r.number(maxLinks) {
		n := uint32(r.number(1<<32 - 1))
		uri, id := r.text(maxURI), r.text(maxLinkID)
		if r.bad || len(uri) == 0 {
			r.bad = true
			return
		}
		r.links[n] = t.links.add(uri, id)
	}
	u := &t.unpack
	u.links = r.links
	defer func() { u.links = nil }()
	for range r.number(t.rows) {
		y := r.number(t.rows - 1)
		packed := r.bytes(1 << 20)
		if r.bad {
			return
		}
		u.reset()
		meta := u.row(packed)
		if u.bad || len(u.cells) > t.cols {
			r.bad = true
			return
		}
		meta.gen = t.gen
		t.setRow(t.g, y, Row{u.cells, meta, &u.styles, &u.clusters})
	}
}

func (t *Terminal) applySettings(r *diffReader) {
	modes := r.bytesN(8)
	mouse, format, keys, shape := r.number(1003), r.number(1016), r.number(2), r.number(int(CursorBar))
	top, bot, left, right := r.number(t.rows), r.number(t.rows), r.number(t.cols), r.number(t.cols)
	var cs charsets
	for i := range cs.g {
		cs.g[i] = charset(r.byte())
		r.bad = r.bad || cs.g[i] > setLatin1
	}
	cs.gl, cs.single = r.byte(), r.byte()
	title, icon, dir := r.text(maxTitle), r.text(maxTitle), r.text(maxOSC)
	r.bad = r.bad || top >= bot || left >= right || cs.gl > 3 || cs.single == 1 || cs.single > 3 ||
		!known(mouse, 0, 9, 1000, 1002, 1003) || !known(format, 0, 1005, 1006, 1015, 1016)
	colors := map[int]Color{}
	for range r.number(colorCount) {
		n, rgb := r.number(colorCount-1), r.bytesN(3)
		if r.bad {
			return
		}
		colors[n] = RGB(rgb[0], rgb[1], rgb[2])
	}
	if r.bad {
		return
	}
	t.modes = mode(binary.LittleEndian.Uint64(modes)) & (modeLast<<1 - 1)
	t.mouse, t.mouseFormat, t.keyFormat, t.shape = mouse, format, keys, CursorShape(shape)
	t.top, t.bot, t.left, t.right = top, bot, left, right
	t.charset = cs
	t.title, t.icon, t.dir = string(title), string(icon), string(dir)
	t.colors = colorTable{set: colors, changed: t.gen}
}

// known reports whether n is one of some numbers.
func known(n int, of ...int) bool { return slices.Contains(of, n) }

// A diffReader takes a diff apart. After something that cannot be, bad is set
// and it returns zeros.
type diffReader struct {
	p     []byte
	bad   bool
	links map[uint32]uint32 // numbers there and here
}

func (r *diffReader) byte() byte {
	if b := r.bytesN(1); b != nil {
		return b[0]
	}
	return 0
}

// bytesN takes n bytes.
func (r *diffReader) bytesN(n int) []byte {
	if r.bad || n > len(r.p) {
		r.bad = true
		return nil
	}
	b := r.p[:n]
	r.p = r.p[n:]
	return b
}

// number takes a number of at most most.
func (r *diffReader) number(most int) int {
	n, size := binary.Uvarint(r.p)
	if r.bad || size <= 0 || n > uint64(most) {
		r.bad = true
		return 0
	}
	r.p = r.p[size:]
	return int(n)
}

// signed takes a number from -most to most.
func (r *diffReader) signed(most int) int {
	n, size := binary.Varint(r.p)
	if r.bad || size <= 0 || n > int64(most) || n < -int64(most) {
		r.bad = true
		return 0
	}
	r.p = r.p[size:]
	return int(n)
}

// bytes takes a length and so many bytes.
func (r *diffReader) bytes(most int) []byte { return r.bytesN(r.number(most)) }

// text takes bytes that are text.
func (r *diffReader) text(most int) []byte {
	b := r.bytes(most)
	r.bad = r.bad || !isText(b)
	return b
}

// style takes a packed style.
func (r *diffReader) style() style {
	u := unpacker{p: r.p, bad: r.bad, links: r.links}
	s := u.style()
	r.p, r.bad = u.p, u.bad
	return s
}
