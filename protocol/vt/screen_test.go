package vt_test

import (
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/vt"
)

// A screenTest writes to a terminal of 10×5 and compares its rows, without the
// empty ones at the end, and the cursor.
type screenTest struct {
	name string
	in   string
	want string // rows, with | between
	x, y int
}

func runScreen(t *testing.T, tests []screenTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			term := vt.New(vt.Options{Cols: 10, Rows: 5})
			write(term, tt.in)
			got := strings.TrimRight(strings.ReplaceAll(string(term.AppendText(nil)), "\n", "|"), "|")
			if got != tt.want {
				t.Errorf("%q shows %q, want %q", tt.in, got, tt.want)
			}
			if c := term.Cursor(); c.X != tt.x || c.Y != tt.y {
				t.Errorf("%q leaves the cursor in %d,%d, want %d,%d", tt.in, c.X, c.Y, tt.x, tt.y)
			}
			checkInvariants(t, term)
		})
	}
}

// fiveRows fills the screen with a row of each letter a to e.
const fiveRows = "aaa\r\nbbb\r\nccc\r\nddd\r\neee"

func TestControls(t *testing.T) {
	runScreen(t, []screenTest{
		{"CR and LF", "ab\rc\nd", "cb| d", 2, 1},
		{"VT and FF are LF", "a\vb\fc", "a| b|  c", 3, 2},
		{"BS stops at the edge", "ab\b\b\bX", "Xb", 1, 0},
		{"HT", "a\tb", "a       b", 9, 0},
		{"HT stops at the edge", "a\t\t\tb", "a        b", 9, 0},
		{"LF at the bottom scrolls", fiveRows + "\r\nf", "bbb|ccc|ddd|eee|f", 1, 4},
		{"LNM makes LF a new line", "\x1b[20hab\nc", "ab|c", 1, 1},
		{"DEL and NUL are nothing", "a\x7f\x00b", "ab", 2, 0},
		{"CAN ends a sequence", "\x1b[3\x18mx", "mx", 2, 0},
		{"SUB ends a sequence", "\x1b[3\x1amx", "mx", 2, 0},
		{"controls inside a sequence", "ab\x1b[1\rCx", "ax", 2, 0},
		{"IND and NEL", "ab\x1bDc\x1bEd", "ab|  c|d", 1, 2},
		{"RI at the top scrolls", fiveRows + "\x1b[H\x1bMx", "x|aaa|bbb|ccc|ddd", 1, 0},
		{"C1 as characters", "a\u0085b\u0084c\u009b5Gd", "a|b| c  d", 5, 2},
		{"NEL outside of the margins does not scroll", "\x1b[?69h\x1b[2;4s\x1b[2;5r\x1b[4;2Habc\x1b[5;9Hx\x1bEy", "||| abc| y      x", 2, 4},
		{"C1 inside a sequence", "\x1b[3\u0085x", "|x", 1, 1},
	})
}

func TestCursorMoves(t *testing.T) {
	runScreen(t, []screenTest{
		{"CUP counts from 1", "\x1b[2;3Hx", "|  x", 3, 1},
		{"CUP without numbers", "abc\x1b[Hx", "xbc", 1, 0},
		{"CUP beyond the screen", "\x1b[99;99Hx", "||||         x", 9, 4},
		{"HVP", "\x1b[3;1fx", "||x", 1, 2},
		{"CUU CUD CUF CUB", "\x1b[3;5H\x1b[A\x1b[2B\x1b[3C\x1b[Dx", "|||      x", 7, 3},
		{"0 is 1", "\x1b[3;5H\x1b[0A\x1b[0Cx", "|     x", 6, 1},
		{"CNL and CPL", "\x1b[3;5H\x1b[Ex\x1b[2Fy", "|y||x", 1, 1},
		{"CHA and HPA", "\x1b[5Gx\x1b[2`y", " y  x", 2, 0},
		{"VPA", "ab\x1b[3dc", "ab||  c", 3, 2},
		{"HPR and VPR", "ab\x1b[2ac\x1b[2ed", "ab  c||     d", 6, 2},
		{"CUU stops at the top margin", "\x1b[2;4r\x1b[3;1H\x1b[9Ax", "|x", 1, 1},
		{"CUU above the region stops at the screen", "\x1b[3;4r\x1b[2;1H\x1b[9Ax", "x", 1, 0},
		{"CUD stops at the bottom margin", "\x1b[2;4r\x1b[3;1H\x1b[9Bx", "|||x", 1, 3},
		{"VPR does not", "\x1b[2;4r\x1b[3;1H\x1b[9ex", "||||x", 1, 4},
		{"numbers too large", "\x1b[99999999999999999999Bx", "||||x", 1, 4},
		{"DECSC and DECRC", "ab\x1b7\x1b[4;4H\x1b8c", "abc", 3, 0},
		{"SCOSC and SCORC", "ab\x1b[s\x1b[4;4H\x1b[uc", "abc", 3, 0},
		{"DECRC without DECSC", "abc\x1b8x", "xbc", 1, 0},
		{"DECBI moves left", "abc\x1b6x", "abx", 3, 0},
		{"DECBI at the left margin", "abc\r\x1b6x", "xabc", 1, 0},
		{"DECFI moves right", "abc\x1b9x", "abc x", 5, 0},
		{"DECFI at the right margin", "abc\x1b[3;10H\x1b9x", "bc||         x", 9, 2},
	})
}

