package vt_test

import (
	"bytes"
	"testing"

	"github.com/everwire/everwire/protocol/vt"
)

// seeds are streams with something of everything.
var seeds = []string{
	"plain text\r\nand more of it\ttab\b\b",
	"\x1b[1;31mred\x1b[0m \x1b[38;2;1;2;3mrgb\x1b[48:5:9m\x1b[4:3m\x1b[58:2::9:8:7mcurly\x1b[m",
	"\x1b[?1049h\x1b[2J\x1b[5;10H漢字 e\u0301 \U0001F600\x1b[?1049l",
	"\x1b[2;4r\x1b[4;1Ha\nb\nc\x1bM\x1b[1;1H\x1bM\x1b[3L\x1b[2M\x1b[2S\x1b[T",
	"\x1b[?69h\x1b[3;9s\x1b[2;4Habcdefghijklm\x1b[2@\x1b[P\x1b['}\x1b['~\x1b6\x1b9",
	"0123456789012345678901234567890123456789\x1b[A\x1b[K\x1b[1K\x1b[J\x1b[1J\x1b[?6h\x1b[5;5H",
	"\x1b[?2027h\U0001F468\u200D\U0001F469\u200D\U0001F467 \U0001F1E9\U0001F1EA ❤\uFE0F 각\x1b[?2027l",
	"\x1b]0;title\x07\x1b]8;id=a;http://example.org/\x1b\\link\x1b]8;;\x1b\\\x1b]4;1;rgb:ff/00/00\x1b\\",
	"\x1b]133;A\x07$ \x1b]133;B\x07ls\r\n\x1b]133;C\x07out\r\n\x1b]133;D;0\x07",
	"\x1b[1;2;3;4$x\x1b[65;1;1;3;3$x\x1b[1;1;2;2;1;4;4;1$v\x1b[1;1;5;5;7$r\x1b[1;1;3;3$t\x1b[1\"q\x1b[?J\x1b[2;2;3;3$z",
	"\x1b(0lqqk\x1b(B\x0e\x1b)0x\x0f\x1bNa\x1b%G\x1b#8\x1b#3\x1b#4\x1b#6",
	"\x1bP$qm\x1b\\\x1bP+q544E\x1b\\\x1bPq#0~~-~\x1b\\\x1b]1337;File=:AAAA\x07",
	"\x1b7\x1b[3;3H\x1b8\x1b[s\x1b[u\x1b[!p\x1b[?3h\x1b[5b\x1b[2 @\x1b[ A\x1b[3 q\x1bH\x1b[g\x1b[Z\x1b[2I",
	"a\xff\xc3(\xe2\x82\xf0\x9f\x98\xc2\x9b31mC1\xc2\x85\xc2\x9d0;t\xc2\x9c\x1bX skip \x1b\\",
	"\x1b[?45h\x1b[?7habcdefghijklmnopqrstuvwxyz\b\b\b\b\x1b[30D\x1b[?1045h\x1b[40D",
	"\x1b[999999999999;5H\x1b[1:2:3;;4m\x1b[<1;2M\x1b[>c\x1b[=c\x1b[?1$p\x1b[4$p\x1b[1;1;1;1;5;5*y\x1b[18t\x1b[x\x1b[6n",
}

// addSeeds adds the seeds, and some of them one behind the other.
func addSeeds(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), uint64(i))
		f.Add([]byte(s+seeds[(i*7+3)%len(seeds)]+s), uint64(i))
		f.Add([]byte("\r\n\n\n\n\n\n\n\n\n"+s+"\x1b[m\r\n"+s), uint64(941*i+1513)) // with a history
	}
}

func small(seed uint64) vt.Options {
	return vt.Options{
		Cols: 1 + int(seed%29), Rows: 1 + int(seed/29%9), Scrollback: int(seed / 300 % 20),
		Graphemes: seed%5 == 0,
	}
}

// FuzzWrite writes anything, resizes between, and looks at everything.
func FuzzWrite(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		term := vt.New(small(seed))
		for i, p := range pieces(data, seed) {
			_, _ = term.Write(p)
			if i%5 == 4 {
				term.Resize(1+int(seed>>8)%40, 1+int(seed>>16)%12)
				seed = seed*31 + 7
			}
			checkInvariants(t, term)
		}
		_ = state(term, true)
		_ = term.AppendAccessible(nil)
		if n := len(term.AppendReplies(nil)); n > 128<<10 {
			t.Fatalf("%d bytes of replies", n)
		}
	})
}

