package e2e_test

import (
	"bufio"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// Our decoders beside the parsers that the servers of each era had. Valid
// inputs, and inputs made from them by random changes, are decoded by both. They
// must agree, but for differences that a list explains: one that no entry
// explains is an error, and so is an entry that explains nothing.

// inputs is how many inputs each parser gets, beside the directed ones.
const inputs = 1000

// parserProcess is a node process that holds all parsers.
type parserProcess struct {
	in  io.WriteCloser
	out *bufio.Reader
}

// TestParsers runs all comparisons with one process.
func TestParsers(t *testing.T) {
	node := startParsers(t)
	for name, test := range map[string]func(*testing.T, *parserProcess){
		"Engine.IO payloads":        engineIOParsersAgreeOnPayloads,
		"Engine.IO messages":        engineIOParsersAgreeOnMessages,
		"Engine.IO binary payloads": engineIOParsersAgreeOnBinaryPayloads,
		"Engine.IO both ways":       engineIOParsersReadEachOther,
		"Socket.IO packets":         socketIOParsersAgree,
		"Socket.IO both ways":       socketIOParsersReadEachOther,
		"0.9 packets":               parserOf09Agrees,
		"0.9 payloads":              parserOf09ReadsPayloads,
		"0.6 payloads":              parserOf06Agrees,
		"0.6 both ways":             parserOf06WritesTheSame,
	} {
		t.Run(name, func(t *testing.T) { test(t, node) })
	}
}

func startParsers(t *testing.T) *parserProcess {
	need(t, "node", "clients")
	cmd := exec.Command("node", "--no-deprecation", "parsers/main.mjs")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the parsers ended with %v", err)
		}
	})
	return &parserProcess{in, bufio.NewReaderSize(out, 1<<20)}
}

// ask has a parser do op for each of the inputs.
func ask[In, Out any](t *testing.T, p *parserProcess, parser, op string, inputs []In) []Out {
	t.Helper()
	request, err := json.Marshal(map[string]any{"parser": parser, "op": op, "inputs": inputs})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = p.in.Write(append(request, '\n')) // the answer tells whether it worked
	}()
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("%s: %s: %v", parser, op, err)
	}
	var results []Out
	if err := json.Unmarshal(line, &results); err != nil || len(results) != len(inputs) {
		t.Fatalf("%s: %s: %d results for %d inputs, %v", parser, op, len(results), len(inputs), err)
	}
	return results
}

// newRand returns the generator of a test's inputs. PARSERS_SEED has others
// than the usual ones tried.
func newRand(t *testing.T) *rand.Rand {
	seed := uint64(1)
	if s := os.Getenv("PARSERS_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	return rand.New(rand.NewPCG(seed, uint64(len(t.Name()))))
}

// mutate changes up to four places of a text, with pieces of what the formats
// are made of.
func mutate(r *rand.Rand, s string, pieces []string) string {
	for range r.IntN(5) {
		i, j := r.IntN(len(s)+1), r.IntN(len(s)+1)
		i, j = min(i, j), max(i, j)
		switch r.IntN(6) {
		case 0: // one character less
			_, n := utf8.DecodeRuneInString(s[i:])
			s = s[:i] + s[i+n:]
		case 1: // a part twice
			s = s[:j] + s[i:j] + s[j:]
		case 2: // cut off
			s = s[:max(i, len(s)-3)]
		case 3: // another digit
			if d := strings.IndexAny(s[i:], "0123456789"); d >= 0 {
				s = s[:i+d] + strconv.Itoa(r.IntN(10)) + s[i+d+1:]
			}
		default:
			s = s[:i] + pieces[r.IntN(len(pieces))] + s[i:]
		}
	}
	return s
}

// asText makes s something that a JavaScript string can hold.
func asText(s string) string { return strings.ToValidUTF8(s, "") }

// difference explains why we and a parser do not agree about some inputs.
type difference struct {
	why     string
	applies func(c comparison) bool
	used    bool
}

// comparison is what was made of one input: the good packets, and whether they
// ended with an error.
type comparison struct {
	parser, input string
	ours, theirs  []string
	oursErr       error
	theirsErr     string
}

func (c comparison) agrees() bool {
	return (c.oursErr == nil) == (c.theirsErr == "") && equalStrings(c.ours, c.theirs)
}

func equalStrings(a, b []string) bool {
	return len(a) == len(b) && strings.Join(a, "\x00") == strings.Join(b, "\x00")
}

// weStop reports whether we refused what the parser took, having agreed on all
// packets before it.
func (c comparison) weStop() bool {
	return c.oursErr != nil && len(c.ours) <= len(c.theirs) && equalStrings(c.ours, c.theirs[:len(c.ours)])
}

// explain looks for a reason why the two sides of c differ.
func explain(t *testing.T, c comparison, list []difference) {
	t.Helper()
	if c.agrees() {
		return
	}
	for i := range list {
		if list[i].applies(c) {
			list[i].used = true
			return
		}
	}
	t.Errorf("%s: %q:\n  ours   %q, %v\n  theirs %q, %s", c.parser, c.input, c.ours, c.oursErr, c.theirs, c.theirsErr)
}

// checkUsed checks that each explanation was needed.
func checkUsed(t *testing.T, list []difference) {
	t.Helper()
	for _, d := range list {
		if !d.used && !t.Failed() {
			t.Errorf("nothing was explained by %q", d.why)
		}
	}
}
