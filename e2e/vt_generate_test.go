package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A vtGenerator makes streams: a grammar of what programs send, with
// parameters that are mostly sensible.
type vtGenerator struct {
	*rand.Rand
	cols, rows int
	graphemes  bool
}

// A vtFamily makes one sequence of its kind.
type vtFamily struct {
	weight int
	make   func(g *vtGenerator) string
}

var vtFamilies = []vtFamily{
	{30, (*vtGenerator).text},
	{8, (*vtGenerator).wideText},
	{12, (*vtGenerator).control},
	{14, (*vtGenerator).move},
	{8, (*vtGenerator).erase},
	{10, (*vtGenerator).edit},
	{5, (*vtGenerator).margins},
	{8, (*vtGenerator).mode},
	{10, (*vtGenerator).rendition},
	{5, (*vtGenerator).tabs},
	{4, (*vtGenerator).charset},
	{4, (*vtGenerator).save},
	{2, (*vtGenerator).reset},
	{4, (*vtGenerator).osc},
	{4, (*vtGenerator).report},
	{3, (*vtGenerator).strange},
}

// begin returns an empty stream for a terminal of some size, mostly a small
// one, where there are more edges.
func (g *vtGenerator) begin() vtStream {
	g.size()
	if g.IntN(25) == 0 {
		g.cols, g.rows = 60+g.IntN(80), 20+g.IntN(20)
	}
	g.graphemes = g.IntN(4) == 0
	return vtStream{Cols: g.cols, Rows: g.rows, Graphemes: g.graphemes}
}

// size chooses another size. xterm.js has no terminal of one column.
func (g *vtGenerator) size() { g.cols, g.rows = 2+g.IntN(30), 1+g.IntN(12) }

// stream returns a stream of all families. What a new size makes of the text is
// left to reflow: here the screen and the tab stops are cleared after it.
func (g *vtGenerator) stream() vtStream {
	s := g.begin()
	// Both screens have saved a cursor: what comes back if none was saved is
	// another matter.
	s.Setup = "\x1b[?1047h\x1b7\x1b[?1047l\x1b7"
	total := 0
	for _, f := range vtFamilies {
		total += f.weight
	}
	for range 1 + g.IntN(40) {
		if g.IntN(40) == 0 {
			g.size()
			clear := fmt.Sprintf("\x1b[2J\x1b[3J\x1b[3g\x1b7\x1b[%d;%dH", 1+g.IntN(g.rows), 1+g.IntN(g.cols))
			s.Steps = append(s.Steps, vtStep{Cols: g.cols, Rows: g.rows, Write: []byte(clear)})
			continue
		}
		at := g.IntN(total)
		for _, f := range vtFamilies {
			if at -= f.weight; at < 0 {
				s.Steps = append(s.Steps, write(f.make(g)))
				break
			}
		}
	}
	return s
}

// reflow returns a stream of text, as a shell and its commands write it, and of
// new sizes. The cursor goes to a new row then: xterm.js leaves it in the column
// where it was, whatever becomes of the text.
func (g *vtGenerator) reflow() vtStream {
	s := g.begin()
	s.Wraps = true
	for range 1 + g.IntN(30) {
		var text string
		switch g.IntN(8) {
		case 0:
			g.size()
			s.Steps = append(s.Steps, vtStep{Cols: g.cols, Rows: g.rows, Write: []byte("\r\n")})
			continue
		case 1:
			text = g.wideText()
		case 2: // no background: see "coloured blanks in a new size"
			text = g.pick("\x1b[m", "\x1b[1;31m", "\x1b[4:3;58:5:9m", "\x1b[7m", "\x1b[38;2;1;2;3m")
		case 3, 4:
			text = "\r\n"
		default:
			text = g.text()
		}
		s.Steps = append(s.Steps, write(text))
	}
	return s
}

// pick returns one of the choices.
func (g *vtGenerator) pick(choices ...string) string { return choices[g.IntN(len(choices))] }

// param returns a parameter that is mostly from 1 to limit, now and then
// absent, zero, at the edge or beyond.
func (g *vtGenerator) param(limit int) string {
	switch g.IntN(14) {
	case 0:
		return ""
	case 1:
		return "0"
	case 2:
		return strconv.Itoa(limit)
	case 3:
		return strconv.Itoa(limit + 1)
	case 4:
		return g.pick("32767", "65536", "2147483647", "2147483648", "99999999999999999999")
	}
	return strconv.Itoa(1 + g.IntN(max(limit, 1)))
}

// small returns a parameter that is mostly less than 5 and never huge: xterm.js
// does some things as often as it is told, up to 2147483647 times.
func (g *vtGenerator) small() string {
	switch g.IntN(12) {
	case 0:
		return ""
	case 1:
		return "0"
	case 2:
		return strconv.Itoa(max(g.cols, g.rows) + g.IntN(2))
	case 3:
		return "999"
	}
	return strconv.Itoa(1 + g.IntN(4))
}

