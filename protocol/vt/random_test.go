package vt_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/vt"
)

// randomPieces are what random streams are made of. Each %d becomes a small
// number.
var randomPieces = strings.Split(`a|b|xyz|0123456789|0123456789|漢|字|`+"e\u0301|\u0301|\u200d|\ufe0f|1\ufe0f\u20e3|\u093f"+`|👩|🚀|🇩|🇪|`+"\xff|\xe6\xbc"+
	`|^r|^n|^b|^t|^x0e|^x0f|^x7f`+
	`|~M|~D|~E|~6|~7|~8|~9|~H|~V|~W|~N|~O|~(0|~(B|~)0|~*0|~.A|~#3|~#4|~#5|~#6|~#8`+
	`|~[s|~[u|~[H|~[%d;%dH|~[%dG|~[%dd|~[%dA|~[%dB|~[%dC|~[%dD|~[%dI|~[%dZ|~[%db`+
	`|~[%dX|~[%dP|~[%d@|~[%dL|~[%dM|~[%dS|~[%dT|~[%dJ|~[%dK|~[?%dJ|~[?%dK`+
	`|~[%d'}|~[%d'~|~[%d @|~[%d A|~[g|~[3g|~[!p|~[%d q|~[2*x|~[0*x`+
	`|~[%d;%dr|~[r|~[%d;%ds|~[?69h|~[?69l|~[?6h|~[?6l|~[?7h|~[?7l|~[4h|~[4l|~[20h|~[20l`+
	`|~[?41h|~[?41l|~[?45h|~[?45l|~[?1045h|~[?2027h|~[?2027l|~[?1h|~[?25l|~[?25h|~[?2004h|~[?1000h|~[?1006h`+
	`|~[?47h|~[?47l|~[?1047h|~[?1047l|~[?1049h|~[?1049l`+
	`|~[m|~[3%dm|~[4%dm|~[1;4m|~[38;2;%d;2;3m|~[58;5;%dm|~[1"q|~[0"q`+
	`|~[%d;%d;%d;%d$x|~[%d;%d;%d;%d$z|~[%d;%d;%d;%d${|~[%d;%d;%d;%d;%d;%d;%d;1$v|~[%d;%d;%d;%d;7$r|~[%d;%d;%d;%d;1$t`+
	`|~]8;;http://a/%d^a|~]8;;^a|~]2;t%d^a|~]4;%d;#123456^a|~]5;%d;#123456^a|~]105^a|~]133;A^a`, "|")

var randomEscapes = strings.NewReplacer("~[", "\x1b[", "~]", "\x1b]", "~", "\x1b",
	"^r", "\r", "^n", "\n", "^b", "\b", "^t", "\t", "^a", "\a", "^x0e", "\x0e", "^x0f", "\x0f", "^x7f", "\x7f")

func randomPiece(r *rand.Rand) string {
	piece := randomPieces[r.IntN(len(randomPieces))]
	if rest, ok := strings.CutSuffix(piece, "'~"); ok { // DECDC: its tilde is one
		piece = randomEscapes.Replace(rest) + "'~"
	} else {
		piece = randomEscapes.Replace(piece)
	}
	numbers := make([]any, strings.Count(piece, "%d"))
	for i := range numbers {
		numbers[i] = r.IntN(8)
		if r.IntN(12) == 0 {
			numbers[i] = r.IntN(40)
		}
	}
	return fmt.Sprintf(piece, numbers...)
}

// A randomRun is a terminal that random pieces are written to.
type randomRun struct {
	*rand.Rand
	t      *testing.T
	term   *vt.Terminal
	opt    vt.Options
	stream []string
}

