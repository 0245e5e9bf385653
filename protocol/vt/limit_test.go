package vt_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/vt"
)

// heap returns the bytes in use.
func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// memory returns what a terminal of 120×40 without scrollback takes once some
// streams have been written to it.
func memory(streams ...[]byte) int {
	const n = 10
	before := heap()
	terms := make([]*vt.Terminal, n)
	for i := range terms {
		terms[i] = vt.New(vt.Options{Cols: 120, Rows: 40})
		for _, data := range streams {
			_, _ = terms[i].Write(data)
		}
		terms[i].AppendReplies(nil)
	}
	each := (heap() - before) / n
	runtime.KeepAlive(terms)
	runtime.KeepAlive(streams)
	return each
}

// picture is a screen in which every cell has two colours that no other has.
func picture() []byte {
	var b bytes.Buffer
	b.WriteString("\x1b[H")
	for i := range 120 * 40 {
		fmt.Fprintf(&b, "\x1b[38;2;%d;%d;1;48;2;2;%d;%dm▀", i>>8, i&255, i&255, i>>8)
	}
	return b.Bytes()
}

func TestMemory(t *testing.T) {
	linked := bytes.ReplaceAll(picture(), []byte("48;2"), []byte("58;2"))
	calm := make([][]byte, 600)
	for i := range calm {
		calm[i] = []byte("\x1b[m" + strings.Repeat("text ", 60))
	}
	for _, tt := range []struct {
		name    string
		streams [][]byte
		most    int
	}{
		{"text", [][]byte{listing(), wideText()}, 62 << 10},
		{"a colour for each cell", [][]byte{dense()}, 52 << 10},
		{"two colours for each cell", [][]byte{picture()}, 144 << 10},
		{"a coloured underline for each cell", [][]byte{linked, linked}, 192 << 10},
		{"text after pictures", append([][]byte{picture(), linked}, calm...), 64 << 10},
	} {
		each := memory(tt.streams...)
		t.Logf("%s: %d bytes", tt.name, each)
		if each > tt.most {
			t.Errorf("%s: a terminal takes %d bytes, more than %d", tt.name, each, tt.most)
		}
	}
}

// TestDraftsAfterStylesMoved goes on in a row whose style has got another number.
func TestDraftsAfterStylesMoved(t *testing.T) {
	term := vt.New(vt.Options{Cols: 120, Rows: 40, Scrollback: 100})
	write(term, strings.Repeat("\n", 90))
	_, _ = term.Write(picture())
	// Only a row that has come by scrolling is packed while it is written.
	write(term, "\x1b[m\x1b[H\x1b[J\x1b[40;1H\n\x1b[38;2;9;9;9;48;2;8;8;8mab")
	for range 600 {
		write(term, "\x1b[5;1Hx")
	}
	write(term, "\x1b[40;3Hc")
	if err := term.CheckDrafts(); err != nil {
		t.Error(err)
	}
}

// TestStylesMoved checks that cells keep their styles when the table of styles
// gets smaller.
func TestStylesMoved(t *testing.T) {
	term := vt.New(vt.Options{Cols: 120, Rows: 40})
	_, _ = term.Write(picture())
	write(term, "\x1b[m\x1b[3;2H\x1b[J")
	style := func(i int) vt.Style {
		return vt.Style{Fg: vt.RGB(uint8(i>>8), uint8(i), 1), Bg: vt.RGB(2, uint8(i), uint8(i>>8))}
	}
	write(term, "\x1b[38;2;9;9;9;48;2;8;8;8m")
	for range 600 {
		write(term, "\x1b[5;1Hx")
	}
	for i := range 2*120 + 1 {
		if got := term.Cell(i%120, i/120).Style; got != style(i) {
			t.Fatalf("cell %d: %+v, want %+v", i, got, style(i))
		}
	}
	if got, want := term.Cell(0, 4).Style, (vt.Style{Fg: vt.RGB(9, 9, 9), Bg: vt.RGB(8, 8, 8)}); got != want {
		t.Errorf("the last cell: %+v, want %+v", got, want)
	}
	_, _ = term.Write(picture())
	for i := range 4800 {
		if got := term.Cell(i%120, i/120).Style; got != style(i) {
			t.Fatalf("new cell %d: %+v, want %+v", i, got, style(i))
		}
	}
}