func (g *vtGenerator) text() string {
	n := 1 + g.IntN(8)
	if g.IntN(4) == 0 {
		n = 1 + g.cols/2 + g.IntN(g.cols+2)
	}
	var b strings.Builder
	for range n {
		b.WriteByte(byte(' ' + g.IntN(0x7f-' ')))
	}
	return b.String()
}

func (g *vtGenerator) wideText() string {
	var b strings.Builder
	for range 1 + g.IntN(6) {
		if g.graphemes && g.IntN(3) == 0 {
			b.WriteString(g.pick("❤\ufe0f", "☎\ufe0f", "1\ufe0f\u20e3", "각", "e\u0301\u0308", "नि"))
			continue
		}
		b.WriteString(g.pick("漢", "字", "あ", "カ", "한", "글", "Ａ", "，", "é", "ß", "Ж", "─", "█", "▒",
			"e\u0301", "a\u0308\u0323", "ก", "ы", "x", "  ", "\u00a0", "ﬁ", "\ufffd"))
		if !g.graphemes && g.IntN(6) == 0 { // see "beyond the BMP"
			b.WriteString(g.pick("😀", "🚀", "🌍", "𝔸", "𠀀"))
		}
	}
	return b.String()
}

func (g *vtGenerator) control() string {
	return g.pick("\r\n", "\r\n", "\r\n", "\n", "\n", "\r", "\r", "\b", "\b", "\b\b\b", "\t", "\t", "\t\t", "\v", "\f",
		"\x0e", "\x0f", "\a", "\x00", "\x7f", "\x1bD", "\x1bM", "\x1bM", "\x1bE")
}

func (g *vtGenerator) move() string {
	switch g.IntN(8) {
	case 0, 1:
		return fmt.Sprintf("\x1b[%s;%s%s", g.param(g.rows), g.param(g.cols), g.pick("H", "H", "f"))
	case 2:
		return "\x1b[" + g.pick("H", "1;1H", ";H", "f", "A", "B", "C", "D")
	case 3:
		return "\x1b[" + g.param(g.cols) + g.pick("G", "`", "a")
	case 4:
		return "\x1b[" + g.param(g.rows) + g.pick("d", "e")
	}
	return "\x1b[" + g.small() + g.pick("A", "B", "C", "D", "E", "F")
}

func (g *vtGenerator) erase() string {
	switch g.IntN(5) {
	case 0:
		return "\x1b[" + g.small() + "X"
	case 1:
		return "\x1b[" + g.pick("", "0", "1", "2", "3", "4", "99") + "J"
	case 2:
		return "\x1b[?" + g.pick("", "0", "1", "2") + g.pick("J", "K")
	case 3:
		return "\x1b[" + g.pick("", "0", "1", "2") + "\"q"
	}
	return "\x1b[" + g.pick("", "0", "1", "2", "3") + "K"
}

func (g *vtGenerator) edit() string {
	switch g.IntN(8) {
	case 0:
		return "\x1b[" + g.small() + g.pick("'}", "'~", " @", " A")
	case 1:
		return "\x1b[" + strconv.Itoa(1+g.IntN(9)) + "b"
	}
	return "\x1b[" + g.small() + g.pick("@", "@", "@", "P", "P", "P", "L", "L", "L", "M", "M", "M", "T")
}

func (g *vtGenerator) margins() string {
	switch g.IntN(4) {
	case 0:
		return "\x1b[r"
	case 1:
		return "\x1b[" + g.param(g.rows) + ";" + g.param(g.rows) + "r"
	}
	top := 1 + g.IntN(g.rows)
	return fmt.Sprintf("\x1b[%d;%dr", top, top+g.IntN(g.rows-top+1))
}

func (g *vtGenerator) mode() string {
	end := g.pick("h", "h", "l")
	if g.IntN(5) == 0 {
		return "\x1b[" + g.pick("4", "4", "20", "2", "12") + end
	}
	mode := func() string {
		return g.pick("1", "5", "6", "6", "7", "7", "12", "25", "45", "66", "47", "1047", "1048", "1049", "1049",
			"9", "1000", "1002", "1003", "1004", "1006", "1016", "2004", "2026", "8452", "7777")
	}
	if g.IntN(6) == 0 {
		return "\x1b[?" + mode() + ";" + mode() + end
	}
	return "\x1b[?" + mode() + end
}

func (g *vtGenerator) rendition() string {
	var words []string
	for range 1 + g.IntN(3) {
		words = append(words, g.attribute())
	}
	return "\x1b[" + strings.Join(words, ";") + "m"
}

