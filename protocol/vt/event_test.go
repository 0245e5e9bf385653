package vt_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/vt"
)

func TestEvents(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []vt.Event
	}{
		{"\x07\x07\x07", []vt.Event{{Kind: vt.EventBell}}},
		{"\x1b]2;a\x07\x1b]2;b\x1b\\", []vt.Event{{Kind: vt.EventTitle, Text: "b"}}},
		{"\x1b]0;x\x07", []vt.Event{{Kind: vt.EventIconName, Text: "x"}, {Kind: vt.EventTitle, Text: "x"}}},
		{"\x1b]2;a\x1b[31mb", []vt.Event{{Kind: vt.EventTitle, Text: "a"}}}, // ESC ends the title
		{"\x1b]2;a\u0085b\xffc\x07", []vt.Event{{Kind: vt.EventTitle, Text: "abc"}}},
		{"\x1b]2;never\x18", nil},
		{"\x1b]7;file://host/tmp\x07", []vt.Event{{Kind: vt.EventDirectory, Text: "file://host/tmp"}}},
		{"\x1b]52;c;aGVsbG8=\x07", []vt.Event{{Kind: vt.EventClipboard, Selection: "c", Text: "hello"}}},
		{"\x1b]52;;aGVsbG8\x07", []vt.Event{{Kind: vt.EventClipboard, Text: "hello"}}},
		{"\x1b]52;c;?\x07\x1b]52;c;***\x07\x1b]52;xyz;aGVsbG8=\x07", nil},
		{"\n\x1b]133;A\x07$ \x1b]133;B\x07ls\r\n\x1b]133;C\x07x\r\n\x1b]133;D;3\x07", []vt.Event{
			{Kind: vt.EventPrompt, Line: 1}, {Kind: vt.EventCommand, Line: 1},
			{Kind: vt.EventOutput, Line: 2}, {Kind: vt.EventDone, Exit: 3, Line: 3},
		}},
		{"\x1b]133;D\x07\x1b]133;Z\x07\x1b]133\x07", []vt.Event{{Kind: vt.EventDone, Exit: -1}}},
		{"\x1b]2;pushed\x07\x1b[22t\x1b]2;other\x07\a\x1b[23;2t", []vt.Event{
			{Kind: vt.EventTitle, Text: "other"}, {Kind: vt.EventBell}, {Kind: vt.EventTitle, Text: "pushed"},
		}},
	} {
		term := vt.New(vt.Options{})
		write(term, tt.in)
		if got := term.AppendEvents(nil); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: %+v, want %+v", tt.in, got, tt.want)
		}
		if again := term.AppendEvents(nil); len(again) > 0 {
			t.Errorf("%q: %+v a second time", tt.in, again)
		}
	}
}

func TestEventsAreBounded(t *testing.T) {
	term := vt.New(vt.Options{})
	for i := range 1000 {
		write(term, fmt.Sprintf("\x07\x1b]2;%d\x07", i))
	}
	got := term.AppendEvents(nil)
	if len(got) != 256 || got[255].Text != "999" {
		t.Errorf("%d events, the last %+v", len(got), got[len(got)-1])
	}
}

// TestWaitingEventsAreBounded lets titles take the place of others, which must
// not make room for more than there is.
func TestWaitingEventsAreBounded(t *testing.T) {
	term := vt.New(vt.Options{})
	long := strings.Repeat("x", 8000)
	for i := range 1000 {
		write(term, "\x07\x1b]7;file:///\x07\x1b]7;file:///"+long+fmt.Sprint(i)+"\x07")
	}
	clip := "\x1b]52;c;" + strings.Repeat("QUJD", 80<<10) + "\x07"
	for range 30 {
		write(term, clip)
	}
	bytes := 0
	for _, e := range term.AppendEvents(nil) {
		bytes += len(e.Text)
	}
	if bytes > 4<<20 || bytes < 3<<20 {
		t.Errorf("%d bytes of events wait, want about 4 MiB", bytes)
	}
}

func TestEventKindsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for k := vt.EventBell; k <= vt.EventImage; k++ {
		name := k.String()
		if name == "" || strings.Contains(name, "(") || seen[name] {
			t.Errorf("kind %d is called %q", k, name)
		}
		seen[name] = true
	}
	for _, k := range []vt.EventKind{0, vt.EventImage + 1, 255} {
		if got, want := k.String(), fmt.Sprintf("EventKind(%d)", uint8(k)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestClipboardIsBounded(t *testing.T) {
	long := "\x1b]52;c;" + strings.Repeat("QUJD", 100) + "\x07"
	for limit, want := range map[int]int{300: 1, 299: 0, -1: 0, 0: 1} {
		term := vt.New(vt.Options{ClipboardBytes: limit})
		write(term, long)
		if got := len(term.AppendEvents(nil)); got != want {
			t.Errorf("with a limit of %d there are %d events, want %d", limit, got, want)
		}
	}
	term := vt.New(vt.Options{})
	write(term, "\x1b]52;c;"+strings.Repeat("QUJD", 50<<10)+"\x07")
	if got := term.AppendEvents(nil); len(got) != 1 || len(got[0].Text) != 150<<10 {
		t.Errorf("150 KiB for the clipboard: %d events", len(got))
	}
}

func TestTitlesAreBounded(t *testing.T) {
	term := vt.New(vt.Options{})
	write(term, "\x1b]2;"+strings.Repeat("x", 5000)+"\x07")
	if n := len(term.Title()); n != 1024 {
		t.Errorf("a title of %d bytes", n)
	}
	write(term, "\x1b]2;"+strings.Repeat("x", 50000)+"\x07z")
	if n := len(term.Title()); n != 1024 || term.Cell(0, 0).Rune != 'z' {
		t.Errorf("a title of %d bytes after one that is too long", n)
	}
}

func TestMarks(t *testing.T) {
	term := vt.New(vt.Options{Rows: 3, Scrollback: 10})
	write(term, "\x1b]133;A\x07$ ls\r\n\x1b]133;C\x07file\r\n\x1b]133;A\x07$ \r\n\r\n")
	if a, b := term.HistoryRow(0).Mark(), term.HistoryRow(1).Mark(); a != vt.MarkPrompt || b != vt.MarkOutput {
		t.Errorf("history has marks %d and %d", a, b)
	}
	if got := term.Row(0).Mark(); got != vt.MarkPrompt || term.Line(0) != 2 {
		t.Errorf("row 0, line %d, has mark %d", term.Line(0), got)
	}
}

func TestImages(t *testing.T) {
	term := vt.New(vt.Options{Cols: 20, Rows: 10, ImageBytes: 100, CellHeight: 12})
	write(term, "\r\nab\x1bP0;1q#0~~-~~-~~-\x1b\\c\x1b]1337;File=inline=1:QUJD\x07")
	got := term.AppendImages(nil, 0)
	if len(got) != 2 || got[0].Format != vt.ImageSixel || string(got[0].Data) != "0;1q#0~~-~~-~~-" ||
		got[0].Row != 1 || got[0].Col != 2 || got[1].Format != vt.ImageITerm || string(got[1].Data) != "File=inline=1:QUJD" {
		t.Fatalf("%+v", got)
	}
	if c := term.Cursor(); c.Y != 3 { // four bands of six pixels are two rows
		t.Errorf("the cursor is in row %d", c.Y)
	}
	if again := term.AppendImages(nil, got[0].ID); len(again) != 1 {
		t.Errorf("%d images after the first", len(again))
	}
	write(term, "\x1b]1337;File=:"+strings.Repeat("A", 80)+"\x07")
	if got := term.AppendImages(nil, 0); len(got) != 1 || len(got[0].Data) != 86 {
		t.Errorf("beyond the limit %d images are kept", len(got))
	}
	write(term, "\x1bPq"+strings.Repeat("~", 200)+"\x1b\\")
	if got := term.AppendImages(nil, 0); len(got) != 1 {
		t.Errorf("an image that is too large made it %d", len(got))
	}
}

func TestSixelDisplayMode(t *testing.T) {
	term := vt.New(vt.Options{Cols: 20, Rows: 10})
	write(term, "\r\n\r\nab\x1b[?80h\x1bPq~-~\x1b\\")
	got := term.AppendImages(nil, 0)
	if len(got) != 1 || got[0].Row != 0 || got[0].Col != 0 || got[0].Line != 0 {
		t.Errorf("images %+v, want one in the upper left corner", got)
	}
	if c := term.Cursor(); c.X != 2 || c.Y != 2 {
		t.Errorf("the cursor is in %d,%d, want 2,2", c.X, c.Y)
	}
}
