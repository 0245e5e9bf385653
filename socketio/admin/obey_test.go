package admin_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/admin"
)

func TestWritablePageActs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, ui := hall(t, admin.Config{Writable: true})
		defer ui.Close()
		root := srv.Of("/")
		a := client(t, srv)
		s := only(t, root)
		b := client(t, srv)
		p := page(t, srv)
		got := func(c *peer, want ...string) {
			t.Helper()
			if all := c.received(); fmt.Sprint(all) != fmt.Sprint(want) {
				t.Errorf("client got %q, want %q", all, want)
			}
		}
		p.send(`2/admin,["emit","/",null,"hi",1,{"a":2}]`)
		got(a, `2["hi",1,{"a":2}]`)
		got(b, `2["hi",1,{"a":2}]`)
		p.send(`2/admin,["emit","/","` + s.ID() + `","hi"]`)
		got(a, `2["hi"]`)
		got(b)

		p.send(`2/admin,["join","/","room","` + s.ID() + `"]`)
		if rooms := joined(s); rooms != "[room]" {
			t.Errorf("rooms %s", rooms)
		}
		p.send(`2/admin,["join","/","all"]`, `2/admin,["leave","/","room"]`)
		if rooms := joined(s); rooms != "[all]" {
			t.Errorf("rooms %s", rooms)
		}

		for _, wrong := range []string{`["emit","/nowhere",null,"x"]`, `["emit","/",{},"x"]`, `["emit","/",null]`, `["emit"]`,
			`["emit","/",null,"connect"]`, `["join","/",1]`, `["_disconnect","/","yes"]`} {
			p.send(`2/admin,` + wrong)
		}
		got(a)
		got(b)
		if names := fmt.Sprint(srv.Names()); names != "[/ /admin]" {
			t.Errorf("namespaces %s", names)
		}

		p.send(`2/admin,["_disconnect","/",false,"` + s.ID() + `"]`)
		got(a, `1`)
		got(b)
		p.send(`2/admin,["_disconnect","/",true]`)
		if root.Len() != 0 || b.conn.Context().Err() == nil && len(b.received()) == 0 {
			t.Error("not all are disconnected")
		}
		a.leave()
		b.leave()
		p.leave()
	})
}

// joined are the socket's rooms besides the one of its own id.
func joined(s *socketio.Socket) string {
	return fmt.Sprint(slices.DeleteFunc(s.Rooms(), func(room string) bool { return room == s.ID() }))
}

func TestReadOnlyPageDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, ui := hall(t, admin.Config{})
		defer ui.Close()
		c := client(t, srv)
		p := page(t, srv)
		p.send(`2/admin,["emit","/",null,"hi"]`, `2/admin,["join","/","room"]`, `2/admin,["_disconnect","/",true]`)
		if got := c.received(); len(got) > 0 || srv.Of("/").Len() != 1 || joined(only(t, srv.Of("/"))) != "[]" {
			t.Errorf("client got %q", got)
		}
		c.leave()
		p.leave()
	})
}