func TestNoAllocationInTheSteadyState(t *testing.T) {
	for name, data := range map[string][]byte{
		"plain": plainText(), "ls": listing(), "wide": wideText(), "dense": dense(), "regions": regions(), "picture": picture(),
	} {
		term := vt.New(vt.Options{Cols: 120, Rows: 40, Scrollback: 500})
		for range 12 {
			_, _ = term.Write(data)
		}
		if got := testing.AllocsPerRun(5, func() { _, _ = term.Write(data) }); got > 0 {
			t.Errorf("%s: %v allocations per 32 KiB", name, got)
		}
	}
}

// TestHostileMemory feeds a terminal what could make it grow.
func TestHostileMemory(t *testing.T) {
	var b bytes.Buffer
	for i := range 20000 {
		fmt.Fprintf(&b, "\x1b]8;;http://example.org/%d\x07\x1b[38;2;%d;%d;%dma%c", i, i>>16, i>>8&255, i&255, 0x300+i%100)
	}
	for range 30 {
		b.WriteString("\x1b]2;" + strings.Repeat("t", 100000) + "\x07\x1bPq" + strings.Repeat("~", 100000) + "\x1b\\")
		b.WriteString("\x1b]52;c;" + strings.Repeat("QUJD", 20000) + "\x07")
		b.WriteString("\x1b]1337;File=:" + strings.Repeat("QUJD", 20000) + "\x07\x1b[22t")
	}
	before := heap()
	term := vt.New(vt.Options{Cols: 120, Rows: 40, Scrollback: 10000})
	_, _ = term.Write(b.Bytes())
	if used := heap() - before; used > 32<<20 {
		t.Errorf("%d MB", used>>20)
	}
	runtime.KeepAlive(term)
}

// TestLinearTime repeats what is dear in a few bytes. What would cost as much as
// its number says takes more than a minute here, what costs a screen a second.
func TestLinearTime(t *testing.T) {
	for _, s := range []string{
		"\x1b[999999999b", "a\x1b[2147483647b", "\x1b[2147483647S", "\x1b[2147483647T", "\x1b[2147483647L", "\x1b[2147483647@",
		"\x1b[?1045h\x1b[2147483647D", "\x1b[2147483647I", "\x1b[2147483647Z", "\x1b[65;1;1;9999;9999$x", "\x1b[1;1;1;9999;9999*y",
		"\x1b[1;1;9999;9999;1;2;2;1$v", "\x1b[1;1;9999;9999;1;4;7$r", "\x1b[?47h\x1b[?47l", "\x1b#8", "\x1b[2J", "\x1b['}",
		"\x1b]4;" + strings.Repeat("1;?;", 50) + "\x07", "\x1b]8;" + strings.Repeat("id=a:", 50) + ";u\x07",
	} {
		data := []byte(strings.Repeat(s, 30))
		term := vt.New(vt.Options{Cols: 200, Rows: 60, Scrollback: 100})
		start := time.Now()
		_, _ = term.Write(data)
		if d := time.Since(start); d > 30*time.Second { // a busy machine needs a few, too
			t.Errorf("30 times %q takes %v", s, d)
		}
	}
}

// TestBlankRowsAreBounded fills the history with rows that take a byte each, so
// that what bounds it is their index.
func TestBlankRowsAreBounded(t *testing.T) {
	const limit = 256 << 10
	term := vt.New(vt.Options{Cols: 10, Rows: 3, Scrollback: 1 << 30, ScrollbackBytes: limit})
	write(term, strings.Repeat("\n", 100_000)+"last\r\n\n\n")
	n := term.HistoryLen()
	if n > limit/8 || n < limit/16 {
		t.Errorf("%d rows are kept in %d bytes", n, limit)
	}
	if got := string(term.HistoryRow(n - 1).AppendText(nil)); got != "last" {
		t.Errorf("the newest row is %q", got)
	}
	none := vt.New(vt.Options{Cols: 10, Rows: 3, Scrollback: 100, ScrollbackBytes: -1})
	write(none, strings.Repeat("x\r\n", 10))
	if n := none.HistoryLen(); n != 0 {
		t.Errorf("%d rows are kept where none should be", n)
	}
}
