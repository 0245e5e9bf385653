package session_test

import (
	"testing"

	"github.com/everwire/everwire/session"
)

func TestShortIDIsAPrefixThatDoesNotAuthorise(t *testing.T) {
	for id, want := range map[string]string{
		"0123456789abcdefghijklmnop": "01234567",
		"01234567":                   "01234567",
		"short":                      "short",
		"":                           "",
	} {
		if got := session.ShortID(id); got != want {
			t.Errorf("%q: got %q, want %q", id, got, want)
		}
	}
}
