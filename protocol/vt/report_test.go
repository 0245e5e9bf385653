package vt_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/vt"
)

func TestReplies(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"DA1", "\x1b[c", "\x1b[?64;6;21;22;28c"},
		{"DECID", "\x1bZ", "\x1b[?64;6;21;22;28c"},
		{"DA1 with a number", "\x1b[1c", ""},
		{"DA2", "\x1b[>c", "\x1b[>41;380;0c"},
		{"DA3", "\x1b[=c", "\x1bP!|00000000\x1b\\"},
		{"XTVERSION", "\x1b[>q", "\x1bP>|everwire-vt(1)\x1b\\"},
		{"DSR", "\x1b[5n", "\x1b[0n"},
		{"CPR", "\x1b[3;4H\x1b[6n", "\x1b[3;4R"},
		{"CPR in the last column", "\x1b[1;10Hx\x1b[6n", "\x1b[1;10R"},
		{"CPR with DECOM", "\x1b[2;4r\x1b[?6h\x1b[2;1H\x1b[6n", "\x1b[2;1R"},
		{"DECXCPR", "\x1b[3;4H\x1b[?6n", "\x1b[?3;4;1R"},
		{"printer, keys, keyboard", "\x1b[?15n\x1b[?25n\x1b[?26n", "\x1b[?13n\x1b[?21n\x1b[?27;1;0;0n"},
		{"DECREQTPARM", "\x1b[x\x1b[1x\x1b[2x", "\x1b[2;1;1;128;128;1;0x\x1b[3;1;1;128;128;1;0x"},
		{"size", "\x1b[18t", "\x1b[8;5;10t"},
		{"the title is not told", "\x1b]2;rm -rf\x07\x1b[21t\x1b[20t", ""},
		{"there is no answerback", "\x05", ""},
		{"DECRQM of a mode that is set", "\x1b[?7$p", "\x1b[?7;1$y"},
		{"of one that is reset", "\x1b[?2004$p", "\x1b[?2004;2$y"},
		{"of one that is not known", "\x1b[?4711$p\x1b[99$p", "\x1b[?4711;0$y\x1b[99;0$y"},
		{"of one that cannot be set", "\x1b[?60h\x1b[?60$p\x1b[?18$p", "\x1b[?60;4$y\x1b[?18;4$y"},
		{"of ANSI modes", "\x1b[4h\x1b[4$p\x1b[20$p", "\x1b[4;1$y\x1b[20;2$y"},
		{"DECRQSS SGR", "\x1b[1;4:3;38;5;9m\x1bP$qm\x1b\\", "\x1bP1$r0;1;4:3;91m\x1b\\"},
		{"DECRQSS margins", "\x1b[2;4r\x1bP$qr\x1b\\\x1b[?69h\x1b[3;7s\x1bP$qs\x1b\\", "\x1bP1$r2;4r\x1b\\\x1bP1$r3;7s\x1b\\"},
		{"DECRQSS cursor", "\x1b[4 q\x1bP$q q\x1b\\", "\x1bP1$r4 q\x1b\\"},
		{"DECRQSS protection", "\x1b[1\"q\x1bP$q\"q\x1b\\", "\x1bP1$r1\"q\x1b\\"},
		{"DECRQSS extent", "\x1bP$q*x\x1b\\\x1b[2*x\x1bP$q*x\x1b\\", "\x1bP1$r0*x\x1b\\\x1bP1$r2*x\x1b\\"},
		{"DECRQSS status line", "\x1bP$q$}\x1b\\\x1bP$q$~\x1b\\", "\x1bP1$r0$}\x1b\\\x1bP1$r0$~\x1b\\"},
		{"DECRQSS level", "\x1bP$q\"p\x1b\\", "\x1bP1$r64;1\"p\x1b\\"},
		{"DECRQSS of what is not known", "\x1bP$qevil\x1b\\", "\x1bP0$r\x1b\\"},
		{"DECRQCRA", "AB\x1b[7;1;1;1;1;2*y", "\x1bP7!~FF7D\x1b\\"},
		{"DECRQCRA of attributes", "\x1b[1;4mA\x1b[1;1;1;1;1;1*y", "\x1bP1!~FF2F\x1b\\"},
		{"XTCHECKSUM", "\x1b[1mA\x1b[11#y\x1b[1;1;1;1;1;3*y\x1b[m\x1b[#y\x1b[1;1;1;2;1;2*y", "\x1bP1!~0041\x1b\\\x1bP1!~FFE0\x1b\\"},
		{"DECRQCRA of blanks", "\x1b[1;1;1;1;1;1*y", "\x1bP1!~FFE0\x1b\\"},
		{"DECRQPSR tabs", "\x1b[2$w", "\x1bP2$u1/9\x1b\\"},
		{"DECRQPSR cursor", "\x1b[2;3H\x1b[1m\x1b[1$w", "\x1bP1$u2;3;1;A;@;@;0;2;@;BBBB\x1b\\"},
		{"S8C1T", "\x1b G\x1b[5n\x1b F\x1b[5n", "\x9b0n\x1b[0n"},
		{"XTGETTCAP", "\x1bP+q436f\x1b\\\x1bP+q6576696c\x1b\\", "\x1bP1+r436F=323536\x1b\\\x1bP0+r\x1b\\"},
		{"XTQMODKEYS", "\x1b[>4;2m\x1b[?4m", "\x1b[>4;2m"},
		{"palette", "\x1b]4;1;?\x1b\\", "\x1b]4;1;rgb:cdcd/0000/0000\x1b\\"},
		{"palette that was changed", "\x1b]4;7;#102030;7;?\x07", "\x1b]4;7;rgb:1010/2020/3030\x07"},
		{"the upper digits of a colour", "\x1b]4;1;#abcdef123;1;?\x07\x1b]4;1;#f0ff80ff1234;1;?\x07\x1b]4;1;#8f1;1;?\x07",
			"\x1b]4;1;rgb:abab/dede/1212\x07\x1b]4;1;rgb:f0f0/8080/1212\x07\x1b]4;1;rgb:8080/f0f0/1010\x07"},
		{"colours of attributes", "\x1b]5;0;#102030;4;?\x07\x1b]4;256;?;260;?\x07\x1b]5;0;?\x07\x1b]105;0\x07\x1b]5;0;?\x07",
			"\x1b]5;4;rgb:e5e5/e5e5/e5e5\x07\x1b]4;256;rgb:1010/2020/3030\x07\x1b]4;260;rgb:e5e5/e5e5/e5e5\x07\x1b]5;0;rgb:1010/2020/3030\x07\x1b]5;0;rgb:e5e5/e5e5/e5e5\x07"},
		{"colours beyond them", "\x1b]5;5;?\x07\x1b]4;261;?\x07\x1b]4;99999;?\x07\x1b]5;65535;?\x07", ""},
		{"OSC 105 resets them", "\x1b]5;1;#fff\x07\x1b]4;1;#fff;257;?\x07\x1b]105\x07\x1b]4;1;?;257;?\x07",
			"\x1b]4;257;rgb:f0f0/f0f0/f0f0\x07\x1b]4;1;rgb:f0f0/f0f0/f0f0\x07\x1b]4;257;rgb:e5e5/e5e5/e5e5\x07"},
		{"OSC 104 resets all", "\x1b]5;1;#fff\x07\x1b]4;1;#fff\x07\x1b]104\x07\x1b]4;1;?;257;?\x07",
			"\x1b]4;1;rgb:cdcd/0000/0000\x07\x1b]4;257;rgb:e5e5/e5e5/e5e5\x07"},
		{"colours that are none", "\x1b]4;1;#12345g;1;#12;1;#1234567;1;rgb:1/2;1;red\x07\x1b]4;1;?\x07", "\x1b]4;1;rgb:cdcd/0000/0000\x07"},
		{"text and background", "\x1b]10;?;?\x1b\\", "\x1b]10;rgb:e5e5/e5e5/e5e5\x1b\\\x1b]11;rgb:0000/0000/0000\x1b\\"},
		{"background as it was", "\x1b]11;rgb:f/f/f\x1b\\\x1b]11;?\x07\x1b]111\x07\x1b]11;?\x07", "\x1b]11;rgb:ffff/ffff/ffff\x07\x1b]11;rgb:0000/0000/0000\x07"},
		{"the clipboard is not told", "\x1b]52;c;QUJD\x07\x1b]52;c;?\x07", ""},
	} {
		term := vt.New(vt.Options{Cols: 10, Rows: 5})
		write(term, tt.in)
		if got := string(term.AppendReplies(nil)); got != tt.want {
			t.Errorf("%s: %q answers %q, want %q", tt.name, tt.in, got, tt.want)
		}
		if again := term.AppendReplies(nil); len(again) > 0 {
			t.Errorf("%s: %q a second time", tt.name, again)
		}
	}
}

