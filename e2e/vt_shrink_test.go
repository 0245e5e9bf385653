package e2e_test

import "unicode/utf8"

// shrink returns a stream that still fails and of which no step can be left
// out: delta debugging, with fewer steps left out each time. Then it does the
// same with the characters of text.
func (s vtStream) shrink(fails func(vtStream) bool) vtStream {
	s = s.withoutSteps(fails)
	if fine := s.inCharacters(); len(fine.Steps) > len(s.Steps) && fails(fine) {
		s = fine.withoutSteps(fails)
	}
	return s
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
// Sequences stay whole.
func (s vtStream) inCharacters() vtStream {
	var steps []vtStep
	for _, step := range s.Steps {
		if len(step.Write) == 0 || step.Write[0] == 0x1b || !utf8.Valid(step.Write) {
			steps = append(steps, step)
			continue
		}
		for _, r := range string(step.Write) {
			steps = append(steps, vtStep{Write: []byte(string(r))})
		}
	}
	return s.with(steps)
}
