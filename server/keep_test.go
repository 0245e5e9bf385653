package server_test

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
)

func TestKeepHeaders(t *testing.T) {
	for _, tt := range []struct {
		name string
		keep []string
		want http.Header
	}{
		{"default", nil, http.Header{"Origin": {"https://a.example"}, "User-Agent": {"test/1"}}},
		{"none but the origin", []string{}, http.Header{"Origin": {"https://a.example"}}},
		{"chosen, in any case", []string{"x-team", "COOKIE", "origin"},
			http.Header{"Origin": {"https://a.example"}, "X-Team": {"red", "blue"}, "Cookie": {"a=b"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, server.Options{KeepHeaders: tt.keep,
				Guard: unlimited(guard.Config{AnyOrigin: true})})
			s.do("GET", "/ws/echo", "", append([]string{"Origin", "https://a.example", "User-Agent", "test/1", "Cookie", "a=b",
				"X-Team", "red", "X-Team", "blue"}, handshake...)...)
			if got := s.the().Peer().Header; !reflect.DeepEqual(got, tt.want) {
				t.Errorf("header %v, want %v", got, tt.want)
			}
		})
	}
}