func TestWrapping(t *testing.T) {
	runScreen(t, []screenTest{
		{"the last column waits", "0123456789", "0123456789", 9, 0},
		{"the next character wraps", "0123456789a", "0123456789|a", 1, 1},
		{"CR takes the waiting back", "0123456789\ra", "a123456789", 1, 0},
		{"BS goes left of the last column", "0123456789\ba", "01234567a9", 9, 0},
		{"DECAWM off overwrites", "\x1b[?7l0123456789abc", "012345678c", 9, 0},
		{"DECAWM on again wraps", "\x1b[?7l0123456789\x1b[?7hb", "0123456789|b", 1, 1},
		{"a wide character does not fit", "012345678漢", "012345678|漢", 2, 1},
		{"it fits into the last two", "01234567漢", "01234567漢", 9, 0},
		{"also in insert mode", "\x1b[4h01234567漢", "01234567漢", 9, 0},
		{"and with graphemes", "\x1b[?2027h01234567漢", "01234567漢", 9, 0},
		{"and is dropped without DECAWM", "\x1b[?7l012345678漢", "012345678", 9, 0},
		{"DECRC brings the wait back", "0123456789\x1b7\x1b[H\x1b8x", "0123456789|x", 1, 1},
		{"so does SCORC", "0123456789\x1b[s\x1b[H\x1b[ux", "0123456789|x", 1, 1},
		{"and leaving the alternate screen", "0123456789\x1b[?1049hab\x1b[?1049lx", "0123456789|x", 1, 1},
		{"DECRC of a cursor that does not wait", "\x1b7\x1b[H0123456789\x1b8x", "x123456789", 1, 0},
		{"DECRC leaves DECAWM", "\x1b7\x1b[?7l\x1b80123456789abc", "012345678c", 9, 0},
		{"resetting DECAWM ends the wait", "0123456789\x1b[?7l\x1b[?7hx", "012345678x", 9, 0},
		{"setting it does not", "0123456789\x1b[?7hx", "0123456789|x", 1, 1},
		{"DECRC at a margin that has gone", "\x1b[?69h\x1b[1;5sabcde\x1b7\x1b[?69l\x1b8x", "abcdx", 5, 0},
		{"HT is no end of the wait", "0123456789\tx", "0123456789|x", 1, 1},
		{"mode 41 makes HT wrap", "\x1b[?41h0123456789\tx", "0123456789|        x", 9, 1},
		{"reverse wrap", "\x1b[?45h0123456789a\b\b\bX", "01234567X9|a", 9, 0},
		{"reverse wrap only into a row that ran over", "\x1b[?45habc\r\n\b\bX", "abc|X", 1, 1},
		{"extended reverse wrap", "\x1b[?1045habc\r\n\bX", "abc      X", 9, 0},
		{"extended reverse wrap goes round", "\x1b[?1045h\bX", "||||         X", 9, 4},
		{"EL at the waiting cursor erases the last column", "0123456789\x1b[K", "012345678", 9, 0},
	})
}

