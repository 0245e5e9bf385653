package socketio_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// A client keeps its private id when its user signs out and another one signs in.
func TestNobodyComesBackAsAnotherUser(t *testing.T) {
	alice := session.Peer{Principal: "alice", Login: "1"}
	for _, tt := range []struct {
		name      string
		user      session.Peer
		recovered bool
	}{
		{"another user", session.Peer{Principal: "bob", Login: "2"}, false},
		{"nobody", session.Peer{}, false},
		{"the same user", alice, true},
		{"the same user by another login", session.Peer{Principal: "alice", Login: "3"}, true},
	} {
		for _, cut := range []bool{true, false} {
			t.Run(tt.name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					srv := recovering(socketio.Recovery{})
					ns := srv.Of("/")
					hers := newReturning(t, srv, "/", carrier)
					hers.user = alice
					s := hers.enter()
					s.Join("secret")
					s.SetData("hers")
					s.Emit("a", 1)
					hers.read(-1)
					if cut {
						hers.cut()
						settle()
					}
					ns.To("secret").Emit("b", 2)

					other := newReturning(t, srv, "/", carrier)
					other.user, other.private, other.offset = tt.user, hers.private, hers.offset
					if tt.recovered {
						other.id = hers.id
					}
					got := other.enter()
					if other.recovered != tt.recovered || got.Recovered() != tt.recovered {
						t.Fatalf("recovered %t, want %t", other.recovered, tt.recovered)
					}
					if tt.recovered {
						other.expect(`["b",2]`)
						other.cut()
						hers.cut()
						return
					}
					if got.ID() == s.ID() || got.Data() != nil || slices.Contains(got.Rooms(), "secret") || other.private == hers.private {
						t.Errorf("id %s, data %v, rooms %q", got.ID(), got.Data(), got.Rooms())
					}
					other.expect()
					hers.got = nil
					// Hers is as it was.
					if s := hers.enter(); !hers.recovered || s.Data() != "hers" {
						t.Error("she cannot come back any more")
					}
					hers.expect(`["b",2]`)
					other.cut()
					hers.cut()
					settle()
				})
			})
		}
	}
}

// The end of a login ends what is kept for its clients, at once.
func TestNobodyComesBackAfterTheLogin(t *testing.T) {
	for name, early := range map[string]bool{"away": false, "its loss not noticed yet": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := recovering(socketio.Recovery{})
				hers, others := newReturning(t, srv, "/", carrier), newReturning(t, srv, "/", carrier)
				hers.user = session.Peer{Principal: "alice", Login: "1"}
				others.user = session.Peer{Principal: "alice", Login: "2"}
				hers.enter()
				others.enter()
				end := func() { srv.Revoke("1"); srv.Revoke(""); srv.Revoke("unknown") }
				if early {
					end()
				}
				hers.cut()
				others.cut()
				settle()
				if !early {
					end()
				}
				if got := srv.Of("/").Kept(); got.Clients != 1 || got.Stays != 1 {
					t.Errorf("kept %+v, want the one of the other login", got)
				}
				hers.id = ""
				hers.user.Login = "3"
				hers.come()
				settle()
				hers.peer.packets()
				if only(t, srv.Of("/")).Recovered() {
					t.Error("came back")
				}
				others.enter()
				if !others.recovered {
					t.Error("the other login's client cannot come back")
				}
				hers.cut()
				others.cut()
				settle()
				time.Sleep(3 * time.Minute)
			})
		})
	}
}

// The private id authorises: it is no shorter than a session's, is not compressed,
// and the application has no copy of it that it might show to others.
func TestThePrivateIDIsKeptPrivate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var asked []string
		srv := recovering(socketio.Recovery{For: func(s *socketio.Socket) bool {
			asked = append(asked, string(s.Auth()))
			return true
		}})
		ns := srv.Of("/")
		srv.OfFunc(func(_ context.Context, _ string, auth json.RawMessage) (bool, error) {
			asked = append(asked, string(auth))
			return true, nil
		})
		p := dial(t, srv, nil)
		p.send(`0`)
		settle()
		answer := p.packets()
		var in struct{ PID string }
		if err := json.Unmarshal(answer[0].Data[1:], &in); err != nil || len(in.PID) < 22 {
			t.Errorf("answer %s", answer[0].Data)
		}
		if answer[0].Compress {
			t.Error("the private id is compressed")
		}
		p.leave()
		for _, tt := range []struct{ sent, want string }{
			{`{"pid":"` + in.PID + `","offset":"1","token":"x"}`, `{"token":"x"}`},
			{`{"pid":"` + in.PID + `"}`, `{}`},
			{`{"pid":"` + strings.Repeat("x", 22) + `","offset":7}`, `{"offset":7}`},
			// An application's own.
			{`{"pid":4711,"offset":"1"}`, `{"pid":4711,"offset":"1"}`},
			{`{"pid":"4711","offset":"1"}`, `{"pid":"4711","offset":"1"}`},
			{`{"offset":"1"}`, `{"offset":"1"}`},
		} {
			asked = nil
			p := dial(t, srv, nil)
			p.send(`0`+tt.sent, `0/made,`+tt.sent)
			settle()
			if got := only(t, ns); string(got.Auth()) != tt.want || string(got.Handshake().Auth) != tt.want {
				t.Errorf("%s is seen as %s, %s; want %s", tt.sent, got.Auth(), got.Handshake().Auth, tt.want)
			}
			for _, a := range asked {
				if a != tt.want {
					t.Errorf("%s is asked for as %s, want %s", tt.sent, a, tt.want)
				}
			}
			infos, err := ns.FetchSockets(context.Background())
			if err != nil || len(infos) != 1 || string(infos[0].Handshake.Auth) != tt.want {
				t.Errorf("others see %v, %v", infos, err)
			}
			p.leave()
		}
	})
}
