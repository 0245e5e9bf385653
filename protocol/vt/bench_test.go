//go:build unix

package vt_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/vt"
)

// The streams of the benchmarks, 32 KiB each.

func stream(line func(b *bytes.Buffer, r *rand.Rand)) []byte {
	var b bytes.Buffer
	r := rand.New(rand.NewPCG(1, 2))
	for b.Len() < 32<<10 {
		line(&b, r)
	}
	return b.Bytes()[:32<<10]
}

func plainText() []byte {
	words := strings.Fields("the quick brown fox jumps over a lazy dog while seven wizards watch from the tower")
	return stream(func(b *bytes.Buffer, r *rand.Rand) {
		for range 6 + r.IntN(10) {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteByte(' ')
		}
		b.WriteString("\r\n")
	})
}

func listing() []byte {
	return stream(func(b *bytes.Buffer, r *rand.Rand) {
		color := [...]string{"01;34", "01;32", "01;36", "01;31", "00"}[r.IntN(5)]
		fmt.Fprintf(b, "-rw-r--r-- 1 root root %7d Nov %2d 12:%02d \x1b[0m\x1b[%sm%x.tar\x1b[0m\r\n",
			r.IntN(1e7), 1+r.IntN(30), r.IntN(60), color, r.Uint32())
	})
}

func wideText() []byte {
	return stream(func(b *bytes.Buffer, r *rand.Rand) {
		for range 30 {
			switch r.IntN(6) {
			case 0:
				b.WriteRune('😀' + r.Int32N(60))
			case 1:
				b.WriteString("e\u0301")
			default:
				b.WriteRune('一' + r.Int32N(8000))
			}
		}
		b.WriteString("\r\n")
	})
}

func dense() []byte {
	return stream(func(b *bytes.Buffer, r *rand.Rand) {
		b.WriteString("\x1b[H")
		for range 4800 {
			fmt.Fprintf(b, "\x1b[38;2;%d;%d;%dm%c", r.IntN(256), r.IntN(256), r.IntN(256), 'a'+r.IntN(26))
		}
	})
}

func regions() []byte {
	return stream(func(b *bytes.Buffer, r *rand.Rand) {
		fmt.Fprintf(b, "\x1b[5;35r\x1b[%d;1Hsome text of a line in a region that scrolls, as in an editor", 5+r.IntN(30))
		b.WriteString([...]string{"\x1b[L", "\x1b[M", "\x1b[4@", "\x1b[3P", "\x1b[35;1H\n", "\x1b[5;1H\x1bM"}[r.IntN(6)])
		b.WriteString("another line of text follows here\x1b[K")
	})
}

func BenchmarkWrite(b *testing.B) {
	for _, bb := range []struct {
		name       string
		data       []byte
		scrollback int
	}{
		{"plain", plainText(), 0},
		{"plain/scrollback", plainText(), 10000},
		{"ls", listing(), 0},
		{"ls/scrollback", listing(), 10000},
		{"wide", wideText(), 0},
		{"wide/scrollback", wideText(), 10000},
		{"dense", dense(), 0},
		{"regions", regions(), 0},
	} {
		b.Run(bb.name, func(b *testing.B) {
			t := vt.New(vt.Options{Cols: 120, Rows: 40, Scrollback: bb.scrollback})
			for i := 0; i < 20 || t.HistoryLen() < bb.scrollback; i++ {
				_, _ = t.Write(bb.data)
			}
			b.SetBytes(int64(len(bb.data)))
			b.ReportAllocs()
			b.ResetTimer()
			before := cpuTime()
			for range b.N {
				_, _ = t.Write(bb.data)
			}
			if used := cpuTime() - before; used > 0 {
				b.ReportMetric(float64(b.N*len(bb.data))/1e6/used.Seconds(), "MB/cpu-s")
			}
		})
	}
}

// cpuTime returns the time that this process has had, which other work on the
// machine does not change much.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
