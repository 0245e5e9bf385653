package peers

import "sync"

// Set is the open connections of a server that keeps none itself. The zero
// value is empty. Its methods may be called concurrently.
type Set[C comparable] struct {
	mu sync.Mutex // guards below
	m  map[C]struct{}
}

// Add adds a connection.
func (s *Set[C]) Add(c C) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = make(map[C]struct{})
	}
	s.m[c] = struct{}{}
}

// Remove takes a connection out.
func (s *Set[C]) Remove(c C) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.m, c)
}

// All returns the connections that there are now.
func (s *Set[C]) All() []C {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]C, 0, len(s.m))
	for c := range s.m {
		all = append(all, c)
	}
	return all
}
