package rfb_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
)

// secured is a peer that has chosen a security type in version 3.8.
func secured(t *testing.T, offered byte, allowed ...rfb.SecurityType) *peer {
	t.Helper()
	p := newPeer(t, rfb.ClientConfig{Security: allowed})
	p.feed([]byte("RFB 003.008\n"), []byte{1, offered})
	if p.err != nil {
		t.Fatal(p.err)
	}
	p.sent([]byte("RFB 003.008\n"), []byte{offered})
	return p
}

// login answers the only event, which must ask for credentials.
func (p *peer) login(events []rfb.Event, kind rfb.SecurityType, name bool, credentials rfb.Credentials) {
	p.t.Helper()
	if p.err != nil || len(events) != 1 || events[0].Kind != rfb.EventCredentials || events[0].Security != kind || events[0].NeedUsername != name {
		p.t.Fatalf("events %+v, %v", events, p.err)
	}
	if out := p.output(); len(out) > 0 {
		p.t.Fatalf("sent %q before it had a password", out)
	}
	if err := p.client.Login(credentials); err != nil {
		p.t.Fatal(err)
	}
}

// finish is the end of a handshake that went well.
func (p *peer) finish() {
	p.t.Helper()
	p.want(nothing, ok)
	p.sent([]byte{1})
	p.want(ready, initMsg)
	p.sent(setup())
}

var alice = rfb.Credentials{Username: "alice", Password: "wonder land"}

// A talk is what became of a conversation with a server of rfbtest.
type talk struct {
	client *rfb.Client
	ready  bool
	asked  int // times for credentials
	named  bool
	err    error
}

// script is what all servers here show: to draw it takes long.
var script = sync.OnceValue(rfbtest.Script)

// talkWith talks with a server until the first picture is there. The client is
// fed so many bytes at once, or all that come, after tamper has seen them. If
// both sides wait, the client's read fails; no time passes, since all happens in
// a bubble.
func talkWith(t *testing.T, served rfbtest.Config, step int, tamper func([]byte) []byte) (talk talk) {
	t.Helper()
	served.Steps = script()
	server, err := rfbtest.NewServer(served)
	if err != nil {
		t.Fatal(err)
	}
	if talk.client, err = rfb.NewClient(rfb.ClientConfig{Security: append(served.Security[:1:1], served.TightTypes...)}); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		talk.err = talk.with(t, server, step, tamper)
	})
	return talk
}

func (k *talk) with(t *testing.T, server *rfbtest.Server, step int, tamper func([]byte) []byte) error {
	mine, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer theirs.Close()
		// A client is free to fail.
		_ = server.Serve(theirs)
	}()
	// A pipe has no room, and both may have something to say at once.
	out := make(chan []byte, 64)
	go func() {
		for p := range out {
			// What cannot be sent is followed by nothing that can be read.
			_, _ = mine.Write(p)
		}
	}()
	defer func() { mine.Close(); close(out); <-done }()
	if err := mine.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	return k.until(t, mine, out, step, tamper)
}

func (k *talk) until(t *testing.T, conn net.Conn, send chan<- []byte, step int, tamper func([]byte) []byte) error {
	c := k.client
	var waiting []byte
	buf := make([]byte, 1<<14)
	updates := 0
	for {
		ev, err := c.Next()
		if err != nil {
			return err
		}
		switch ev.Kind {
		case rfb.EventServerKey:
			if out := c.AppendOutput(nil); len(out) > 0 {
				t.Errorf("%d bytes were sent before the key was accepted", len(out))
			}
			if !ev.ServerKey.Equal(&serverKey.PublicKey) {
				return errors.New("another key")
			}
			err = c.AcceptWithShortKey()
		case rfb.EventCredentials:
			k.asked++
			k.named = ev.NeedUsername
			err = c.Login(alice)
		case rfb.EventReady:
			k.ready = true
			err = c.RequestUpdate(false, c.Framebuffer().Bounds())
		case rfb.EventUpdate:
			if updates++; updates == 2 { // the first one tells of the size
				return nil
			}
			err = c.RequestUpdate(true, c.Framebuffer().Bounds())
		}
		if err != nil {
			return err
		}
		if ev.Kind != rfb.EventNone {
			continue
		}
		if out := c.AppendOutput(nil); len(out) > 0 {
			send <- out
		}
		if len(waiting) == 0 {
			n, err := conn.Read(buf)
			if err != nil {
				return err
			}
			if waiting = buf[:n]; tamper != nil {
				waiting = tamper(waiting)
			}
		}
		n := len(waiting)
		if step > 0 {
			n = min(n, step)
		}
		c.Feed(waiting[:n])
		waiting = waiting[n:]
	}
}

