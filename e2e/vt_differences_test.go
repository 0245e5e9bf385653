package e2e_test

import (
	"regexp"
	"strings"
	"testing"
)

// A vtDifference is a way in which protocol/vt and @xterm/headless differ and
// may.
type vtDifference struct {
	name string
	why  string
	// right is who does what DEC's manuals and xterm do: "ours", "theirs", or
	// "either" where they say nothing.
	right string
	// example is a stream that shows it.
	example vtStream
	// match is found in the smallest stream that shows the difference, which
	// is followed by what differs, a line each.
	match *regexp.Regexp
	// unless, if any, must not be found there.
	unless *regexp.Regexp
}

func write(s string) vtStep { return vtStep{Write: []byte(s)} }

// vtExample makes a stream of strings and steps.
func vtExample(cols, rows int, steps ...any) vtStream {
	s := vtStream{Cols: cols, Rows: rows}
	for _, step := range steps {
		if text, ok := step.(string); ok {
			step = write(text)
		}
		s.Steps = append(s.Steps, step.(vtStep))
	}
	return s
}

var vtDifferences = []vtDifference{
	{
		name:    "beyond the BMP",
		why:     "the addon for graphemes takes all of it for narrow; UAX #11 has most emoji wide",
		right:   "ours",
		example: vtStream{Cols: 9, Rows: 2, Graphemes: true, Steps: []vtStep{write("🌍")}},
		match:   regexp.MustCompile(`graphemes.*\\U0001f`),
	},
	{
		name:    "malformed UTF-8",
		why:     "xterm.js drops it; Unicode section 3.9 and xterm have U+FFFD in its place",
		right:   "ours",
		example: vtExample(9, 2, "a", "\xff"),
		match:   regexp.MustCompile(`\\x[c-f][0-9a-f]`),
	},
	{
		name:    "combining without a base",
		why:     "xterm.js gives it a cell of no width, ours drops it",
		right:   "either",
		example: vtExample(9, 2, "\u0301"),
		match:   regexp.MustCompile(`("|\\x1b\[\d*.|[bnr])\\u(03[0-6].|fe0f|20e3|200d|093f|0e48)`),
	},
	{
		name:    "half of a wide character",
		why:     "of what is left of a wide character that was overwritten, and of the column that has no room for one, xterm.js makes a blank in the current style or nothing; ours keeps the style, and leaves the column alone, as xterm does",
		right:   "ours",
		example: vtExample(2, 2, "\x1b[2G", "x", "\x1b[2G", "漢"),
		match:   regexp.MustCompile(`(\\u(1[1-9a-f]|[23][0-9a-f]|[4-9a-f][0-9a-f])[0-9a-f]{2}|\\U000).*\n(cell \d+,\d+: (ours .*, theirs " " width 1|ours " " width 1 \[[^\n]*, theirs "\\?.+" width 2)[^\n]*\n?)+$`),
	},
	{
		name:    "wait to wrap",
		why:     "in the last column after printing, xterm.js does not erase that column, move back by tabs or delete there, and still waits to wrap; DEC STD 070 ends that state",
		right:   "ours",
		example: vtExample(2, 2, "a", "b", "\x1b[K"),
		match:   regexp.MustCompile(`(?s)(\\x1b\[(\??\d*( @| A|'[}~]|[JKXZP@])|!p(\\x1b7)?|6n|\d*[LM])"\n.*theirs (\d+,\d+ pending true|"\\x1b\[\d+;\d+R)|[LM]"\ncursor: ours \d+,\d+ pending true)`),
	},
	{
		name:    "tab stops",
		why:     "xterm.js has tab stops for each of the two screens and sets them anew for a new size; here there is one set, and only new columns get stops",
		right:   "ours",
		example: vtExample(17, 2, "\x1b[3g", "\x1b[?1049h", "\t"),
		match:   regexp.MustCompile(`(resize|\\x1b\[[03]?g|\\x1bH|\\x1b\[\?(\d+;)?(47|1047|1049)).*(\\t|\\x1b\[\d*[IZ])`),
	},
	{
		name:    "scroll up into history",
		why:     "xterm.js forgets the rows that SU moves out; in xterm they are history",
		right:   "ours",
		example: vtExample(9, 2, "\x1b[S"),
		match:   regexp.MustCompile(`\\x1b\[\d*S.*\nhistory:`),
	},
	{
		name:    "colour of blanks",
		why:     "xterm.js brings blanks in the default colour with SD, SL, SR, DECIC and DECDC; with erase in background colour they have the current one",
		right:   "ours",
		example: vtExample(9, 2, "\x1b[44m", "\x1b[T"),
		match:   regexp.MustCompile(`m"( .*)? "\\x1b\[\d*(T| [@A]|'[}~])"\ncell`),
	},
	{
		name:    "colour without a number",
		why:     "xterm.js takes what is absent for 0, ours leaves the colour alone",
		right:   "either",
		example: vtExample(9, 2, "\x1b[38;5m", "x"),
		match:   regexp.MustCompile(`"\\x1b\[[34]8(;[25])?m"[^\n]*\ncell`),
	},
	{
		name:    "restore without save",
		why:     "nothing was saved: DECRC then takes default attributes, character sets and modes, which xterm.js leaves",
		right:   "ours",
		example: vtExample(9, 2, "\x1b[?6h", "\x1b8"),
		match:   regexp.MustCompile(`"(\\x1b8|\\x1b\[u|\\x1b\[\?(\d+;)?10(48|49)(;\d+)?l)`), unless: regexp.MustCompile(`"(\\x1b7|\\x1b\[s|\\x1b\[\?(\d+;)?104[89](;\d+)?h)`),
	},
	{
		name:    "new size and saved cursor",
		why:     "xterm.js moves the saved cursor with the history; the screen was cleared",
		right:   "either",
		example: vtExample(22, 2, "\x1b7", "abcdefghijklmno", vtStep{Cols: 14, Rows: 7, Write: []byte("\x1b[2J\x1b[3J")}, "\x1b8"),
		match:   regexp.MustCompile(`"\\x1b7".*resize.*(\\x1b8|\\x1b\[u|10(48|49)(;\d+)?l)`),
	},
	{
		name:    "blank alternate screen",
		why:     "xterm.js fills it with the current background when mode 47 or 1047 shows it; xterm shows what it had",
		right:   "ours",
		example: vtExample(9, 2, "\x1b[44m", "\x1b[?1047h"),
		match:   regexp.MustCompile(`m".*\\x1b\[\?(\d+;)?(47|1047)(;\d+)?h"\ncell`),
	},
	{
		name:    "repetition without end",
		why:     "ours repeats as often as the screen has cells, xterm.js as often as it is told",
		right:   "either",
		example: vtExample(9, 2, "a", "\x1b[999b"),
		match:   regexp.MustCompile(`\\x1b\[\d*b`),
	},
	{
		name:    "links lost",
		why:     "xterm.js forgets a link when the row goes where it began",
		right:   "ours",
		example: vtExample(9, 2, "\x1b]8;;http://example.com/\a", "x", "\x1b[2J", "x"),
		match:   regexp.MustCompile(`(?s)\]8;.*link=[^\]]*\], theirs [^\n]*\[[^\]=]*\]`),
	},
	{
		name:    "DECSTR",
		why:     "xterm.js also ends bracketed paste, focus reports and synchronized output and resets the shape of the cursor, which the VT510 that defines DECSTR does not know",
		right:   "either",
		example: vtExample(9, 2, "\x1b[?2004h", "\x1b[!p"),
		match:   regexp.MustCompile(`\\x1b\[!p(\\x1b7)?"\nmode (paste|synchronized|focus|cursor-style)`),
	},
	{
		name:    "DECALN",
		why:     "ours ends origin mode and has plain Es, xterm.js keeps mode and attributes",
		right:   "either",
		example: vtExample(9, 2, "\x1b[?6h", "\x1b#8"),
		match:   regexp.MustCompile(`\\x1b#8`),
	},
	{
		name:    "sixel",
		why:     "ours puts an image and moves the cursor below it, xterm.js needs an addon",
		right:   "ours",
		example: vtExample(9, 3, "\x1bPq#1~\x1b\\"),
		match:   regexp.MustCompile(`\\x1bPq`),
	},
	{
		name:    "subparameters of others",
		why:     "only SGR has any: xterm.js ignores them, ours takes them for parameters as xterm does",
		right:   "either",
		example: vtExample(9, 3, "\x1b[1:2:3H"),
		match:   regexp.MustCompile(`\\x1b\[\d+:[\d:]*[HAB]`),
	},
	{
		name:    "mouse encodings",
		why:     "xterm.js has neither 1005 nor 1015, where in xterm the last encoding set counts, and resetting any of them resets the one in force",
		right:   "ours",
		example: vtExample(9, 2, "\x1b[?1006h", "\x1b[?1015h"),
		match:   regexp.MustCompile(`10(05|06|15|16).*\nmode mouse-encoding`),
	},
	{
		name:    "xterm.js throws",
		why:     "ED at the end of a full last row",
		right:   "ours",
		example: vtExample(3, 2, "\x1b[2;1H", "abc", "\x1b[1J"),
		match:   regexp.MustCompile(`theirs throws TypeError[^\n]*isWrapped`),
	},
	{
		name:    "DECRQM",
		why:     "ours can set KAM, SRM and DECCOLM, which xterm.js has always as they are, and has a cursor that blinks",
		right:   "either",
		example: vtExample(9, 2, "\x1b[12$p"),
		match:   regexp.MustCompile(`"\\x1b\[(2|12|\?3|\?12)\$p"\nreplies`),
	},
	{
		name:    "DSR of printer, keyboard and page",
		why:     "xterm.js has neither an answer to the first two nor a page in DECXCPR; the VT420 has",
		right:   "ours",
		example: vtExample(9, 2, "\x1b[?6n"),
		match:   regexp.MustCompile(`"\\x1b\[\?(6|15|25)n"\nreplies`),
	},
	{
		name:    "DECRQSS of SGR, level and cursor",
		why:     "xterm.js always answers 0m, and is a VT100 with a cursor that does not blink",
		right:   "ours",
		example: vtExample(9, 2, "\x1b[1m", "\x1bP$qm\x1b\\"),
		match:   regexp.MustCompile(`"\\x1bP\$q(m|\\"p| q)\\x1b\\\\"\nreplies`),
	},
	{
		name:    "who it is",
		why:     "each emulator has its own DA, secondary DA and XTVERSION",
		right:   "either",
		example: vtExample(9, 2, "\x1b[c"),
		match:   regexp.MustCompile(`"\\x1b\[>?0?[cq]"\nreplies`),
	},
	{
		name:    "margins of two screens",
		why:     "xterm.js has margins for each of the two screens; in xterm there is one set",
		right:   "ours",
		example: vtExample(9, 4, "\x1b[2;3r", "\x1b[?1047h", "\x1b[4;1H", "\x1b[9A"),
		match:   regexp.MustCompile(`\d*;?\d*r".*(47|1047|1049)(;\d+)?[hl]|(47|1047|1049)(;\d+)?[hl]".*;?\d*r"`),
	},
	{
		name:    "moves in origin mode",
		why:     "xterm.js adds the top margin to columns and relative moves too",
		right:   "ours",
		example: vtExample(9, 6, "\x1b[?6h", "\x1b[3;5r", "\x1b[2G"),
		match:   regexp.MustCompile(`r".*\?(\d+;)?6(;\d+)?h.*"(\\x1b\[\d*[A-GIZa` + "`" + `de]|\\[bt])+"\n|\?(\d+;)?6(;\d+)?h.*r".*"(\\x1b\[\d*[A-GIZa` + "`" + `de]|\\[bt])+"\n`),
	},
	{
		name:    "alternate screen anew",
		why:     "mode 1049 clears the screen even if it is shown already, as in xterm",
		right:   "ours",
		example: vtExample(9, 2, "\x1b[?1049h", "x", "\x1b[?1049h"),
		match:   regexp.MustCompile(`(47|1047|1049)(;\d+)?h.*1049(;\d+)?h"\ncell`),
	},
	{
		name:    "history below the alternate screen",
		why:     "ED 3 clears the history whichever screen is shown, as in xterm",
		right:   "ours",
		example: vtExample(9, 2, "\n\n\n", "\x1b[?1049h", "\x1b[3J"),
		match:   regexp.MustCompile(`(47|1047|1049).*3J.*\nhistory`),
	},
	{
		name:    "blank of DEC graphics",
		why:     "0x5f is a blank there (VT100 User Guide, table 3-9)",
		right:   "ours",
		example: vtExample(9, 2, "\x1b(0", "_"),
		match:   regexp.MustCompile(`"_"\ncell \d+,\d+: ours " "`),
	},
	{
		name:    "UTF-8 and character sets",
		why:     "to xterm.js ESC % G selects ASCII as well",
		right:   "either",
		example: vtExample(9, 2, "\x1b(0", "\x1b%G", "z"),
		match:   regexp.MustCompile(`\\x1b%G`),
	},
	{
		name:    "default underline colour",
		why:     "xterm.js takes SGR 59 for white until the next SGR 0",
		right:   "ours",
		example: vtExample(9, 2, "\x1b[59m", "\x1b[4m", "u"),
		match:   regexp.MustCompile(`59.*\ncell.*ul=#ffffff`),
	},
	{
		name:    "title after RIS",
		why:     "ours resets the title, xterm.js keeps it",
		right:   "either",
		example: vtExample(9, 2, "\x1b]2;x\a", "\x1bc"),
		match:   regexp.MustCompile(`\\x1bc(\\x1b7)?"\ntitle`),
	},
	{
		name:    "SD by its other name",
		why:     "CSI ^ is SD by a misprint in ECMA-48 that xterm heeds",
		right:   "ours",
		example: vtExample(9, 2, "U", "\x1b[^"),
		match:   regexp.MustCompile(`\\x1b\[\d*"? ?"?\^`),
	},
	{
		name:    "protection after SGR 0",
		why:     "xterm.js ends DECSCA with SGR 0; the VT220 has it apart from renditions",
		right:   "ours",
		example: vtExample(9, 2, "\x1b[1\"q", "\x1b[m", "x", "\x1b[?1K"),
		match:   regexp.MustCompile(`\\x1b\[1\\"q".*m"[^\n]*\n(cell|replies.*\\"q)`),
	},
	{
		name:    "modes after RIS",
		why:     "xterm.js leaves the cursor hidden and LNM set",
		right:   "ours",
		example: vtExample(9, 2, "\x1b[?25l", "\x1bc"),
		match:   regexp.MustCompile(`\\x1bc(\\x1b7)?".*\n(mode cursor-hidden|replies.*20;)|\\x1b\[20h.*\\x1bc`),
	},
	{
		name:    "DECREQTPARM",
		why:     "ours answers as the VT100 does",
		right:   "ours",
		example: vtExample(9, 2, "\x1b[x"),
		match:   regexp.MustCompile(`"\\x1b\[[\d;]*"? ?"?x"\nreplies`),
	},
	{
		name:    "saved wait to wrap",
		why:     "DECSC saves the last column flag and DECRC brings it back (DEC STD 070), as the VT220 and its successors do, and xterm; xterm.js forgets it",
		right:   "ours",
		example: vtExample(2, 2, "a", "b", "\x1b7", "\x1b[H", "\x1b8"),
		match:   regexp.MustCompile(`"(\\x1b8|\\x1b\[u|\\x1b\[\?(\d+;)?10(48|49)(;\d+)?l)"\ncursor: ours (\d+,\d+) pending true[^\n]*$`),
	},
	{
		name:    "DECAWM ends the wait to wrap",
		why:     "resetting the mode resets the last column flag (DEC STD 070), which xterm.js keeps",
		right:   "ours",
		example: vtExample(2, 2, "a", "b", "\x1b[?7l"),
		match:   regexp.MustCompile(`\\x1b\[\?(\d+;)?7(;\d+)?l"\ncursor: ours (\d+,\d+) pending false, theirs`),
	},
	{
		name:    "saved cursor",
		why:     "xterm.js keeps the saved row with the text while that scrolls, and does not save the underline",
		right:   "ours",
		example: vtExample(4, 2, "\n", "\x1b7", "\n\n", "\x1b8"),
		match:   regexp.MustCompile(`"(\\x1b8|\\x1b\[u|\\x1b\[\?(\d+;)?10(48|49)(;\d+)?l)"\ncursor[^\n]*$|"(\\x1b8|\\x1b\[u|\\x1b\[\?(\d+;)?10(48|49)(;\d+)?l)"[^\n]*\ncell.*u(nder)?l(ine)?=`),
	},
	{
		name:    "emoji in the last column",
		why:     "U+FE0F makes a character wide that has no room for it: ours stays narrow, xterm.js moves it to the next row",
		right:   "either",
		example: vtStream{Cols: 2, Rows: 2, Graphemes: true, Steps: []vtStep{write("x☎\ufe0f")}},
		match:   regexp.MustCompile(`graphemes.*\\ufe0f`),
	},
	{
		name:    "coloured blanks in a new size",
		why:     "ours takes blanks with a background for text that is wrapped, as alacritty does, xterm.js for none",
		right:   "either",
		example: vtExample(6, 2, "\x1b[44m", "\n\n", vtStep{Cols: 4, Rows: 3}),
		match:   regexp.MustCompile(`\\x1b\[4[0-7]m".*resize`),
	},
	{
		name:    "queries without an answer",
		why:     "xterm.js has no colours without a screen, and knows neither XTQMODKEYS nor XTGETTCAP",
		right:   "ours",
		example: vtExample(9, 2, "\x1b]11;?\a"),
		match:   regexp.MustCompile(`"\\x1b(\]1[0-2];\?|\]4;\d+;\?|\[\?4m|P\+q)[^"]*"\nreplies`),
	},
	{
		name:    "rows that are too long",
		why:     "the rows of xterm.js's alternate screen stay as long as they were in a wider window: what DCH and its like bring is put behind the edge",
		right:   "ours",
		example: vtExample(14, 4, "\x1b[?47h", vtStep{Cols: 11, Rows: 4}, "\x1b[44m", "\x1b[4P"),
		match:   regexp.MustCompile(`resize.*\\x1b\[\d*( [@A]|P|'[}~])"\ncell`),
	},
	{
		name:    "DEL in a string",
		why:     "ours leaves it out, xterm.js has it in the title",
		right:   "either",
		example: vtExample(9, 2, "\x1b]2;a\x7fb\a"),
		match:   regexp.MustCompile(`\\x7f.*\ntitle`),
	},
	{
		name:    "reverse wrap of CUB",
		why:     "in mode 45 xterm.js wraps BS only; in xterm CUB goes to the row above too",
		right:   "ours",
		example: vtExample(4, 2, "\x1b[?45h", "abcde", "\x1b[4D"),
		match:   regexp.MustCompile(`\?(\d+;)?45(;\d+)?h.*"\\x1b\[\d*D"\ncursor`),
	},
}

// explainVT finds the known difference that a stream shows.
func explainVT(least vtStream, found []string) *vtDifference {
	text := least.String() + "\n" + strings.Join(found, "\n")
	for i := range vtDifferences {
		d := &vtDifferences[i]
		if d.match.MatchString(text) && (d.unless == nil || !d.unless.MatchString(text)) {
			return d
		}
	}
	return nil
}

// TestVTDifferencesAreReal fails for an explanation of what no longer differs.
func TestVTDifferencesAreReal(t *testing.T) {
	d := &vtDuel{t: t, xterm: startVTXterm(t)}
	for i, e := range vtDifferences {
		found := d.differ(e.example)
		if len(found) == 0 {
			t.Errorf("%s: no longer differs: take it out of the list", e.name)
		} else if got := explainVT(e.example, found); got != &vtDifferences[i] {
			t.Errorf("%s: its example is explained by %v: %v\n%s", e.name, got, e.example, strings.Join(found, "\n"))
		}
	}
}