func TestErasing(t *testing.T) {
	runScreen(t, []screenTest{
		{"ED 0", fiveRows + "\x1b[3;2H\x1b[J", "aaa|bbb|c", 1, 2},
		{"ED 1", fiveRows + "\x1b[3;2H\x1b[1J", "||  c|ddd|eee", 1, 2},
		{"ED 2", fiveRows + "\x1b[3;2H\x1b[2J", "", 1, 2},
		{"EL 0", "abcdef\x1b[1;3H\x1b[K", "ab", 2, 0},
		{"EL 1", "abcdef\x1b[1;3H\x1b[1K", "   def", 2, 0},
		{"EL 2", "abcdef\x1b[1;3H\x1b[2K", "", 2, 0},
		{"EL with an unknown number", "abcdef\x1b[1;3H\x1b[7K", "abcdef", 2, 0},
		{"ECH", "abcdef\x1b[1;3H\x1b[2X", "ab  ef", 2, 0},
		{"ECH beyond the edge", "abcdef\x1b[1;3H\x1b[99X", "ab", 2, 0},
		{"ECH cuts wide characters", "漢字漢\x1b[1;2H\x1b[2X", "    漢", 1, 0},
		{"DECSED spares the protected", "a\x1b[1\"qb\x1b[0\"qc\x1b[?2J", " b", 3, 0},
		{"DECSEL spares the protected", "a\x1b[1\"qb\x1b[2\"qc\x1b[?2K", " b", 3, 0},
		{"EL does not", "a\x1b[1\"qb\x1b[2\"qc\x1b[2K", "", 3, 0},
		{"EL spares what SPA protected", "a\x1bVb\x1bWc\x1b[2K", " b", 3, 0},
		{"so does ED", "a\x1bVb\x1bWc\x1b[2J", " b", 3, 0},
		{"so does ECH", "a\x1bVb\x1bWc\x1b[H\x1b[9X", " b", 0, 0},
		{"DECSEL does not", "a\x1bVb\x1bWc\x1b[?2K", "", 3, 0},
		{"DECSERA does not", "a\x1bVb\x1bWc\x1b[1;1;1;9${", "", 3, 0},
		{"DECSCA ends the way of SPA", "a\x1bVb\x1b[0\"qc\x1b[2K", "", 3, 0},
		{"so does DECSTR", "a\x1bVb\x1b[!p\x1b[2K", "", 2, 0},
		{"ED does not", "a\x1b[1\"qb\x1b[0\"qc\x1b[2J", "", 3, 0},
		{"ICH", "abcdef\x1b[1;3H\x1b[2@", "ab  cdef", 2, 0},
		{"ICH pushes out", "0123456789\x1b[1;3H\x1b[3@", "01   23456", 2, 0},
		{"ICH splits wide characters", "漢字漢\x1b[1;2H\x1b[@", "   字漢", 1, 0},
		{"DCH", "abcdef\x1b[1;3H\x1b[2P", "abef", 2, 0},
		{"DCH splits wide characters", "漢字漢\x1b[1;2H\x1b[P", " 字漢", 1, 0},
		{"IRM", "abc\x1b[1;2H\x1b[4hXY\x1b[4lZ", "aXYZc", 4, 0},
		{"overwriting half a wide character", "漢\x1b[1;2Hx", " x", 2, 0},
		{"overwriting the left half", "漢\x1b[Hx", "x", 1, 0},
		{"a wide character over two", "漢字\x1b[1;2H語", " 語", 3, 0},
	})
}

func TestScrolling(t *testing.T) {
	runScreen(t, []screenTest{
		{"SU", fiveRows + "\x1b[2S", "ccc|ddd|eee", 3, 4},
		{"SD", fiveRows + "\x1b[2T", "||aaa|bbb|ccc", 3, 4},
		{"SD of ECMA-48", fiveRows + "\x1b[^", "|aaa|bbb|ccc|ddd", 3, 4},
		{"IL", fiveRows + "\x1b[2;2H\x1b[2L", "aaa|||bbb|ccc", 0, 1},
		{"DL", fiveRows + "\x1b[2;2H\x1b[2M", "aaa|ddd|eee", 0, 1},
		{"SU in a region", fiveRows + "\x1b[2;4r\x1b[S", "aaa|ccc|ddd||eee", 0, 0},
		{"LF at the bottom margin", fiveRows + "\x1b[2;4r\x1b[4;1H\nx", "aaa|ccc|ddd|x|eee", 1, 3},
		{"LF below the region does not scroll", fiveRows + "\x1b[1;3r\x1b[5;1H\nx", "aaa|bbb|ccc|ddd|xee", 1, 4},
		{"RI at the top margin", fiveRows + "\x1b[2;4r\x1b[2;1H\x1bMx", "aaa|x|bbb|ccc|eee", 1, 1},
		{"IL outside of the region", fiveRows + "\x1b[2;3r\x1b[5;1H\x1b[L", "aaa|bbb|ccc|ddd|eee", 0, 4},
		{"a region of one row is none", "\x1b[3;3r\x1b[5;1H\nx", "||||x", 1, 4},
		{"DECOM counts from the region", "\x1b[2;4r\x1b[?6hx\x1b[9;1Hy", "|x||y", 1, 3},
		{"DECSTBM homes", "abc\x1b[2;4rx", "xbc", 1, 0},
		{"SL", fiveRows + "\x1b[2 @", "a|b|c|d|e", 3, 4},
		{"SR", fiveRows + "\x1b[ A", " aaa| bbb| ccc| ddd| eee", 3, 4},
	})
}

