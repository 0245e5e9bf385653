package e2e_test

import (
	"slices"
	"sort"
	"unicode"
	"unicode/utf8"
)

// shrink returns a stream that still fails and of which no step can be left
// out: delta debugging, with fewer steps left out each time. Then it does the
// same with the characters of text.
func (s vtStream) shrink(fails func(vtStream) bool) vtStream {
	s = s.start(fails).withoutSteps(fails)
	if fine := s.inCharacters(); len(fine.Steps) > len(s.Steps) && fails(fine) {
		s = fine.withoutSteps(fails)
	}
	return s
}

// start returns a start of the stream that fails: the shortest, if what fails
// goes on to fail.
func (s vtStream) start(fails func(vtStream) bool) vtStream {
	n := sort.Search(len(s.Steps)-1, func(n int) bool { return fails(s.with(s.Steps[:n+1])) })
	return s.with(s.Steps[:n+1])
}

func (s vtStream) withoutSteps(fails func(vtStream) bool) vtStream {
	for size := max(len(s.Steps)/2, 1); ; size /= 2 {
		for at := 0; at < len(s.Steps); {
			less := make([]vtStep, 0, len(s.Steps))
			less = append(less, s.Steps[:at]...)
			less = append(less, s.Steps[min(at+size, len(s.Steps)):]...)
			if smaller := s.with(less); fails(smaller) {
				s = smaller
			} else {
				at += size
			}
		}
		if size <= 1 {
			return s
		}
	}
}

// inCharacters returns the stream with a step for each character of text.
// Sequences stay whole, and so do characters with what combines with them.
func (s vtStream) inCharacters() vtStream {
	var steps []vtStep
	for _, step := range s.Steps {
		if step.Cols > 0 || len(step.Write) == 0 || step.Write[0] == 0x1b || !utf8.Valid(step.Write) {
			steps = append(steps, step)
			continue
		}
		for _, r := range string(step.Write) {
			c := []byte(string(r))
			if last := len(steps) - 1; last >= 0 && unicode.In(r, unicode.Mn, unicode.Mc, unicode.Me) && steps[last].isText() {
				steps[last].Write = append(slices.Clip(steps[last].Write), c...)
				continue
			}
			steps = append(steps, vtStep{Write: c})
		}
	}
	return s.with(steps)
}

// isText reports whether a step is a character, with what combines with it.
func (s vtStep) isText() bool {
	return s.Cols == 0 && len(s.Write) > 0 && len(s.Write) < 8 && s.Write[0] > ' '
}

// cause returns the step of a smallest stream that is most likely the reason
// for what it shows: the last sequence, or character that is not ASCII.
func (s vtStream) cause() vtStep {
	for _, likely := range []func(byte) bool{
		func(c byte) bool { return c == 0x1b },
		func(c byte) bool { return c >= utf8.RuneSelf },
	} {
		for _, step := range slices.Backward(s.Steps) {
			if step.Cols == 0 && len(step.Write) > 0 && likely(step.Write[0]) {
				return step
			}
		}
	}
	return s.Steps[len(s.Steps)-1]
}
