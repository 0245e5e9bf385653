package admin_test

import (
	"fmt"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/admin"
)

// Clients that make one namespace after the other leave nothing behind, whether
// the names differ or not, and whether anybody looks or not.
func TestNamespacesThatWereGivenUpAreForgotten(t *testing.T) {
	for _, names := range []int{1, 300} {
		t.Run(fmt.Sprint(names), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{CleanupEmptyChildren: true})
				srv.Of("/")
				srv.OfPattern(regexp.MustCompile(`^/n-\d+$`))
				ui, err := admin.Instrument(srv, admin.Config{Authenticate: admin.Password("admin", "pass"), Interval: time.Hour})
				if err != nil {
					t.Fatal(err)
				}
				c := client(t, srv)
				for i := range 300 {
					name := fmt.Sprintf("/n-%d", i%names)
					c.send("0"+name+",", "1"+name+",")
					c.received()
				}
				if namespaces, hooks := ui.Namespaces(); namespaces > 25 || hooks > 75 {
					t.Errorf("%d namespaces are watched with %d listeners, want those of the last few", namespaces, hooks)
				}
				time.Sleep(time.Hour)
				settle()
				namespaces, hooks := ui.Namespaces()
				if exist := len(srv.Namespaces()); namespaces != exist || hooks == 0 {
					t.Errorf("%d namespaces are watched with %d listeners, %d exist", namespaces, hooks, exist)
				}
				c.leave()
				ui.Close()
				if _, hooks := ui.Namespaces(); hooks != 0 {
					t.Errorf("%d listeners are left", hooks)
				}
			})
		})
	}
}

// That a namespace is watched does not keep it.
func TestWatchingKeepsNoNamespace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{CleanupEmptyChildren: true})
		srv.Of("/")
		parent := srv.OfPattern(regexp.MustCompile(`^/n-\d+$`))
		c := client(t, srv)
		c.send("0/n-1,")
		ui, err := admin.Instrument(srv, admin.Config{Authenticate: admin.Password("admin", "pass")})
		if err != nil {
			t.Fatal(err)
		}
		defer ui.Close()
		c.send("1/n-1,")
		if got := len(parent.Children()); got != 0 {
			t.Errorf("%d children are left", got)
		}
		c.leave()
	})
}
