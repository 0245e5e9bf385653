package guard_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/everwire/everwire/server/guard"
)

// A server mounts the guard's handlers and asks Admit on its own routes.
func Example() {
	g, err := guard.New(guard.Config{
		Hosts: []string{"localhost:8080"},
		Token: "a-long-random-token",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/login", g.LoginHandler())
	mux.Handle("/tickets", g.TicketHandler())
	mux.HandleFunc("/ws/echo", func(w http.ResponseWriter, r *http.Request) {
		if g.Preflight(w, r) {
			return
		}
		g.CORS(w, r)
		grant, refusal := g.Admit(r, guard.Open)
		guard.Headers(w, grant.Secure)
		if refusal != nil {
			refusal.SetHeader(w.Header())
			http.Error(w, refusal.Message, refusal.Status)
			return
		}
		fmt.Fprintf(w, "a session of %s\n", grant.Principal)
	})

	ask := func(header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "http://localhost:8080/ws/echo", nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w
	}
	fmt.Println("stranger:", ask().Code)
	fmt.Print("bearer: ", ask("Authorization", "Bearer a-long-random-token").Body)

	form := strings.NewReader(url.Values{"token": {"a-long-random-token"}}.Encode())
	login := httptest.NewRequest("POST", "http://localhost:8080/login", form)
	login.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, login)
	cookie, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")

	fmt.Println("cookie alone:", ask("Cookie", cookie).Code)
	fmt.Println("cookie, foreign page:", ask("Cookie", cookie, "Origin", "http://evil.example").Code)
	fmt.Println("cookie, own page:", ask("Cookie", cookie, "Origin", "http://localhost:8080").Code)
	// Output:
	// stranger: 401
	// bearer: a session of owner
	// cookie alone: 403
	// cookie, foreign page: 403
	// cookie, own page: 200
}

// A ticket stands for its owner once, where neither header nor cookie can go.
func ExampleGuard_IssueTicket() {
	g, err := guard.New(guard.Config{Token: "a-long-random-token"})
	if err != nil {
		fmt.Println(err)
		return
	}
	ticket, err := g.IssueTicket(guard.Grant{Principal: guard.Owner})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		r := httptest.NewRequest("GET", "http://localhost/ws/echo?ticket="+ticket, nil)
		grant, refusal := g.Admit(r, guard.Open)
		if refusal != nil {
			fmt.Println(refusal.Status)
			continue
		}
		fmt.Println(grant.Principal, guard.RedactURL(r.URL))
	}
	// Output:
	// owner /ws/echo
	// 401
}

// A configuration for a server on this machine.
func ExampleHostsFor() {
	l := httptest.NewServer(http.NotFoundHandler())
	defer l.Close()
	for _, h := range guard.HostsFor(l.Listener.Addr()) {
		fmt.Println(h[:strings.LastIndexByte(h, ':')])
	}
	// Output:
	// 127.0.0.1
	// localhost
	// [::1]
}
