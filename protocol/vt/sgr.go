package vt

// sgr is CSI Pm m, SGR: how the next characters look.
func (t *Terminal) sgr() {
	t.penOK = false
	if par := &t.parser.par; par.n <= 1 && par.get(0, 0) == 0 { // the most frequent one
		t.pen = Style{Link: t.pen.Link, Attr: t.pen.Attr & Protected}
		return
	}
	t.changeStyle(&t.pen, 0)
}

// changeStyle does the parameters of SGR from number i on.
func (t *Terminal) changeStyle(s *Style, i int) {
	par := &t.parser.par
	if i >= par.count() { // only DECCARA: no parameter is 0
		*s = Style{Link: s.Link, Attr: s.Attr & Protected}
		return
	}
	for i < par.count() {
		n := par.get(i, 0)
		switch {
		case n >= 30 && n <= 37:
			s.Fg = Palette(uint8(n - 30))
		case n >= 40 && n <= 47:
			s.Bg = Palette(uint8(n - 40))
		case n >= 90 && n <= 97:
			s.Fg = Palette(uint8(n - 90 + 8))
		case n >= 100 && n <= 107:
			s.Bg = Palette(uint8(n - 100 + 8))
		case n == 38 || n == 48 || n == 58:
			i = t.sgrColor(s, i)
			continue
		case n == 4:
			s.Underline = UnderlineSingle
			if par.isSub(i + 1) { // CSI 4 : n m
				if kind := par.get(i+1, 1); kind <= int(UnderlineDashed) {
					s.Underline = Underline(kind)
				}
			}
		default:
			sgrAttr(s, n)
		}
		for i++; par.isSub(i); i++ {
		}
	}
}

// sgrAttr does the parameters that are on or off.
func sgrAttr(s *Style, n int) {
	switch n {
	case 0:
		*s = Style{Link: s.Link, Attr: s.Attr & Protected}
	case 1:
		s.Attr |= Bold
	case 2:
		s.Attr |= Faint
	case 3:
		s.Attr |= Italic
	case 5, 6:
		s.Attr |= Blink
	case 7:
		s.Attr |= Inverse
	case 8:
		s.Attr |= Hidden
	case 9:
		s.Attr |= Strike
	case 21:
		s.Underline = UnderlineDouble
	case 22:
		s.Attr &^= Bold | Faint
	case 23:
		s.Attr &^= Italic
	case 24:
		s.Underline = UnderlineNone
	case 25:
		s.Attr &^= Blink
	case 27:
		s.Attr &^= Inverse
	case 28:
		s.Attr &^= Hidden
	case 29:
		s.Attr &^= Strike
	case 39:
		s.Fg = Default
	case 49:
		s.Bg = Default
	case 53:
		s.Attr |= Overline
	case 55:
		s.Attr &^= Overline
	case 59:
		s.Ul = Default
	}
}

// sgrColor does a colour at parameter i and returns the number of the parameter
// behind it. The forms are, with 48 for the background and 58 for underlines:
//
//	38 ; 5 ; n          38 : 5 : n
//	38 ; 2 ; r ; g ; b  38 : 2 : r : g : b  38 : 2 : space : r : g : b
//
// and 38 ; 5 : n and the like, which some programs send.
func (t *Terminal) sgrColor(s *Style, i int) int {
	par := &t.parser.par
	target := &s.Fg
	switch par.get(i, 0) {
	case 48:
		target = &s.Bg
	case 58:
		target = &s.Ul
	}
	kind := i + 1
	subs := kind + 1
	for par.isSub(subs) {
		subs++
	}
	if colons := subs - kind - 1; par.isSub(kind) || colons > 0 {
		switch first := kind + 1; par.get(kind, -1) {
		case 5:
			setPalette(target, par.get(first, 0))
		case 2:
			if colons >= 4 { // a colour space comes first
				first++
			}
			if colons >= 3 {
				setRGB(target, par.get(first, 0), par.get(first+1, 0), par.get(first+2, 0))
			}
		}
		return subs
	}
	switch par.get(kind, -1) {
	case 5:
		if kind+1 < par.count() {
			setPalette(target, par.get(kind+1, 0))
		}
		return kind + 2
	case 2:
		if kind+3 < par.count() {
			setRGB(target, par.get(kind+1, 0), par.get(kind+2, 0), par.get(kind+3, 0))
		}
		return kind + 4
	}
	return kind + 1
}

func setPalette(c *Color, n int) {
	if n < 256 {
		*c = Palette(uint8(n))
	}
}

func setRGB(c *Color, r, g, b int) {
	if r < 256 && g < 256 && b < 256 {
		*c = RGB(uint8(r), uint8(g), uint8(b))
	}
}

// appendSGR appends the parameters of SGR that make a style out of the default
// one, each with a semicolon in front.
func appendSGR(dst []byte, s Style) []byte {
	for _, a := range [...]struct {
		attr Attr
		n    int
	}{{Bold, 1}, {Faint, 2}, {Italic, 3}, {Blink, 5}, {Inverse, 7}, {Hidden, 8}, {Strike, 9}, {Overline, 53}} {
		if s.Attr&a.attr != 0 {
			dst = appendInt(append(dst, ';'), a.n)
		}
	}
	switch s.Underline {
	case UnderlineNone:
	case UnderlineSingle:
		dst = append(dst, ";4"...)
	default:
		dst = appendInt(append(dst, ";4:"...), int(s.Underline))
	}
	dst = appendSGRColor(dst, s.Fg, 30)
	dst = appendSGRColor(dst, s.Bg, 40)
	return appendSGRColor(dst, s.Ul, 50)
}

// appendSGRColor appends a colour; first is 30 for text, 40 for the background
// and 50 for underlines.
func appendSGRColor(dst []byte, c Color, first int) []byte {
	if c.IsDefault() {
		return dst
	}
	dst = append(dst, ';')
	if n, ok := c.Palette(); ok {
		switch {
		case first < 50 && n < 8:
			return appendInt(dst, first+int(n))
		case first < 50 && n < 16:
			return appendInt(dst, first+60+int(n)-8)
		case first < 50:
			dst = append(appendInt(dst, first+8), ";5;"...)
		default:
			dst = append(dst, "58:5:"...)
		}
		return appendInt(dst, int(n))
	}
	r, g, b, _ := c.RGB()
	sep := byte(';')
	if first == 50 {
		sep = ':'
	}
	dst = append(appendInt(dst, first+8), sep, '2', sep)
	if sep == ':' {
		dst = append(dst, ':') // no colour space
	}
	dst = append(appendInt(dst, int(r)), sep)
	dst = append(appendInt(dst, int(g)), sep)
	return appendInt(dst, int(b))
}
