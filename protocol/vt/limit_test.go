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

// TestMemory measures what a terminal of 120×40 takes once a program has used
// it, without scrollback.
func TestMemory(t *testing.T) {
	const n = 10
	before := heap()
	terms := make([]*vt.Terminal, n)
	for i := range terms {
		terms[i] = vt.New(vt.Options{Cols: 120, Rows: 40})
		_, _ = terms[i].Write(listing())
		_, _ = terms[i].Write(wideText())
		terms[i].AppendReplies(nil)
	}
	each := (heap() - before) / n
	runtime.KeepAlive(terms)
	t.Logf("%d bytes each", each)
	if each > 64<<10 {
		t.Errorf("a terminal takes %d bytes, more than 64 KiB", each)
	}
}

func TestNoAllocationInTheSteadyState(t *testing.T) {
	for name, data := range map[string][]byte{
		"plain": plainText(), "ls": listing(), "wide": wideText(), "dense": dense(), "regions": regions(),
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

// TestLinearTime repeats what is dear in a few bytes. What would cost more than
// a screen per sequence takes minutes here.
func TestLinearTime(t *testing.T) {
	for _, s := range []string{
		"\x1b[999999999b", "a\x1b[2147483647b", "\x1b[2147483647S", "\x1b[2147483647T", "\x1b[2147483647L", "\x1b[2147483647@",
		"\x1b[?1045h\x1b[2147483647D", "\x1b[2147483647I", "\x1b[2147483647Z", "\x1b[65;1;1;9999;9999$x", "\x1b[1;1;1;9999;9999*y",
		"\x1b[1;1;9999;9999;1;2;2;1$v", "\x1b[1;1;9999;9999;1;4;7$r", "\x1b[?47h\x1b[?47l", "\x1b#8", "\x1b[2J", "\x1b['}",
		"\x1b]4;" + strings.Repeat("1;?;", 50) + "\x07", "\x1b]8;" + strings.Repeat("id=a:", 50) + ";u\x07",
	} {
		data := []byte(strings.Repeat(s, 200))
		term := vt.New(vt.Options{Cols: 200, Rows: 60, Scrollback: 100})
		start := time.Now()
		_, _ = term.Write(data)
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("200 times %q takes %v", s, d)
		}
	}
}
