package e2e_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// A vtStep is one thing that happens to a terminal: a new size if Cols is not 0,
// then bytes of a program.
type vtStep struct {
	Write []byte `json:"write,omitempty"` // base64 in JSON
	Cols  int    `json:"cols,omitempty"`
	Rows  int    `json:"rows,omitempty"`
}

// A vtStream is a terminal's life. A generated one has a step for each
// sequence, so that it can be made smaller step by step.
type vtStream struct {
	Cols      int      `json:"cols"`
	Rows      int      `json:"rows"`
	Graphemes bool     `json:"graphemes"` // mode 2027 is set from the beginning
	Setup     string   `json:"setup"`     // is written first
	Steps     []vtStep `json:"steps"`
	Wraps     bool     `json:"-"` // compare which rows go on too
	NoHistory bool     `json:"-"` // compare the screen only
}

// with returns the stream with other steps.
func (s vtStream) with(steps []vtStep) vtStream {
	s.Steps = steps
	return s
}

func (s vtStream) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%dx%d", s.Cols, s.Rows)
	if s.Graphemes {
		b.WriteString(" graphemes")
	}
	for _, step := range s.Steps {
		if step.Cols > 0 {
			fmt.Fprintf(&b, " (resize %dx%d)", step.Cols, step.Rows)
		}
		if len(step.Write) > 0 {
			fmt.Fprintf(&b, " %+q", step.Write)
		}
	}
	return b.String()
}

// split returns the stream with the same bytes in other pieces: some
// sequences are cut, some arrive together.
func (s vtStream) split(r *rand.Rand) vtStream {
	var steps []vtStep
	var piece []byte
	flush := func() {
		if len(piece) > 0 {
			steps = append(steps, vtStep{Write: piece})
			piece = nil
		}
	}
	for _, step := range s.Steps {
		if step.Cols > 0 {
			flush()
			steps = append(steps, step)
			continue
		}
		for _, c := range step.Write {
			if piece = append(piece, c); r.IntN(12) == 0 {
				flush()
			}
		}
	}
	flush()
	return s.with(steps)
}

// without returns the stream without a step, wherever it stands. Text is in
// characters then.
func (s vtStream) without(out ...vtStep) vtStream {
	var steps []vtStep
	for _, step := range s.inCharacters().Steps {
		if !slices.ContainsFunc(out, step.equal) {
			steps = append(steps, step)
		}
	}
	return s.with(steps)
}

func (s vtStep) equal(other vtStep) bool {
	return bytes.Equal(s.Write, other.Write) && s.Cols == other.Cols && s.Rows == other.Rows
}

// vtQuery is what a program asks that each emulator answers for itself, or that
// only ours answers: DA, XTVERSION, XTGETTCAP, XTQMODKEYS, DECRQM of the
// cursor's blinking, colours. See "who it is" and others in the list of
// differences.
var vtQuery = regexp.MustCompile(`^\x1b(\[[>=]?\d*[cq]$|P\+q|\[\?4m|\[\?12\$p|\](1[0-2]|4;\d+);\?)`)

// withoutQueries returns a stream in sequences without those.
func (s vtStream) withoutQueries() vtStream {
	return s.with(slices.DeleteFunc(slices.Clone(s.Steps), func(step vtStep) bool { return vtQuery.Match(step.Write) }))
}

// vtSequence is one control sequence, control string, other escape sequence or
// control character, or text up to the next one.
var vtSequence = regexp.MustCompile(`(?s)^(\x1b\[[0-?]*[ -/]*[@-~]|\x1b[]PX^_].*?(\x07|\x1b\\)|\x1b[ -/]*[0-~]|[\x00-\x1f]|[^\x00-\x1f]+)`)

// inSequences returns a recorded stream with a step for each sequence.
func (s vtStream) inSequences() vtStream {
	var steps []vtStep
	var rest []byte
	for _, step := range s.Steps {
		if step.Cols > 0 {
			steps = append(steps, step)
			continue
		}
		rest = append(rest, step.Write...)
		for len(rest) > 0 {
			n := len(vtSequence.Find(rest))
			if n == 0 {
				break // it is cut
			}
			steps = append(steps, vtStep{Write: bytes.Clone(rest[:n])})
			rest = rest[n:]
		}
	}
	if len(rest) > 0 {
		steps = append(steps, vtStep{Write: rest})
	}
	return s.with(steps)
}