func TestSideMargins(t *testing.T) {
	const rows = "0123456789\r\nabcdefghij\r\nABCDEFGHIJ"
	runScreen(t, []screenTest{
		{"text wraps at the margin", "\x1b[?69h\x1b[3;5s\x1b[1;3Habcdef", "  abc|  def", 4, 1},
		{"right of the margin it goes to the edge", "\x1b[?69h\x1b[3;5s\x1b[1;7Habcdef", "      abcd|  ef", 4, 1},
		{"CR goes to the margin", "\x1b[?69h\x1b[3;5s\x1b[1;4Ha\rb", "  ba", 3, 0},
		{"scrolling moves what is between", rows + "\x1b[?69h\x1b[3;5s\x1b[S", "01cde56789|abCDEfghij|AB   FGHIJ", 0, 0},
		{"IL moves what is between", rows + "\x1b[?69h\x1b[3;5s\x1b[2;3H\x1b[L", "0123456789|ab   fghij|ABcdeFGHIJ|  CDE", 2, 1},
		{"IL outside of it is nothing", rows + "\x1b[?69h\x1b[3;5s\x1b[2;1H\x1b[L", rows10(rows), 0, 1},
		{"ICH", rows + "\x1b[?69h\x1b[3;5s\x1b[1;4H\x1b[@", "012 356789|abcdefghij|ABCDEFGHIJ", 3, 0},
		{"DCH", rows + "\x1b[?69h\x1b[3;5s\x1b[1;4H\x1b[P", "0124 56789|abcdefghij|ABCDEFGHIJ", 3, 0},
		{"DECIC", rows + "\x1b[?69h\x1b[3;5s\x1b[1;4H\x1b['}", "012 356789|abc dfghij|ABC DFGHIJ", 3, 0},
		{"DECDC", rows + "\x1b[?69h\x1b[3;5s\x1b[1;4H\x1b['~", "0124 56789|abce fghij|ABCE FGHIJ", 3, 0},
		{"CUF stops", "\x1b[?69h\x1b[3;5s\x1b[1;4H\x1b[9Cx", "    x", 4, 0},
		{"CUB stops", "\x1b[?69h\x1b[3;5s\x1b[1;4H\x1b[9Dx", "  x", 3, 0},
		{"CSI s saves where there are no margins", "ab\x1b[?69l\x1b[s\x1b[Hx\x1b[uc", "xbc", 3, 0},
	})
}

func rows10(s string) string { return strings.ReplaceAll(s, "\r\n", "|") }

func TestTabs(t *testing.T) {
	runScreen(t, []screenTest{
		{"HTS", "\x1b[4G\x1bH\r\tx", "   x", 4, 0},
		{"TBC 0", "\x1b[9G\x1b[g\r\tx", "         x", 9, 0},
		{"TBC 3", "\x1b[3g\r\tx", "         x", 9, 0},
		{"CHT", "\x1b[3G\x1bH\r\x1b[2Ix", "        x", 9, 0},
		{"CBT", "\x1b[10G\x1b[Zx", "        x", 9, 0},
		{"HT stops where a row of wide characters ends", "\x1b#6a\t", "a", 4, 0},
		{"CBT to the edge", "\x1b[10G\x1b[9Zx", "x", 1, 0},
		{"DECST8C", "\x1b[3g\x1b[?5W\r\tx", "        x", 9, 0},
	})
}

