package vt

// hook begins the data of a DCS: its parameters and its final byte say what the
// data is. What is not known is skipped.
func (t *Terminal) hook(final byte) {
	ps := &t.parser
	ps.str.start(maxDCS)
	ps.hook = nil
	switch {
	case ps.inters == 1 && ps.inter == '$' && final == 'q' && ps.prefix == 0: // DCS $ q Pt ST   DECRQSS
		ps.hook = (*Terminal).replySetting
	case ps.inters == 1 && ps.inter == '+' && final == 'q' && ps.prefix == 0: // DCS + q Pt ST   XTGETTCAP
		ps.hook = (*Terminal).replyCapability
	case ps.inters == 0 && final == 'q' && ps.prefix == 0: // DCS Pm q Pt ST   sixel
		ps.str.start(max(t.opt.ImageBytes, 0))
		ps.hook = (*Terminal).sixel
	default:
		ps.str.start(0)
	}
}

// replySetting answers DECRQSS: DCS 1 $ r, the setting as its own sequence, ST;
// or DCS 0 $ r ST for what is not known.
func (t *Terminal) replySetting(what []byte) {
	var body func(dst []byte) []byte
	switch string(what) {
	case "m": // SGR
		body = func(dst []byte) []byte { return append(appendSGR(append(dst, '0'), t.pen), 'm') }
	case "r": // DECSTBM
		body = func(dst []byte) []byte {
			return append(appendInt(append(appendInt(dst, t.top+1), ';'), t.bot), 'r')
		}
	case "s": // DECSLRM
		body = func(dst []byte) []byte {
			return append(appendInt(append(appendInt(dst, t.left+1), ';'), t.right), 's')
		}
	case " q": // DECSCUSR
		body = func(dst []byte) []byte {
			n := 2*int(t.shape) + 2
			if t.modes&modeCursorBlink != 0 {
				n--
			}
			return append(appendInt(dst, n), " q"...)
		}
	case `"q`: // DECSCA
		body = func(dst []byte) []byte {
			if t.pen.Attr&Protected != 0 {
				return append(dst, `1"q`...)
			}
			return append(dst, `0"q`...)
		}
	case `"p`: // DECSCL
		body = func(dst []byte) []byte {
			if t.level8 {
				return append(dst, `64;0"p`...)
			}
			return append(dst, `64;1"p`...)
		}
	case "t": // DECSLPP
		body = func(dst []byte) []byte { return append(appendInt(dst, t.rows), 't') }
	case "$|": // DECSCPP
		body = func(dst []byte) []byte { return append(appendInt(dst, t.cols), "$|"...) }
	case "*|": // DECSNLS
		body = func(dst []byte) []byte { return append(appendInt(dst, t.rows), "*|"...) }
	case "*x": // DECSACE
		body = func(dst []byte) []byte {
			return append(appendInt(dst, t.extent), "*x"...)
		}
	case "$}": // DECSASD: there is no status line
		body = func(dst []byte) []byte { return append(dst, "0$}"...) }
	case "$~": // DECSSDT, the same
		body = func(dst []byte) []byte { return append(dst, "0$~"...) }
	default:
		t.replyDCS(func(dst []byte) []byte { return append(dst, "0$r"...) })
		return
	}
	t.replyDCS(func(dst []byte) []byte { return body(append(dst, "1$r"...)) })
}

// capabilities are what XTGETTCAP tells, in hexadecimal: name and value.
var capabilities = map[string]string{
	"544E":   "787465726D2D323536636F6C6F72", // TN, the name: xterm-256color
	"436F":   "323536",                       // Co, the number of colours: 256
	"524742": "38",                           // RGB, the bits of each: 8
}

// replyCapability answers XTGETTCAP for single names that are known; the answer
// to all else is DCS 0 + r ST, without the name that was asked for.
func (t *Terminal) replyCapability(what []byte) {
	name := make([]byte, 0, 8)
	for _, c := range what[:min(len(what), 8)] {
		if c >= 'a' && c <= 'f' {
			c -= 'a' - 'A'
		}
		name = append(name, c)
	}
	value, ok := capabilities[string(name)]
	t.replyDCS(func(dst []byte) []byte {
		if !ok || len(what) > 8 {
			return append(dst, "0+r"...)
		}
		return append(append(append(append(dst, "1+r"...), name...), '='), value...)
	})
}