// checkInvariants checks what holds at any time.
func checkInvariants(t *testing.T, term *vt.Terminal) {
	t.Helper()
	if err := term.CheckDrafts(); err != nil {
		t.Fatal(err)
	}
	cols, rows := term.Size()
	c := term.Cursor()
	if c.X < 0 || c.X >= cols || c.Y < 0 || c.Y >= rows {
		t.Fatalf("cursor %d,%d outside of %d×%d", c.X, c.Y, cols, rows)
	}
	for y := range rows {
		r := term.Row(y)
		if r.Len() != cols {
			t.Fatalf("row %d has %d cells of %d", y, r.Len(), cols)
		}
		for x := range cols {
			switch w := r.Cell(x).Width; {
			case w == 2 && (x+1 >= cols || r.Cell(x+1).Width != 0):
				t.Fatalf("%d,%d: a wide character without its right half", x, y)
			case w == 0 && (x == 0 || r.Cell(x-1).Width != 2):
				t.Fatalf("%d,%d: a right half without its left one", x, y)
			}
		}
	}
}

// FuzzSplit checks that it does not matter where the bytes are cut.
func FuzzSplit(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		whole, cut, single := vt.New(small(seed)), vt.New(small(seed)), vt.New(small(seed))
		_, _ = whole.Write(data)
		for _, p := range pieces(data, seed) {
			_, _ = cut.Write(p)
		}
		for i := range data {
			_, _ = single.Write(data[i : i+1])
		}
		want := state(whole, true)
		checkSame(t, "cut", want, state(cut, true))
		checkSame(t, "byte by byte", want, state(single, true))
		replies := whole.AppendReplies(nil)
		if got := cut.AppendReplies(nil); !bytes.Equal(got, replies) {
			t.Fatalf("replies %q, cut %q", replies, got)
		}
		if got := single.AppendReplies(nil); !bytes.Equal(got, replies) {
			t.Fatalf("replies %q, byte by byte %q", replies, got)
		}
	})
}

// FuzzDiff checks that a viewer that gets diffs now and then has the same state.
func FuzzDiff(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		term, viewer := vt.New(small(seed)), vt.New(vt.Options{})
		seen := uint64(0)
		for i, p := range pieces(data, seed) {
			_, _ = term.Write(p)
			if i%11 == 10 {
				term.Resize(1+int(seed>>8)%40, 1+int(seed>>16)%12)
				seed = seed*31 + 7
			}
			if i%3 == 0 {
				checkDiff(t, term, viewer, seen)
				seen = term.Generation()
			}
		}
		checkDiff(t, term, viewer, seen)
	})
}

func checkDiff(t *testing.T, term, viewer *vt.Terminal, seen uint64) {
	t.Helper()
	diff := term.AppendDiff(nil, seen)
	if err := viewer.Apply(diff); err != nil {
		t.Fatalf("apply %q: %v", diff, err)
	}
	checkSame(t, "diff", state(term, false), state(viewer, false))
}

// FuzzApply applies anything.
func FuzzApply(f *testing.F) {
	for _, s := range seeds {
		term := vt.New(vt.Options{Cols: 20, Rows: 5})
		seen := term.Generation()
		write(term, s)
		f.Add(term.AppendDiff(nil, 0), term.AppendDiff(nil, seen))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		term := vt.New(vt.Options{})
		_ = term.Apply(first)
		_ = term.Apply(second)
		checkInvariants(t, term)
		_ = term.AppendSnapshot(term.AppendANSI(nil, 0), 10)
		_ = term.AppendAccessible(term.AppendRowJSON(nil, 0))
		checkDiff(t, term, vt.New(vt.Options{}), 0)
		write(term, "\x1b[3;3Habc\x1b[2J漢\n\n\n")
		checkInvariants(t, term)
		_ = state(term, true)
	})
}

// FuzzANSI checks that a terminal which is fed what another one serialises has
// the same state: from a snapshot with the history, and kept up to date by
// repaints.
func FuzzANSI(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		term, viewer := vt.New(small(seed)), vt.New(small(seed))
		seen := uint64(0)
		for i, p := range pieces(data, seed) {
			_, _ = term.Write(p)
			if i%3 == 0 {
				checkRepaint(t, term, viewer, seen)
				seen = term.Generation()
			}
		}
		checkRepaint(t, term, viewer, seen)

		if _, rows := term.Size(); rows == 1 {
			return // no row of the snapshot continues the one above
		}
		write(term, "\x18") // a snapshot does not have half a sequence
		fresh := vt.New(small(seed))
		stream := term.AppendSnapshot(nil, 1000)
		_, _ = fresh.Write(stream)
		if want, got := state(term, true), state(fresh, true); want != got {
			t.Fatalf("snapshot %q:\n%s", stream, diffLines(want, got))
		}
		write(term, "\x1b8x")
		write(fresh, "\x1b8x")
		checkSame(t, "after DECRC", state(term, true), state(fresh, true))
	})
}

func checkRepaint(t *testing.T, term, viewer *vt.Terminal, seen uint64) {
	t.Helper()
	stream := term.AppendANSI(nil, seen)
	_, _ = viewer.Write(stream)
	if want, got := state(term, false), state(viewer, false); want != got {
		t.Fatalf("repaint since %d %q:\n%s", seen, stream, diffLines(want, got))
	}
}
