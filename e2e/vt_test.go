package e2e_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// vtBatch is how many streams are sent to Node before the first answer is read.
const vtBatch = 16

// A vtDuel plays streams to protocol/vt and to @xterm/headless.
type vtDuel struct {
	t     *testing.T
	xterm *vtXterm
	runs  int
}

// differ returns how the emulators differ after a stream.
func (d *vtDuel) differ(s vtStream) []string {
	d.t.Helper()
	d.runs++
	theirs, err := d.xterm.play(s)
	if err != nil {
		d.t.Fatalf("%v\n%v", err, s)
	}
	return s.compare(theirs)
}

// compare returns how protocol/vt differs after a stream.
func (s vtStream) compare(theirs *vtScreen) []string {
	if theirs.Error != "" {
		return []string{"theirs throws " + theirs.Error}
	}
	ours := playVT(s)
	if s.NoHistory {
		ours.History, theirs.History = nil, nil
	}
	found := vtCompare(ours, theirs)
	if s.Wraps {
		found = append(found, compareWraps(ours, theirs)...)
	}
	return found
}

// TestVTStreams compares both emulators over streams that are generated, the
// same ones in every run. EVERWIRE_VT_SEED, a number, adds others: the list of
// differences is long, and no other change is to fail for a new kind of them.
func TestVTStreams(t *testing.T) { compareStreams(t, 1000, (*vtGenerator).stream) }

// TestVTReflow does the same for text that is wrapped anew.
func TestVTReflow(t *testing.T) { compareStreams(t, 200, (*vtGenerator).reflow) }

func compareStreams(t *testing.T, n int, generate func(*vtGenerator) vtStream) {
	streams := generateVT(1, n, generate)
	if text := os.Getenv("EVERWIRE_VT_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		streams = append(streams, generateVT(seed, n, generate)...)
	}
	// One side often waits for the other.
	const abreast = 2
	size := (len(streams) + abreast - 1) / abreast
	for part := range slices.Chunk(streams, size) {
		t.Run("part", func(t *testing.T) {
			t.Parallel()
			compareThese(t, part)
		})
	}
}

func compareThese(t *testing.T, streams []vtStream) {
	d := &vtDuel{t: t, xterm: startVTXterm(t)}
	known := map[string]int{}
	for len(streams) > 0 {
		batch := streams[:min(vtBatch, len(streams))]
		streams = streams[len(batch):]
		for i, differs := range d.batch(batch) {
			if differs {
				d.explain(batch[i], known)
			}
		}
		if t.Failed() {
			break
		}
	}
	t.Logf("%d runs; explained differences: %v", d.runs, known)
}

// generateVT returns streams of a seed.
func generateVT(seed uint64, n int, generate func(*vtGenerator) vtStream) []vtStream {
	streams := make([]vtStream, n)
	for i := range streams {
		g := vtGenerator{Rand: rand.New(rand.NewPCG(seed, uint64(i)))}
		streams[i] = generate(&g)
	}
	return streams
}

// batch reports which of the streams give a difference.
func (d *vtDuel) batch(streams []vtStream) []bool {
	d.t.Helper()
	for _, s := range streams {
		if err := d.xterm.ask(s.split(rand.New(rand.NewPCG(1, uint64(len(s.Steps)))))); err != nil {
			d.t.Fatal(err)
		}
	}
	differs := make([]bool, len(streams))
	for i, s := range streams {
		d.runs++
		theirs, err := d.xterm.answer()
		if err != nil {
			d.t.Fatalf("%v\n%v", err, s)
		}
		differs[i] = len(s.compare(theirs)) > 0
	}
	return differs
}

// explain shrinks a stream that gives a difference and looks the difference up.
// If it is a known one, the step that brings it is left out, and what remains
// is compared again. It returns the steps left out.
func (d *vtDuel) explain(s vtStream, known map[string]int) (out []vtStep) {
	d.t.Helper()
	for range 50 {
		if len(d.differ(s)) == 0 {
			return out
		}
		least := s.shrink(func(s vtStream) bool { return len(d.differ(s)) > 0 })
		found := d.differ(least)
		why := explainVT(least, found)
		if why == nil {
			d.t.Errorf("not explained: %v\n%s\nours shows:\n%s", least, strings.Join(found[:min(len(found), 12)], "\n"), playVT(least).text())
			return out
		}
		known[why.name]++
		cause := least.cause()
		out = append(out, cause)
		s = s.without(cause)
	}
	d.t.Errorf("too many differences in one stream: %v", s)
	return out
}