func (g *vtGenerator) attribute() string {
	channel := func() string { return strconv.Itoa(g.IntN(256)) }
	switch g.IntN(10) {
	case 0:
		return g.pick("", "0")
	case 1:
		return g.pick("30", "31", "37", "39", "40", "44", "47", "49", "90", "97", "100", "107")
	case 2:
		return g.pick("38", "48") + ";5;" + channel()
	case 3:
		return g.pick("38", "48") + ";2;" + channel() + ";" + channel() + ";" + channel()
	case 4:
		return g.pick("38", "48", "58") + ":5:" + channel()
	case 5:
		return g.pick("38", "48", "58") + ":2::" + channel() + ":" + channel() + ":" + channel()
	case 6:
		return "4:" + g.pick("0", "1", "2", "3", "4", "5")
	case 7:
		return g.pick("21", "22", "23", "24", "25", "27", "28", "29", "55")
	}
	return g.pick("1", "2", "3", "4", "5", "7", "8", "9", "53")
}

func (g *vtGenerator) tabs() string {
	return g.pick("\x1bH", "\x1bH", "\x1b[g", "\x1b[0g", "\x1b["+g.small()+"I", "\x1b["+g.small()+"Z", "\x1b[Z")
}

func (g *vtGenerator) charset() string {
	return g.pick("\x1b(0", "\x1b(B", "\x1b)0", "\x1b)B", "\x1b(A", "\x1b*0", "\x1b+0", "\x1bn", "\x1bo", "\x0e", "\x0f", "\x1b(0lqk\x1b(B")
}

func (g *vtGenerator) save() string {
	return g.pick("\x1b7", "\x1b7", "\x1b8", "\x1b8", "\x1b[s", "\x1b[u")
}

func (g *vtGenerator) reset() string {
	return g.pick("\x1bc\x1b7", "\x1b[!p\x1b7", "\x1b=", "\x1b>")
}

func (g *vtGenerator) osc() string {
	end := g.pick("\a", "\x1b\\")
	return "\x1b]" + g.pick("0;title", "2;other title", "2;漢字 title", "2;", "1;icon", "7;file://host/tmp", "8;;http://example.com/a",
		"8;id=x;https://example.com/b", "8;;", "8;;", "52;c;aGVsbG8=", "133;A", "133;C", "133;D;0", "104", "104;1", "110", "111", "112", "777;notify;a;b", "", ";", "x") + end
}

func (g *vtGenerator) report() string {
	if g.IntN(60) == 0 { // what is known to differ, and therefore rare
		return g.pick("\x1b[?6n", "\x1b[?15n", "\x1b[?25n", "\x1b[?3$p", "\x1b[2$p", "\x1b[12$p",
			"\x1bP$qm\x1b\\", "\x1bP$q\"p\x1b\\", "\x1bP$q q\x1b\\", "\x1b[c", "\x1b[>c", "\x1b[>q")
	}
	switch g.IntN(15) {
	case 1, 2:
		return "\x1b[" + g.pick("4", "20", "99") + "$p"
	case 3, 4, 5:
		return "\x1bP$q" + g.pick("r", "\"q", "x") + "\x1b\\"
	case 6, 7, 8, 9, 10:
		return "\x1b[" + g.pick("5", "6", "6", "0", "99") + "n"
	}
	return "\x1b[?" + g.pick("1", "6", "7", "25", "1000", "1006", "1049", "2004", "2026", "45", "66", "1004", "9999") + "$p"
}

// strange returns what no program should send.
func (g *vtGenerator) strange() string {
	if g.IntN(12) == 0 { // what is known to differ, and therefore rare
		return g.pick("\xff", "\xc3", "\xe6\xbc", "\xed\xa0\x80", "\xf8", "\x1b[38;2m", "\x1b[38;5m", "\x1b[38m", "\x1b[1:2:3H", "\x1bPq", "\x1b%G",
			"\u0301", "\x1b[59m", "\x1b[?1005h", "\x1b[?1015h", "\x1b#8", "\x1b[2^", "\x1b(A", "\x1b[999b", "\x1b[2S")
	}
	return g.pick("\x1b[", "\x1b[1", "\x1b[?", "\x1b[1;2;3", "\x1b", "\x1b]0;cut", "\x18", "\x1a", "\x1b[1\x182C", "\x1b[1\n2C",
		"\x1b[\x1b[2C", "\x1b[?1;2;3;4;5;6;7;8;9;10m", "\x1b[1;2 q", "\x1b[<5u", "\x1b[=1;2c", "\x1b[4:9m",
		"\x1b[;;;;H", "\x1b[99999999999;99999999999H", "\x1b[3 q", "\x1b[5 q", "\x1b[7 q",
		"\x1b_apc\x1b\\", "\x1b^pm\x1b\\", "\x1bXsos\x1b\\", "\x1b$x", "\x1b[1$x", "\x1b[!", "\x1b[2*x")
}
