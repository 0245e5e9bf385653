package guard

import "net/http"

// Headers sets the security fields that every response has. Pages override
// Content-Security-Policy, whose default lets a browser load nothing, and
// stream iframes X-Frame-Options. Pages with a form should also set
// Referrer-Policy to same-origin: under no-referrer browsers send their forms
// with the Origin null. Where the client's connection has TLS, as Grant.Secure
// says, Strict-Transport-Security is added.
func Headers(w http.ResponseWriter, tls bool) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if tls {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