// TestSecurityTypesOfRFBTest talks with servers that are written from the
// published descriptions, apart from the client, fed at once and byte by byte.
// A picture that takes many messages of RA2 is the proof.
func TestSecurityTypesOfRFBTest(t *testing.T) {
	tests := []struct {
		name   string
		served rfbtest.Config
		asked  int
	}{
		{"VNC", rfbtest.Config{Security: []rfb.SecurityType{rfb.SecurityVNC}}, 1},
		{"Plain", rfbtest.Config{Security: []rfb.SecurityType{rfb.VeNCryptPlain}, User: alice.Username}, 1},
		{"Tight", rfbtest.Config{Security: []rfb.SecurityType{rfb.SecurityTight}, TightTunnels: true, TightTypes: []rfb.SecurityType{rfb.SecurityVNC}}, 1},
		{"Tight without a password", rfbtest.Config{Security: []rfb.SecurityType{rfb.SecurityTight}, TightTypes: []rfb.SecurityType{rfb.SecurityNone}}, 0},
		{"Apple DH", rfbtest.Config{Security: []rfb.SecurityType{rfb.SecurityAppleDH}, User: alice.Username}, 1},
		{"MSLogonII", rfbtest.Config{Security: []rfb.SecurityType{rfb.SecurityMSLogonII}, User: alice.Username}, 1},
		{"RA2", rfbtest.Config{Security: []rfb.SecurityType{rfb.SecurityRA2}, User: alice.Username}, 1},
		{"RA2 without a name", rfbtest.Config{Security: []rfb.SecurityType{rfb.SecurityRA2}}, 1},
		{"RA2ne", rfbtest.Config{Security: []rfb.SecurityType{rfb.SecurityRA2ne}, User: alice.Username}, 1},
		{"RA2_256", rfbtest.Config{Security: []rfb.SecurityType{rfb.SecurityRA2_256}, User: alice.Username}, 1},
		{"RA2ne_256", rfbtest.Config{Security: []rfb.SecurityType{rfb.SecurityRA2ne_256}}, 1},
	}
	for _, tt := range tests {
		for _, step := range []int{0, 1, 1000} {
			t.Run(fmt.Sprintf("%s, %d at once", tt.name, step), func(t *testing.T) {
				t.Parallel()
				served := tt.served
				served.Password, served.ServerKey = alice.Password, serverKey
				talk := talkWith(t, served, step, nil)
				if talk.err != nil || talk.asked != tt.asked || talk.named != (served.User != "") {
					t.Fatalf("asked %d times, for a name: %v; %v", talk.asked, talk.named, talk.err)
				}
				if at, differ := rfbtest.Differ(talk.client.Framebuffer(), script()[0].Picture); differ {
					t.Errorf("the picture differs at %v", at)
				}
			})
		}
	}
}

// TestPasswordsAreNotKept looks at what is left of the output when it has been
// taken.
func TestPasswordsAreNotKept(t *testing.T) {
	p := secured(t, 19, rfb.VeNCryptPlain)
	events := p.feed([]byte{0, 2}, veNCryptTypes(rfb.VeNCryptPlain))
	p.output()
	p.login(events, rfb.VeNCryptPlain, true, alice)
	if !bytes.Contains(p.output(), []byte(alice.Password)) {
		t.Error("the password was not sent")
	}
	if kept := p.client.Kept(); bytes.Contains(kept, []byte(alice.Password)) {
		t.Errorf("kept %q", kept)
	}
	// Behind a cipher the password is in clear in front of it only.
	served := rfbtest.Config{Security: []rfb.SecurityType{rfb.SecurityRA2}, ServerKey: serverKey, User: alice.Username, Password: alice.Password}
	talk := talkWith(t, served, 0, nil)
	if kept := talk.client.Kept(); talk.err != nil || bytes.Contains(kept, []byte(alice.Password)) {
		t.Errorf("%v, kept %q", talk.err, kept)
	}
}

// TestTheChosenTypeIsToldApart asks for it in front of each choice.
func TestTheChosenTypeIsToldApart(t *testing.T) {
	for name, tt := range map[string]struct {
		wire []byte
		want rfb.SecurityType
	}{
		"nothing was offered yet": {[]byte("RFB 003.008\n"), rfb.SecurityInvalid},
		"nothing is allowed":      {[]byte("RFB 003.008\n\x01\x1e"), rfb.SecurityInvalid},
		"VeNCrypt":                {[]byte("RFB 003.008\n\x02\x13\x10\x00\x02\x00\x00"), rfb.SecurityVeNCrypt},
		"Tight":                   {[]byte("RFB 003.008\n\x01\x10"), rfb.SecurityTight},
		"of version 3.3":          {[]byte("RFB 003.003\n\x00\x00\x00\x02"), rfb.SecurityVNC},
		"not allowed, of 3.3":     {[]byte("RFB 003.003\n\x00\x00\x00\x01"), rfb.SecurityInvalid},
	} {
		p := newPeer(t, rfb.ClientConfig{Security: []rfb.SecurityType{rfb.VeNCryptX509Vnc, rfb.SecurityTight, rfb.SecurityVNC}})
		p.feed(tt.wire)
		if got := p.client.ChosenType(); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
