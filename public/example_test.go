package public_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/everwire/everwire/public"
)

// A server of two handlers: the page and what it loads.
func Example() {
	mux := http.NewServeMux()
	mux.Handle("/assets/", public.Assets())
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		public.Page(w, r, "landing", public.Data{
			CSRF:     "a value of this session",
			Handlers: []string{"shell", "chat", "echo"},
		})
	})

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 200 text/html; charset=utf-8
}

// What went wrong, and what to do about it.
func ExamplePage() {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	public.Page(w, r, "error", public.Data{
		Status:  http.StatusMisdirectedRequest,
		Title:   "Wrong host",
		Message: "This server does not answer for that name.",
		Remedy:  "Open the address exactly as the server printed it.",
	})
	fmt.Println(w.Code)
	// Output: 421
}
