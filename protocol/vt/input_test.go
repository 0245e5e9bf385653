package vt_test

import (
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/vt"
)

func TestKeys(t *testing.T) {
	char := func(r rune, m vt.Mods) vt.Key { return vt.Key{Rune: r, Mods: m} }
	key := func(c vt.KeyCode, m vt.Mods) vt.Key { return vt.Key{Code: c, Mods: m} }
	for _, tt := range []struct {
		modes string // what the program has set
		key   vt.Key
		want  string
	}{
		{"", char('a', 0), "a"},
		{"", char('é', 0), "é"},
		{"", char('A', vt.Shift), "A"},
		{"", char('c', vt.Ctrl), "\x03"},
		{"", char('C', vt.Ctrl|vt.Shift), "\x03"},
		{"", char(' ', vt.Ctrl), "\x00"},
		{"", char('[', vt.Ctrl), "\x1b"},
		{"", char('?', vt.Ctrl), "\x7f"},
		{"", char('/', vt.Ctrl), "\x1f"},
		{"", char('a', vt.Alt), "\x1ba"},
		{"", char('a', vt.Alt|vt.Ctrl), "\x1b\x01"},
		{"", char(0x110000, 0), ""},
		{"\x1b[?1036l\x1b[?1034h", char('a', vt.Meta), "á"},
		{"", key(vt.KeyUp, 0), "\x1b[A"},
		{"\x1b[?1h", key(vt.KeyUp, 0), "\x1bOA"},
		{"\x1b[?1h", key(vt.KeyLeft, vt.Ctrl), "\x1b[1;5D"},
		{"", key(vt.KeyHome, 0), "\x1b[H"},
		{"\x1b[?1h", key(vt.KeyEnd, 0), "\x1bOF"},
		{"", key(vt.KeyRight, vt.Shift|vt.Alt), "\x1b[1;4C"},
		{"", key(vt.KeyPageUp, 0), "\x1b[5~"},
		{"", key(vt.KeyPageDown, vt.Ctrl), "\x1b[6;5~"},
		{"", key(vt.KeyInsert, 0), "\x1b[2~"},
		{"", key(vt.KeyDelete, vt.Shift), "\x1b[3;2~"},
		{"", key(vt.KeyF1, 0), "\x1bOP"},
		{"", key(vt.KeyF4, vt.Shift), "\x1b[1;2S"},
		{"", key(vt.KeyF5, 0), "\x1b[15~"},
		{"", key(vt.KeyF12, 0), "\x1b[24~"},
		{"", key(vt.KeyF20, 0), "\x1b[34~"},
		{"", key(vt.KeyBackspace, 0), "\x7f"},
		{"", key(vt.KeyBackspace, vt.Ctrl), "\b"},
		{"\x1b[?67h", key(vt.KeyBackspace, 0), "\b"},
		{"", key(vt.KeyBackspace, vt.Alt), "\x1b\x7f"},
		{"", key(vt.KeyTab, 0), "\t"},
		{"", key(vt.KeyTab, vt.Shift), "\x1b[Z"},
		{"", key(vt.KeyEnter, 0), "\r"},
		{"\x1b[20h", key(vt.KeyEnter, 0), "\r\n"},
		{"", key(vt.KeyEscape, 0), "\x1b"},
		{"", key(vt.KeyKP5, 0), "5"},
		{"\x1b=", key(vt.KeyKP5, 0), "\x1bOu"},
		{"\x1b=", key(vt.KeyKPEnter, 0), "\x1bOM"},
		{"\x1b=\x1b>", key(vt.KeyKPEnter, 0), "\r"},
		{"\x1b=", key(vt.KeyKPDivide, 0), "\x1bOo"},
		{"\x1b[?66h", key(vt.KeyKPAdd, 0), "\x1bOk"},
		{"\x1b[>4;1m", char('c', vt.Ctrl), "\x03"},
		{"\x1b[>4;1m", char(',', vt.Ctrl), "\x1b[27;5;44~"},
		{"\x1b[>4;2m", char('c', vt.Ctrl), "\x1b[27;5;99~"},
		{"\x1b[>4;2m", char('A', vt.Shift), "A"},
		{"\x1b[>4;2m", key(vt.KeyEnter, vt.Ctrl), "\x1b[27;5;13~"},
		{"\x1b[>4;2m\x1b[>4m", char('c', vt.Ctrl), "\x03"},
		{"\x1b[2h", char('a', 0), ""},
	} {
		term := vt.New(vt.Options{})
		write(term, tt.modes)
		if got := string(term.AppendKey(nil, tt.key)); got != tt.want {
			t.Errorf("%q: %+v sends %q, want %q", tt.modes, tt.key, got, tt.want)
		}
	}
}