func TestRectangles(t *testing.T) {
	const rows = "0123456789\r\nabcdefghij\r\nABCDEFGHIJ\x1b[H"
	runScreen(t, []screenTest{
		{"DECFRA", "\x1b[88;2;2;3;4$x", "| XXX| XXX", 0, 0},
		{"DECFRA leaves SS2 for what comes", "\x1b*0\x1bN\x1b[113;1;1;2;2$x\x1b[3;1Hq", "qq|qq|─", 1, 2},
		{"DECFRA does not take controls", "\x1b[10;1;1;2;2$x", "", 0, 0},
		{"DECERA", rows + "\x1b[2;3;3;4$z", "0123456789|ab  efghij|AB  EFGHIJ", 0, 0},
		{"DECSERA spares the protected", "\x1b[1\"qab\x1b[0\"qcd\x1b[1;2;1;3${\x1b[H", "ab d", 0, 0},
		{"DECCRA", rows + "\x1b[1;1;2;3;1;2;5;1$v", "0123456789|abcd012hij|ABCDabcHIJ", 0, 0},
		{"DECCRA that overlaps downwards", rows + "\x1b[1;1;2;9;1;2;1;1$v", "0123456789|012345678j|abcdefghiJ", 0, 0},
		{"DECCRA that overlaps upwards", rows + "\x1b[2;1;3;9;1;1;1;1$v", "abcdefghi9|ABCDEFGHIj|ABCDEFGHIJ", 0, 0},
		{"DECCRA to beyond the screen", rows + "\x1b[1;1;3;3;1;5;9;1$v", "0123456789|abcdefghij|ABCDEFGHIJ||        01", 0, 0},
		{"a rectangle upside down is nothing", rows + "\x1b[3;3;2;2$z", "0123456789|abcdefghij|ABCDEFGHIJ", 0, 0},
	})
}

func TestCharacterSets(t *testing.T) {
	runScreen(t, []screenTest{
		{"DEC special graphics", "\x1b(0lqk\x1b(Bq", "┌─┐q", 4, 0},
		{"SO and SI", "\x1b)0q\x0eq\x0fq", "q─q", 3, 0},
		{"SS2 is for one character", "\x1b*0\x1bNqq", "─q", 2, 0},
		{"LS2", "\x1b*0\x1bnqq\x0fq", "──q", 3, 0},
		{"national sets", "\x1b(K[\x1b(A#\x1b(Z{", "Ä£°", 3, 0},
		{"Latin 1", "\x1b-A\x0ei", "é", 1, 0},
		{"DEL is a character of a set of 96", "\x1b.A\x1bN\x7fx\x1b-A\x0e\x7f", "ÿxÿ", 3, 0},
		{"and none of a set of 94", "\x1b*0\x1bN\x7fq\x7fq", "─q", 2, 0},
		{"space is one of a set of 96", "\x1b.A\x1bN x", "\u00a0x", 2, 0},
		{"an unknown set is ASCII", "\x1b(0\x1b(Xq", "q", 1, 0},
		{"DECALN", "abc\x1b[2;3H\x1b#8", "EEEEEEEEEE|EEEEEEEEEE|EEEEEEEEEE|EEEEEEEEEE|EEEEEEEEEE", 0, 0},
		{"REP", "ab\x1b[3bc", "abbbbc", 6, 0},
		{"REP after something else is nothing", "ab\r\x1b[3bc", "cb", 1, 0},
	})
}

func TestUTF8(t *testing.T) {
	runScreen(t, []screenTest{
		{"two to four bytes", "é€😀", "é€😀", 4, 0},
		{"a byte that begins nothing", "a\xffb", "a\uFFFDb", 3, 0},
		{"a character that is cut", "\xe2\x82a", "\uFFFDa", 2, 0},
		{"longest beginnings", "\xf0\x9f\x98\xe2\x82\xc3a", "\uFFFD\uFFFD\uFFFDa", 4, 0},
		{"overlong forms", "\xc0\x80\xe0\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD", 5, 0},
		{"surrogates", "\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD", 3, 0},
		{"combining", "e\u0301x", "e\u0301x", 2, 0},
		{"combining after a wide one", "漢\u0301x", "漢\u0301x", 3, 0},
		{"combining in the last column", "0123456789\u0301x", "0123456789\u0301|x", 1, 1},
		{"combining at the left edge is dropped", "\u0301x", "x", 1, 0},
		{"ST in UTF-8", "\u009d0;Ü\u009cx", "x", 1, 0},
	})
}

// TestHalvesLookTheSame changes the attributes of one half of a wide character:
// the left one counts.
func TestHalvesLookTheSame(t *testing.T) {
	for in, want := range map[string]vt.Attr{
		"漢\x1b[1;1;1;1;1$r": vt.Bold,
		"漢\x1b[1;2;1;2;1$r": 0,
		"漢\x1b[1;1;1;2;7$t": vt.Inverse,
	} {
		term := vt.New(vt.Options{Cols: 10, Rows: 2})
		write(term, in)
		if a, b := term.Cell(0, 0).Style.Attr, term.Cell(1, 0).Style.Attr; a != want || b != want {
			t.Errorf("%q: the halves have attributes %b and %b, want %b", in, a, b, want)
		}
	}
}
