package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/transports/transporttest"
)

// announced are the handlers that /healthz lists.
func announced(t *testing.T, srv *server.Server) []string {
	t.Helper()
	rec := httptest.NewRecorder()
	srv.ServeHTTP(rec, httptest.NewRequest("GET", "/healthz", nil))
	var rep struct{ Handlers []string }
	if err := json.Unmarshal(rec.Body.Bytes(), &rep); err != nil || rep.Handlers == nil {
		t.Fatalf("%s: %v", rec.Body, err)
	}
	return rep.Handlers
}

func TestHandlersAreAnnouncedByName(t *testing.T) {
	srv := server.New(server.Options{})
	if got := announced(t, srv); len(got) != 0 {
		t.Errorf("at first: %q", got)
	}
	srv.Of("/")
	srv.Of("/room")
	srv.HandleRaw("raw", transporttest.Echo)
	srv.Handle("echo", transporttest.Echo)
	srv.Of("/chat")
	srv.Announce("chat")
	srv.Announce("echo")
	if got := announced(t, srv); !slices.Equal(got, []string{"chat", "echo", "raw"}) {
		t.Errorf("got %q", got)
	}
}

func TestHandleRefusesWhatIsNoName(t *testing.T) {
	srv := server.New(server.Options{})
	routes := len(srv.Routes())
	for name, register := range map[string]func(name string){
		"Handle":    func(name string) { srv.Handle(name, transporttest.Echo) },
		"HandleRaw": func(name string) { srv.HandleRaw(name, transporttest.Echo) },
		"Announce":  srv.Announce,
	} {
		for _, bad := range []string{"", ".", "..", "a/b", "a?b", "a{b}", "a%b", "a b", "a,b", "a\nb", "é", "a:b"} {
			func() {
				defer func() {
					if v := recover(); !strings.Contains(fmt.Sprint(v), "is no name for a handler") {
						t.Errorf("%s(%q) panicked with %v", name, bad, v)
					}
				}()
				register(bad)
			}()
		}
	}
	if got := announced(t, srv); len(got) != 0 || len(srv.Routes()) != routes {
		t.Errorf("registered: %q, %v", got, srv.Routes())
	}
	srv.Handle("A.z_0-9", transporttest.Echo)
	if got := announced(t, srv); !slices.Equal(got, []string{"A.z_0-9"}) {
		t.Errorf("got %q", got)
	}
}

// TestRegisteringWhileServing is for the race detector.
func TestRegisteringWhileServing(t *testing.T) {
	srv := server.New(server.Options{Guard: unlimited(guard.Config{})})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for k := range 50 {
				name := fmt.Sprint("h", i, "-", k)
				srv.Handle(name, transporttest.Echo)
				srv.Public("/public/"+name, http.NotFoundHandler())
				rec := httptest.NewRecorder()
				srv.ServeHTTP(rec, httptest.NewRequest("GET", "/ws/"+name, nil))
				if rec.Code != http.StatusUpgradeRequired {
					t.Errorf("%s: %d", name, rec.Code)
				}
				announced(t, srv)
			}
		})
	}
	wg.Wait()
}

// TestAPollDoesNotHinderRegistering: nor does who registers hinder the others.
func TestAPollDoesNotHinderRegistering(t *testing.T) {
	srv := server.New(server.Options{})
	srv.Public("/slow", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		srv.HandleRaw("late", transporttest.Echo)
	}))
	srv.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/slow", nil))
	if got := announced(t, srv); !slices.Equal(got, []string{"late"}) {
		t.Errorf("got %q", got)
	}
}

// TestALoginWithoutAScriptIsAnsweredWithAPage by Options.Refused.
func TestALoginWithoutAScriptIsAnsweredWithAPage(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token}),
		Refused: func(w http.ResponseWriter, _ *http.Request, why *guard.Refusal) {
			w.WriteHeader(why.Status)
			fmt.Fprint(w, "page: ", why.Message)
		}})
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	if got := s.do("POST", "/login", "token=wrong", form...); got.status != 401 || !strings.HasPrefix(got.body, "page: The token is wrong.") {
		t.Errorf("%d %q", got.status, got.body)
	}
	got := s.do("POST", "/login", "token=wrong", append(form, "Accept", "application/json")...)
	if got.status != 401 || !strings.HasPrefix(got.body, "{") {
		t.Errorf("a script: %d %q", got.status, got.body)
	}
}
