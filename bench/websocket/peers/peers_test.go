package peers_test

import (
	"slices"
	"testing"

	"github.com/everwire/everwire/bench/websocket/peers"
)

func TestSet(t *testing.T) {
	var s peers.Set[string]
	s.Remove("nobody")
	s.Add("a")
	s.Add("b")
	s.Add("a")
	s.Remove("b")
	s.Add("c")
	all := s.All()
	slices.Sort(all)
	if want := []string{"a", "c"}; !slices.Equal(all, want) {
		t.Errorf("%v, want %v", all, want)
	}
}
