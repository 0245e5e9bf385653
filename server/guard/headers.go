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
	h["X-Content-Type-Options"] = nosniff
	h["Referrer-Policy"] = noReferrer
	h["Cross-Origin-Opener-Policy"] = sameOrigin
	h["Cross-Origin-Resource-Policy"] = sameOrigin
	h["X-Frame-Options"] = deny
	h["Content-Security-Policy"] = nothingFromAnywhere
	if tls {
		h["Strict-Transport-Security"] = oneYear
	}
}

// What every answer has is not made anew for each poll. None of these is ever
// modified: they have no room to append to.
var (
	nosniff             = []string{"nosniff"}
	noReferrer          = []string{"no-referrer"}
	sameOrigin          = []string{"same-origin"}
	deny                = []string{"DENY"}
	nothingFromAnywhere = []string{"default-src 'none'; frame-ancestors 'none'"}
	oneYear             = []string{"max-age=31536000"}
)