// FuzzStreams checks over streams of whole sequences, which FuzzWrite and its
// like rarely find, that bytes may be cut anywhere, that it does not matter when
// rows are looked at, and that diffs, repaints and snapshots give the same
// state. The fuzzer only chooses the stream.
func FuzzStreams(f *testing.F) {
	for seed := range uint64(64) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := &randomRun{Rand: rand.New(rand.NewPCG(7, seed)), t: t}
		r.opt = vt.Options{Cols: 1 + r.IntN(14), Rows: 2 + r.IntN(6), Scrollback: r.IntN(10)}
		r.term = vt.New(r.opt)
		switch seed % 5 {
		case 0:
			r.cut()
		case 1:
			r.diffs()
		case 2:
			r.repaints()
		case 3:
			r.snapshot()
		case 4:
			r.looks()
		}
	})
}

// next writes another piece.
func (r *randomRun) next() string {
	piece := randomPiece(r.Rand)
	r.stream = append(r.stream, piece)
	write(r.term, piece)
	return piece
}

// resize gives terminals another size now and then.
func (r *randomRun) resize(terms ...*vt.Terminal) {
	if r.IntN(12) > 0 {
		return
	}
	cols, rows := 1+r.IntN(16), 1+r.IntN(7)
	r.stream = append(r.stream, fmt.Sprintf("resize %d×%d", cols, rows))
	for _, t := range terms {
		t.Resize(cols, rows)
	}
}

func (r *randomRun) same(what, want, got string) {
	r.t.Helper()
	if want != got {
		r.t.Fatalf("%s of %d×%d after %q:\n%s", what, r.opt.Cols, r.opt.Rows, r.stream, diffLines(want, got))
	}
}

const randomLength = 40

func (r *randomRun) cut() {
	single := vt.New(r.opt)
	for range randomLength {
		piece := r.next()
		for i := range len(piece) {
			write(single, piece[i:i+1])
		}
		r.resize(r.term, single)
		checkInvariants(r.t, r.term)
		r.same("byte by byte", state(r.term, true), state(single, true))
	}
}

// looks has rows that came by scrolling, whose cells are made when they are wanted.
func (r *randomRun) looks() {
	unseen := vt.New(r.opt)
	for _, term := range [...]*vt.Terminal{r.term, unseen} {
		write(term, strings.Repeat("\n", 2*r.opt.Rows))
	}
	for range 2 * randomLength {
		write(unseen, r.next())
		if y := r.IntN(r.opt.Rows); r.IntN(2) == 0 {
			r.term.Row(y)
		} else {
			checkInvariants(r.t, r.term)
		}
		if r.IntN(16) == 0 {
			r.same("what was not looked at", state(r.term, true), state(unseen, true))
		}
	}
}

func (r *randomRun) diffs() {
	viewer, seen := vt.New(vt.Options{}), uint64(0)
	for range randomLength {
		r.next()
		r.resize(r.term)
		if r.IntN(4) > 0 {
			continue
		}
		if err := viewer.Apply(r.term.AppendDiff(nil, seen)); err != nil {
			r.t.Fatal(err)
		}
		seen = r.term.Generation()
		r.same("the diff", state(r.term, false), state(viewer, false))
	}
}

func (r *randomRun) repaints() {
	viewer, seen := vt.New(r.opt), uint64(0)
	for range randomLength {
		r.next()
		if r.IntN(4) > 0 {
			continue
		}
		stream := r.term.AppendANSI(nil, seen)
		_, _ = viewer.Write(stream)
		seen = r.term.Generation()
		r.same(fmt.Sprintf("the repaint %q", stream), state(r.term, false), state(viewer, false))
	}
}

func (r *randomRun) snapshot() {
	for range randomLength {
		r.next()
	}
	write(r.term, "\x18") // a snapshot does not have half a sequence
	fresh := vt.New(r.opt)
	stream := r.term.AppendSnapshot(nil, 1000)
	_, _ = fresh.Write(stream)
	r.same(fmt.Sprintf("the snapshot %q", stream), state(r.term, true), state(fresh, true))
	write(r.term, "\x1b8x")
	write(fresh, "\x1b8x")
	r.same(fmt.Sprintf("DECRC behind %q", stream), state(r.term, true), state(fresh, true))
}
