package shell

import (
	"fmt"
	"sync"

	"github.com/everwire/everwire/session"
)

// slots counts the running shells. A negative limit means none.
type slots struct {
	max, maxPerUser int

	mu     sync.Mutex // guards below
	total  int
	byUser map[string]int
}

// take counts one more shell of user, or fails with TryAgainLater.
func (s *slots) take(user string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.max >= 0 && s.total >= s.max {
		return &failure{session.TryAgainLater, fmt.Sprintf(
			"this server runs as many shells as it may (%d): try again later", s.total)}
	}
	if s.maxPerUser >= 0 && s.byUser[user] >= s.maxPerUser {
		return &failure{session.TryAgainLater, fmt.Sprintf(
			"you have as many shells open as you may (%d): close one of them first", s.byUser[user])}
	}
	if s.byUser == nil {
		s.byUser = make(map[string]int)
	}
	s.total++
	s.byUser[user]++
	return nil
}

// free gives back what take counted.
func (s *slots) free(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total--
	if s.byUser[user]--; s.byUser[user] == 0 {
		delete(s.byUser, user)
	}
}
