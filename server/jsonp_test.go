package server_test

import (
	"strings"
	"testing"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
)

// partner is the named origin of another site, whose pages load scripts from
// this one.
const partner = "http://partner.example"

// What browsers say of a script that a page of the partner loads, and of a form
// that it sends: those of today, and those that had no XMLHttpRequest for other
// origins. A Referer can be forged by nobody and left away by everybody.
var browsers = []struct {
	name         string
	script, form []string
}{
	{"of today", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script", "Referer", partner + "/page"},
		[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe", "Origin", partner}},
	{"of 2010", []string{"Referer", partner + "/page"}, []string{"Referer", partner + "/page"}},
}

// withTicket adds one to the query of a target.
func withTicket(target, ticket string) string {
	sep := "?"
	if strings.Contains(target, "?") {
		sep = "&"
	}
	return target + sep + "ticket=" + ticket
}

// TestJSONPOfANamedOriginNeedsATicket: a script says of no origin, so the name in
// the list proves nothing, and neither do the cookie and the Referer. A ticket
// opens the session, whose id is then authority enough.
func TestJSONPOfANamedOriginNeedsATicket(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token, Origins: []string{partner}})})
	cookie, _ := s.login()
	for _, tk := range talks {
		if tk.callback == "" {
			continue
		}
		for _, b := range browsers {
			for _, more := range [][]string{nil, {"Cookie", cookie}} {
				s.do("GET", tk.open, "", append(more, b.script...)...)
				if s.Sessions() != 0 {
					t.Fatalf("%s, browser %s, %v: a session was opened without a ticket", tk.name, b.name, more)
				}
			}
			ticket := s.ticket()
			tk := tk
			tk.open = withTicket(tk.open, ticket)
			sid, _ := tk.begin(s, b.script...)
			c := s.Manager().Get(sid)
			// The page goes on with the query that it has begun with.
			if strings.HasPrefix(tk.name, "0.9") {
				s.do("GET", withTicket(at(tk.poll, sid), ticket), "", b.script...)
			}
			tk.say(s, sid, "welcome")
			if got := s.do("GET", withTicket(at(tk.poll, sid), ticket), "", b.script...); got.status != 200 || !strings.Contains(got.body, "welcome") {
				t.Errorf("%s, browser %s: poll: %d %s", tk.name, b.name, got.status, got.body)
			}
			form := append([]string{"Content-Type", "application/x-www-form-urlencoded"}, b.form...)
			if got := s.do("POST", withTicket(at(tk.post, sid), ticket), tk.body("x"), form...); got.status != 200 {
				t.Errorf("%s, browser %s: form: %d %s", tk.name, b.name, got.status, got.body)
			}
			c.Kill(&session.CloseError{Code: session.Normal})
			s.do("GET", tk.open, "", b.script...)
			if s.Sessions() != 0 {
				t.Fatalf("%s, browser %s: the ticket has opened two sessions", tk.name, b.name)
			}
		}
	}
}

// TestJSONPAndTheCookieOfALogin: a browser of today sends it along from another
// port or name of the same site, and says that the page is not ours.
func TestJSONPAndTheCookieOfALogin(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token, Origins: []string{partner}})})
	cookie, csrf := s.login()
	script := []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script", "Cookie", cookie}
	for _, tk := range talks {
		if tk.callback == "" {
			continue
		}
		tk.open = withTicket(tk.open, s.ticket())
		sid, _ := tk.begin(s, script...)
		c := s.Manager().Get(sid)
		tk.say(s, sid, "welcome")
		if got := s.do("GET", at(tk.poll, sid), "", script...); got.status != 403 {
			t.Errorf("%s: poll with a cookie that nothing vouches for: %d %s", tk.name, got.status, got.body)
		}
		proof := withTicket(at(tk.poll, sid), "spent") + "&csrf=" + csrf
		if got := s.do("GET", proof, "", script...); got.status != 200 {
			t.Errorf("%s: poll with the value that vouches for it: %d %s", tk.name, got.status, got.body)
		}
		c.Kill(&session.CloseError{Code: session.Normal})
	}
}

// TestJSONPWithoutALogin: there are no tickets then. Browsers that tell where a
// script comes from have better transports for other origins than scripts.
func TestJSONPWithoutALogin(t *testing.T) {
	s := newSite(t, server.Options{Guard: unlimited(guard.Config{Origins: []string{partner}})})
	for _, tk := range talks {
		if tk.callback == "" {
			continue
		}
		s.do("GET", tk.open, "", browsers[0].script...)
		if s.Sessions() != 0 {
			t.Fatalf("%s: a session was opened", tk.name)
		}
		sid, _ := tk.begin(s, browsers[1].script...)
		s.Manager().Get(sid).Kill(&session.CloseError{Code: session.Normal})
	}
}
