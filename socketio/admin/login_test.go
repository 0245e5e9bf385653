package admin_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/admin"
)

func TestPassword(t *testing.T) {
	right := admin.Password("admin", "pass")
	none := admin.Password("", "")
	for _, tt := range []struct {
		f          func(context.Context, string, string) bool
		name, word string
		want       bool
	}{
		{right, "admin", "pass", true},
		{right, "admin", "Pass", false},
		{right, "admin", "", false},
		{right, "Admin", "pass", false},
		{right, "", "pass", false},
		{right, "adminpass", "", false},
		{none, "", "", false},
	} {
		if got := tt.f(context.Background(), tt.name, tt.word); got != tt.want {
			t.Errorf("%q, %q: %v, want %v", tt.name, tt.word, got, tt.want)
		}
	}
}

// try connects with an auth and returns whether it was let in, or why not.
func try(t *testing.T, srv *socketio.Server, address, auth string) string {
	t.Helper()
	p := dial(t, srv, address)
	defer p.leave()
	p.send("0/admin," + auth)
	got := p.received()
	if len(got) == 0 {
		return "no answer"
	}
	if strings.HasPrefix(got[0], `0/admin,{"sid"`) {
		return "in"
	}
	return strings.Join(got, " ")
}

const refused = `4/admin,{"message":"invalid credentials"}`

func TestOnlyTheRightAreLetIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, ui := hall(t, admin.Config{LoginsPerMinute: 100})
		defer ui.Close()
		for auth, want := range map[string]string{
			`{"username":"admin","password":"pass"}`: "in",
			``:                                       refused,
			`{}`:                                     refused,
			`{"username":"admin"}`:                   refused,
			`{"username":"admin","password":"wrong"}`:                        refused,
			`{"username":"admin","password":["pass"]}`:                       refused,
			`{"sessionId":"guess"}`:                                          refused,
			`{"sessionId":""}`:                                               refused,
			`{"sessionId":null}`:                                             refused,
			`{"sessionId":{"a":1}}`:                                          refused,
			`{"username":"` + strings.Repeat("a", 2000) + `","password":""}`: refused,
		} {
			if got := try(t, srv, "192.0.2.1:5", auth); got != want {
				t.Errorf("%.60s: %s, want %s", auth, got, want)
			}
		}
	})
}

func TestSessionIsRememberedForItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, ui := hall(t, admin.Config{SessionTTL: time.Hour})
		defer ui.Close()
		p := page(t, srv)
		var id string
		p.event("session").decode(t, &id)
		p.leave()
		again := fmt.Sprintf(`{"sessionId":%q}`, id)
		time.Sleep(59 * time.Minute)
		if got := try(t, srv, "192.0.2.1:5", again); got != "in" {
			t.Errorf("within the hour: %s", got)
		}
		time.Sleep(time.Minute)
		if got := try(t, srv, "192.0.2.1:5", again); got != refused {
			t.Errorf("after the hour: %s", got)
		}
	})
}

func TestGuessingIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		right := admin.Password("admin", "pass")
		srv, ui := hall(t, admin.Config{LoginsPerMinute: 3, Authenticate: func(ctx context.Context, u, p string) bool {
			asked++
			return right(ctx, u, p)
		}})
		defer ui.Close()
		const wrong, good = `{"username":"admin","password":"x"}`, `{"username":"admin","password":"pass"}`
		for range 5 {
			if got := try(t, srv, "192.0.2.1:5", good); got != "in" {
				t.Errorf("good ones do not count: %s", got)
			}
		}
		for range 3 {
			try(t, srv, "192.0.2.1:5", wrong)
		}
		const slow = `4/admin,{"message":"too many failed logins, try again in a minute"}`
		before := asked
		if got := try(t, srv, "192.0.2.1:6", good); got != slow || asked != before {
			t.Errorf("after three wrong ones: %s, and was checked: %v", got, asked != before)
		}
		if got := try(t, srv, "192.0.2.2:5", good); got != "in" {
			t.Errorf("another address: %s", got)
		}
		time.Sleep(time.Minute)
		if got := try(t, srv, "192.0.2.1:5", good); got != "in" {
			t.Errorf("a minute later: %s", got)
		}
	})
}

// Whoever has one IPv6 address has 2^64 of them.
func TestGuessesAreCountedByNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, ui := hall(t, admin.Config{LoginsPerMinute: 1})
		defer ui.Close()
		const slow = `4/admin,{"message":"too many failed logins, try again in a minute"}`
		for _, tt := range []struct{ address, want string }{
			{"[2001:db8:0:1::1]:5", refused},
			{"[2001:db8:0:1:ffff::2]:5", slow},
			{"[2001:db8:0:1::3%eth0]:5", slow},
			{"[2001:db8:0:2::1]:5", refused},
			{"192.0.2.1:5", refused},
			{"[::ffff:192.0.2.1]:5", slow},
			{"192.0.2.2:5", refused},
			{"192.0.2.2", slow},
			{"@", refused}, // a Unix socket
			{"", slow},
		} {
			if got := try(t, srv, tt.address, `{"username":"admin","password":"x"}`); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.address, got, tt.want)
			}
		}
	})
}

func TestLoginsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most, asked atomic.Int32
		srv, ui := hall(t, admin.Config{LoginsAtOnce: 2, Authenticate: func(context.Context, string, string) bool {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			asked.Add(1)
			time.Sleep(time.Second)
			panic("boom") // which gives the turn back, too
		}})
		defer ui.Close()
		var all []*peer
		for i := range 7 {
			p := dial(t, srv, fmt.Sprintf("192.0.2.%d:5", i))
			p.send(login)
			all = append(all, p)
		}
		all[6].leave() // who has gone while it waited is not asked for
		time.Sleep(10 * time.Second)
		settle()
		if most.Load() != 2 || asked.Load() != 6 {
			t.Errorf("%d at once and %d in all, want 2 and 6", most.Load(), asked.Load())
		}
		for _, p := range all[:6] {
			p.leave()
		}
	})
}
