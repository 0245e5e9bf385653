package flash

import (
	"net/http"
	"strconv"
)

// Crossdomain returns the handler of /crossdomain.xml, the policy for HTTP
// requests of Flash programs. It names the policy's Domains and no ports, for
// a URL has but one. They may make requests without fields of their own and
// read the answers.
//
// Any does not count here: such requests carry the visitor's cookies, so that
// every program in the world could read this server's pages as the visitor.
func Crossdomain(p Policy) http.Handler {
	body := []byte(prologue)
	for _, d := range p.exact() {
		body = append(body, `<allow-access-from domain="`...)
		body = appendAttribute(body, d)
		body = append(body, `"/>`...)
	}
	body = append(body, epilogue...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "This file is only for reading.", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/x-cross-domain-policy")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	})
}