// TestRepliesAreOfAFixedGrammar asks everything with a word in all places where
// a program can put text, and looks for the word in the replies.
func TestRepliesAreOfAFixedGrammar(t *testing.T) {
	const word = "touch"
	term := vt.New(vt.Options{Sixel: true, CellWidth: 9, CellHeight: 18})
	for _, s := range append(seeds,
		word, "\x1b]0;"+word+"\x07", "\x1b]1;"+word+"\x07", "\x1b]7;file:///"+word+"\x07",
		"\x1b]8;id="+word+";http://"+word+"\x07", "\x1b]52;c;"+word+"\x07", "\x1bP$q"+word+"\x1b\\",
		"\x1bP+q"+word+"\x1b\\", "\x1bP"+word+"\x1b\\", "\x1b]4;"+word+";?\x07", "\x1b]10;"+word+"\x07",
		"\x1b]4;1;"+word+"\x07", "\x1bP1;2|17/"+word+"\x1b\\",
		"\x05\x1b[c\x1b[>c\x1b[=c\x1b[>q\x1b[5n\x1b[6n\x1b[?6n\x1b[?62n\x1b[?63;1n\x1b[20t\x1b[21t\x1b[14t\x1b[16t\x1b[18t\x1b[19t",
		"\x1b]4;1;?\x07\x1b]10;?;?;?\x1b\\\x1b]52;c;?\x07\x1b]0;?\x07\x1b]1337;"+word+"\x07\x1b[1$w\x1b[2$w\x1b[1;1;1;1;9;9*y",
	) {
		write(term, s+"\x1b[22t\x1b[23t")
	}
	replies := string(term.AppendReplies(nil))
	if strings.Contains(replies, word) {
		t.Errorf("a program's text is in the replies: %q", replies)
	}
	csi := `\x1b\[[?>]?[0-9;]*(?:\$y|\*\{|[cnRtxym])`
	dcs := `\x1bP(?:!\|0{8}|>\|everwire-vt\(1\)|[0-9]+!~[0-9A-F]{4}|[01]\$r[0-9;:]*[ "$*]?[mrsqptx|}~]?|[01]\+r[0-9A-F=]*|[12]\$u[0-9;/@-OB]*)\x1b\\`
	osc := `\x1b\](?:[45];[0-9]+|1[012]);rgb:[0-9a-f]{4}/[0-9a-f]{4}/[0-9a-f]{4}(?:\x07|\x1b\\)`
	grammar := regexp.MustCompile(`^(?:` + csi + `|` + dcs + `|` + osc + `)*$`)
	if len(replies) < 300 || !grammar.MatchString(replies) {
		t.Errorf("not of the grammar: %q", strings.Split(regexp.MustCompile(csi+"|"+dcs+"|"+osc).ReplaceAllString(replies, ""), "\x1b"))
	}
}

func TestRepliesAreBounded(t *testing.T) {
	term := vt.New(vt.Options{})
	write(term, strings.Repeat("\x1b[c\x1bP$qm\x1b\\\x1b]10;?\x07", 10000))
	if n := len(term.AppendReplies(nil)); n < 60<<10 || n > 70<<10 {
		t.Errorf("%d bytes wait, want about 64 KiB", n)
	}
}

func TestPixelsAndSixelAreOptional(t *testing.T) {
	term := vt.New(vt.Options{Cols: 10, Rows: 5, CellWidth: 8, CellHeight: 16, Sixel: true})
	write(term, "\x1b[c\x1b[14t\x1b[15t\x1b[16t")
	if got, want := string(term.AppendReplies(nil)), "\x1b[?64;4;6;21;22;28c\x1b[4;80;80t\x1b[5;80;80t\x1b[6;16;8t"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
