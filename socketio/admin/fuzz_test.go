package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio/admin"
)

// FuzzPage lets the page of a writable server send any event: no namespace is
// made by it, the page stays or is disconnected, and nothing is left of it.
func FuzzPage(f *testing.F) {
	for _, s := range []string{
		`["emit","/",null,"hi",1,{"a":2}]`, `["emit","/admin",null,"config",{}]`, `["join","/","room","id"]`, `["leave","/","room"]`,
		`["_disconnect","/",false,"id"]`, `["_disconnect","/admin",true]`, `["emit","/nowhere",null,"x"]`, `["join","/",{}]`, `["emit","/",null,"connect"]`,
		`["join","/",null,null]`, `["emit"]`, `[]`, `["emit","/",null,"x"` + strings.Repeat(",[]", 50) + `]`, `7["emit","/",null,"x"]`,
	} {
		f.Add(s, `["join","/","room"]`)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		synctest.Test(t, func(t *testing.T) {
			srv, ui := hall(t, admin.Config{Writable: true})
			defer ui.Close()
			visitor, p := client(t, srv), page(t, srv)
			for _, text := range []string{first, second} {
				if p.conn.Deliver(session.Packet{Type: session.PacketMessage, Data: []byte("2/admin," + text)}) != nil {
					break
				}
				settle()
			}
			if names := fmt.Sprint(srv.Names()); names != "[/ /admin]" {
				t.Errorf("namespaces %s", names)
			}
			p.leave()
			visitor.leave()
			if sockets, connections := ui.Watched(); sockets+connections != 0 || srv.Of("/").Len()+srv.Of("/admin").Len() != 0 {
				t.Errorf("%d sockets and %d connections are left", sockets, connections)
			}
		})
	})
}
