package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// TestTheEndOfALoginEndsWhatIsKeptForItsClients: who was away when the login
// ended does not come back by another login of the same user.
func TestTheEndOfALoginEndsWhatIsKeptForItsClients(t *testing.T) {
	for _, revoked := range []bool{false, true} {
		s := newSite(t, server.Options{Guard: unlimited(guard.Config{Token: token}), Recovery: &socketio.Recovery{}})
		left := make(chan struct{}, 2)
		s.Of("/").OnDisconnect(func(*socketio.Socket, socketio.DisconnectReason) { left <- struct{}{} })
		cookie, _ := s.login()
		sid := s.open("Cookie", cookie, "Origin", s.url)
		c := s.the()
		id, pid := s.enter(sid, "40")
		c.Kill(&session.CloseError{Code: session.TransportLost, Remote: true})
		select {
		case <-left:
		case <-time.After(patience):
			t.Fatal("the socket does not end")
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = s.host
		r.Header.Set("Cookie", cookie)
		gr, why := s.Guard().Admit(r, guard.Page)
		if why != nil || gr.Login == "" {
			t.Fatalf("grant %+v, %v", gr, why)
		}
		if revoked {
			s.Revoke(gr.Login)
		}
		cookie, _ = s.login()
		again, _ := s.enter(s.open("Cookie", cookie, "Origin", s.url), `40{"pid":"`+pid+`"}`)
		if (again == id) == revoked {
			t.Errorf("revoked %t: id %s, then %s", revoked, id, again)
		}
	}
}

// enter enters the root namespace by polling, and returns the client's ids.
func (s *site) enter(session, connect string) (id, private string) {
	s.t.Helper()
	if got := s.do("POST", poll+"&sid="+session, connect); got.status != http.StatusOK {
		s.t.Fatalf("CONNECT: %d %s", got.status, got.body)
	}
	got := s.do("GET", poll+"&sid="+session, "").body
	parts := strings.Split(got, `"`)
	if len(parts) < 8 || parts[1] != "sid" || parts[5] != "pid" {
		s.t.Fatalf("answer to CONNECT: %s", got)
	}
	return parts[3], parts[7]
}

// TestRecoveryIsValidated: what would keep nobody, or everything, is a mistake.
func TestRecoveryIsValidated(t *testing.T) {
	if err := (&server.Options{Recovery: &socketio.Recovery{}}).Validate(); err != nil {
		t.Error(err)
	}
	for name, r := range map[string]socketio.Recovery{
		"Window": {Window: -1}, "MaxEvents": {MaxEvents: -1}, "MaxBytes": {MaxBytes: -1}, "MaxClients": {MaxClients: -1},
		"MaxTotalBytes": {MaxTotalBytes: -1}, "MaxTotalClients": {MaxTotalClients: -1},
	} {
		if err := (&server.Options{Recovery: &r}).Validate(); err == nil || !strings.Contains(err.Error(), "Recovery."+name+" ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
