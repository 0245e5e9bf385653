package vt

import "unicode/utf8"

// attrNames are the attributes in JSON.
var attrNames = [...]string{"bold", "faint", "italic", "blink", "inverse", "hidden", "strike", "overline", "protected"}

// underlineNames are the kinds of underline in JSON.
var underlineNames = [...]string{"", "single", "double", "curly", "dotted", "dashed"}

// AppendRowJSON appends row y as a JSON object, for viewers that have no other
// decoder:
//
//	{"y":3,"wrapped":true,"runs":[{"text":"total","cols":5,"fg":2,"bg":"#202020","bold":true}]}
//
// A run is text in one style; cols is its number of columns. Colours are a
// number of the palette or #rrggbb; fg, bg, ul and all else that is as usual
// are left out. Further keys of a run are faint, italic, blink, inverse, hidden,
// strike, overline, protected (all true), underline (single, double, curly,
// dotted, dashed) and link, an address. Further keys of a row are wrapped (true)
// and size, a LineSize. Blanks at the end in the default style are left out. The
// JSON can stand in a page's script: <, > and & are escaped.
func (t *Terminal) AppendRowJSON(dst []byte, y int) []byte {
	r := t.Row(y)
	dst = appendInt(append(dst, `{"y":`...), y)
	if r.meta.wrapped {
		dst = append(dst, `,"wrapped":true`...)
	}
	if r.meta.size != LineNormal {
		dst = appendInt(append(dst, `,"size":`...), int(r.meta.size))
	}
	dst = append(dst, `,"runs":[`...)
	cells := trimCells(r.cells)
	for from := 0; from < len(cells); {
		to := from + 1
		for to < len(cells) && cells[to].style() == cells[from].style() {
			to++
		}
		if from > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"text":"`...)
		for _, c := range cells[from:to] {
			var text [maxCluster + 4]byte
			dst = appendJSONText(dst, appendCell(text[:0], c, r.clusters))
		}
		dst = appendInt(append(dst, `","cols":`...), to-from)
		dst = t.appendStyleJSON(dst, r.styles.at(cells[from].style()).unpack())
		dst = append(dst, '}')
		from = to
	}
	return append(dst, "]}"...)
}

// appendStyleJSON appends the members that a style has.
func (t *Terminal) appendStyleJSON(dst []byte, s Style) []byte {
	for _, c := range [...]struct {
		key   string
		color Color
	}{{"fg", s.Fg}, {"bg", s.Bg}, {"ul", s.Ul}} {
		if c.color.IsDefault() {
			continue
		}
		dst = append(append(append(dst, `,"`...), c.key...), `":`...)
		if n, ok := c.color.Palette(); ok {
			dst = appendInt(dst, int(n))
			continue
		}
		const digits = "0123456789abcdef"
		dst = append(dst, `"#`...)
		for shift := 20; shift >= 0; shift -= 4 {
			dst = append(dst, digits[c.color>>shift&15])
		}
		dst = append(dst, '"')
	}
	for i, name := range attrNames {
		if s.Attr&(1<<i) != 0 {
			dst = append(append(append(dst, `,"`...), name...), `":true`...)
		}
	}
	if s.Underline != UnderlineNone {
		dst = append(append(append(dst, `,"underline":"`...), underlineNames[s.Underline]...), '"')
	}
	if uri, _, ok := t.Link(s.Link); ok {
		dst = append(appendJSONText(append(dst, `,"link":"`...), []byte(uri)), '"')
	}
	return dst
}

// appendJSONText appends text for a JSON string.
func appendJSONText(dst, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x20 || r == '<' || r == '>' || r == '&' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029:
			const digits = "0123456789abcdef"
			dst = append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
		text = text[n:]
	}
	return dst
}
