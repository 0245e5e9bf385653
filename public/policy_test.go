package public_test

import (
	"strings"
	"testing"

	"github.com/everwire/everwire/public"
)

func TestContentSecurityPolicy(t *testing.T) {
	site := newSite(t, true)
	for _, page := range public.PageNames {
		style := "'self'"
		if page == "shell" {
			style = "'self' 'unsafe-inline'"
		}
		want := map[string]string{
			"default-src":     "'none'",
			"script-src":      "'self'",
			"style-src":       style,
			"img-src":         "'self' data: blob:",
			"font-src":        "'self'",
			"connect-src":     "'self' ws: wss:",
			"frame-src":       "'self'",
			"frame-ancestors": "'none'",
			"base-uri":        "'none'",
			"form-action":     "'self'",
		}
		header := render(t, site, "/", page, public.Data{}).Header().Get("Content-Security-Policy")
		got := map[string]string{}
		for directive := range strings.SplitSeq(header, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(directive), " ")
			got[name] = value
		}
		if len(got) != len(want) {
			t.Errorf("page %s: %d directives, want %d", page, len(got), len(want))
		}
		for name, value := range want {
			if got[name] != value {
				t.Errorf("page %s: %s %q, want %q", page, name, got[name], value)
			}
		}
	}
}

func TestPageHeaders(t *testing.T) {
	site := newSite(t, true)
	for _, page := range public.PageNames {
		h := render(t, site, "/", page, public.Data{}).Header()
		for name, want := range map[string]string{
			"Content-Type":                 "text/html; charset=utf-8",
			"Cache-Control":                "no-store",
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("page %s: %s %q, want %q", page, name, got, want)
			}
		}
	}
}