func TestMouse(t *testing.T) {
	press := vt.Mouse{Button: vt.MouseLeft, X: 4, Y: 2, PixelX: 45, PixelY: 50}
	release, drag, move, wheel := press, press, press, press
	release.Action = vt.MouseRelease
	drag.Action = vt.MouseMove
	move.Action, move.Button = vt.MouseMove, vt.MouseNone
	wheel.Button, wheel.Mods = vt.MouseWheelDown, vt.Ctrl
	far := press
	far.X = 230
	for _, tt := range []struct {
		modes string
		m     vt.Mouse
		want  string
	}{
		{"", press, ""},
		{"\x1b[?9h", press, "\x1b[M %#"},
		{"\x1b[?9h", release, ""},
		{"\x1b[?9h", wheel, ""},
		{"\x1b[?1000h", press, "\x1b[M %#"},
		{"\x1b[?1000h", release, "\x1b[M#%#"},
		{"\x1b[?1000h", drag, ""},
		{"\x1b[?1000h", wheel, "\x1b[Mq%#"},
		{"\x1b[?1000h", far, ""},
		{"\x1b[?1000;1005h", far, "\x1b[M \u0107#"},
		{"\x1b[?1002h", drag, "\x1b[M@%#"},
		{"\x1b[?1002h", move, ""},
		{"\x1b[?1003h", move, "\x1b[MC%#"},
		{"\x1b[?1000;1006h", press, "\x1b[<0;5;3M"},
		{"\x1b[?1000;1006h", release, "\x1b[<0;5;3m"},
		{"\x1b[?1000;1006h", wheel, "\x1b[<81;5;3M"},
		{"\x1b[?1003;1006h", move, "\x1b[<35;5;3M"},
		{"\x1b[?1000;1006h", far, "\x1b[<0;231;3M"},
		{"\x1b[?1000;1016h", press, "\x1b[<0;46;51M"},
		{"\x1b[?1000;1015h", press, "\x1b[32;5;3M"},
		{"\x1b[?1000;1015h", release, "\x1b[35;5;3M"},
		{"\x1b[?1007h", wheel, ""},
		{"\x1b[?1007h\x1b[?1049h", wheel, "\x1b[B"},
		{"\x1b[?1007h\x1b[?1049h\x1b[?1h", wheel, "\x1bOB"},
		{"\x1b[?1000h", vt.Mouse{Button: 99}, ""},
		{"\x1b[?1000;1006h", vt.Mouse{Button: vt.MouseForward, X: -1, Y: 999}, "\x1b[<129;1;24M"},
	} {
		term := vt.New(vt.Options{Cols: 300, Rows: 24})
		write(term, tt.modes)
		if got := string(term.AppendMouse(nil, tt.m)); got != tt.want {
			t.Errorf("%q: %+v sends %q, want %q", tt.modes, tt.m, got, tt.want)
		}
	}
}

func TestPaste(t *testing.T) {
	for _, tt := range []struct{ modes, text, want string }{
		{"", "a\nb\r\nc\rd\te", "a\rb\rc\rd\te"},
		{"", "a\x1b[2Jb\x00\x07", "a[2Jb"},
		{"\x1b[?2004h", "ls\n", "\x1b[200~ls\r\x1b[201~"},
		{"\x1b[?2004h", "x\x1b[201~rm\n", "\x1b[200~x[201~rm\r\x1b[201~"},
		{"\x1b[?2004h", "x\u009b201~rm", "\x1b[200~x201~rm\x1b[201~"},
		{"\x1b[?2004h", "x\x9b201~\xffrm", "\x1b[200~x\uFFFD201~\uFFFDrm\x1b[201~"},
		{"\x1b[?2004h", "\x1b\x1b[201~[201~", "\x1b[200~[201~[201~\x1b[201~"},
		{"\x1b[2h\x1b[?2004h", "x", ""},
	} {
		term := vt.New(vt.Options{})
		write(term, tt.modes)
		if got := string(term.AppendPaste(nil, tt.text)); got != tt.want {
			t.Errorf("%q: %q sends %q, want %q", tt.modes, tt.text, got, tt.want)
		}
	}
}

// FuzzPaste checks that pasted text cannot leave its brackets.
func FuzzPaste(f *testing.F) {
	f.Add("a\x1b[201~b")
	f.Add("\u009b201~\xc2")
	f.Fuzz(func(t *testing.T, text string) {
		term := vt.New(vt.Options{})
		write(term, "\x1b[?2004h")
		got := string(term.AppendPaste(nil, text))
		inside, ok := strings.CutPrefix(got, "\x1b[200~")
		inside, end := strings.CutSuffix(inside, "\x1b[201~")
		if !ok || !end || strings.ContainsFunc(inside, func(r rune) bool {
			return r < ' ' && r != '\r' && r != '\t' || r >= 0x7f && r < 0xa0
		}) {
			t.Errorf("%q sends %q", text, got)
		}
	})
}

func TestFocus(t *testing.T) {
	term := vt.New(vt.Options{})
	if got := term.AppendFocus(nil, true); len(got) > 0 {
		t.Errorf("unasked %q", got)
	}
	write(term, "\x1b[?1004h")
	if got := string(term.AppendFocus(term.AppendFocus(nil, true), false)); got != "\x1b[I\x1b[O" {
		t.Errorf("%q", got)
	}
}
