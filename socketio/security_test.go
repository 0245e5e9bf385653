package socketio_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// busy is a server with one of everything, for clients that mean no good.
func busy() *socketio.Server {
	srv := socketio.NewServer(socketio.Config{MailboxEvents: 8, MaxNamespaces: 4})
	root := srv.Of("/")
	socketio.OnAck(root, "echo", func(_ context.Context, s *socketio.Socket, args socketio.Args) (socketio.Args, error) {
		var b []byte
		args.Decode(0, &b)
		return args, s.Emit("echo", args)
	})
	socketio.On(root, "join", func(_ context.Context, s *socketio.Socket, room string) error {
		s.Join(room)
		return s.To(room).Emit("joined", room)
	})
	socketio.On(root, "kick", func(_ context.Context, s *socketio.Socket, _ struct{}) error { s.Disconnect(false); return nil })
	socketio.On(root, "boom", func(context.Context, *socketio.Socket, struct{}) error { panic("boom") })
	root.OnDisconnect(func(*socketio.Socket, socketio.DisconnectReason) {})
	srv.Of("/guarded").Use(func(_ context.Context, s *socketio.Socket) error {
		var auth struct{ Token string }
		if s.BindAuth(&auth) != nil || auth.Token != "x" {
			return &socketio.Error{Message: "no"}
		}
		return nil
	})
	srv.Of("/session").Serve(session.HandlerFunc(func(s session.Session) {
		for {
			m, err := s.Receive(s.Context())
			if err != nil || s.Send(s.Context(), m) != nil {
				return
			}
		}
	}))
	return srv
}

// Every breach of the protocol closes the connection that it came from, at
// once, and harms nobody else. (CVE-2022-2421, CVE-2023-32695, CVE-2024-38355
// are breaches that the reference let in once.)
func TestHostilePackets(t *testing.T) {
	for _, tt := range []struct {
		name   string
		packet string
		binary int // attachments that follow
		legal  bool
	}{
		{name: "event name is an object (CVE-2023-32695)", packet: `2[{}]`},
		{name: "event name is null", packet: `2[null]`},
		{name: "event name is an array", packet: `2[["a"]]`},
		{name: "reserved event name (CVE-2024-38355)", packet: `2["connect"]`},
		{name: "reserved event name, escaped", packet: `2["\u0063onnect"]`},
		{name: "reserved event name with an ack", packet: `20["disconnecting"]`},
		{name: "placeholder is a string (CVE-2022-2421)", packet: `51-["echo",{"_placeholder":true,"num":"x"}]`, binary: 1},
		{name: "placeholder is negative", packet: `51-["echo",{"_placeholder":true,"num":-1}]`, binary: 1},
		{name: "placeholder is out of range", packet: `51-["echo",{"_placeholder":true,"num":99}]`, binary: 1},
		{name: "placeholder without attachments is data", packet: `2["echo",{"_placeholder":true,"num":0}]`, legal: true},
		{name: "no attachments announced", packet: `50-["echo"]`},
		{name: "number of attachments is missing", packet: `5["echo"]`},
		{name: "attachments unlimited", packet: `5999999-["echo"]`},
		{name: "attachment too many", packet: `51-["echo",{"_placeholder":true,"num":0}]`, binary: 2},
		{name: "attachment without a packet", packet: `2["echo"]`, binary: 1},
		{name: "ack of attachments unlimited", packet: `6999999-0[]`},
		{name: "ack id 2^53", packet: `39007199254740993[]`},
		{name: "ack id is negative", packet: `3-1[]`},
		{name: "ack id of an event 2^53", packet: `29007199254740993["echo"]`},
		{name: "ack nobody asked for", packet: `31[]`, legal: true},
		{name: "ack is an object", packet: `30{}`},
		{name: "connect error from a client", packet: `4{"message":"x"}`},
		{name: "auth is an array", packet: `0/guarded,[]`},
		{name: "auth is a string", packet: `0/guarded,"x"`},
		{name: "auth tries a prototype", packet: `0/guarded,{"__proto__":{"token":"x"}}`, legal: true},
		{name: "disconnect with data", packet: `1{}`},
		{name: "namespace __proto__", packet: `0/__proto__,`, legal: true},
		{name: "event to __proto__", packet: `2/__proto__,["x"]`},
		{name: "endless namespace", packet: `0/` + strings.Repeat("a", 5000)},
		{name: "deep JSON", packet: `2["echo",` + strings.Repeat("[", 5000)},
		{name: "many arguments", packet: `2["echo"` + strings.Repeat(",1", 5000) + `]`},
		{name: "not UTF-8", packet: "2[\"echo\",\"\xff\"]"},
		{name: "not JSON", packet: `2["echo",]`},
		{name: "empty", packet: ``},
		{name: "unknown type", packet: `7`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := busy()
				good, p := enter(t, srv), enter(t, srv)
				err := p.send(tt.packet)
				for i := 0; i < tt.binary && err == nil; i++ {
					err = p.sendBinary(1)
				}
				settle()
				if (err == nil) != tt.legal || (p.conn.State() == session.Open) != tt.legal {
					t.Errorf("error %v, %v", err, p.conn.State())
				}
				p.leave()
				good.send(`20["echo","x"]`)
				settle()
				good.expect(`2["echo","x"]`, `30["x"]`)
				members(t, srv.Of("/"), 1)
				good.leave()
			})
		})
	}
}

// The number of attachments that a packet announces costs nothing until they
// come.
func TestAnnouncedAttachmentsCostNothing(t *testing.T) {
	srv := busy()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 100 {
		p := dial(t, srv, nil)
		p.send(`0`)
		if p.send(`5999999-["echo"]`) == nil {
			t.Fatal("accepted")
		}
		p.conn.Kill(&session.CloseError{Code: session.Normal})
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("100 such packets allocated %d bytes", n)
	}
}

// A client that never reads is cut off when its outbox is full, whatever it
// makes the server say.
func TestClientThatNeverReads(t *testing.T) {
	for _, packet := range []string{`0/nope,`, `20["echo","x"]`, `0/guarded,`} {
		bubble(t, func(t *testing.T) {
			srv := busy()
			p := enter(t, srv)
			for i := 0; p.conn.State() == session.Open; i++ {
				if i > 5000 {
					t.Fatalf("%d packets like %s were answered", i, packet)
				}
				p.send(packet)
				settle()
			}
			p.leave()
		})
	}
}

// FuzzClient lets a client send anything, in any order: nothing panics, and
// nothing is left of it. Each line of the input is one message; one that
// begins with b is an attachment.
func FuzzClient(f *testing.F) {
	for _, seed := range []string{
		"0\n20[\"echo\",\"x\"]\n1",
		"0\n51-[\"echo\"," + hole0 + "]\nbxyz\n2[\"join\",\"r\"]",
		"0\n2[\"kick\"]\n2[\"x\"]\n0\n2[\"boom\"]\n1\n0",
		"0/guarded,{\"token\":\"x\"}\n0/guarded\n0/session,\n2/session,7[\"message\",{\"a\":1}]",
		"0/session\n52-/session,[\"message\"," + hole1 + "," + hole0 + "]\nb1\nb2\n1/session",
		"0\n30[]\n61-0[" + hole0 + "]\nb\n0/nope,\n2[]\n2",
		"0\n2[\"echo\"," + hole0 + "]\n2[\"join\",{}]\n0",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		bubble(t, func(t *testing.T) {
			srv := busy()
			p := dial(t, srv, nil)
			p.record()
			for line := range strings.SplitSeq(script, "\n") {
				var err error
				if data, ok := strings.CutPrefix(line, "b"); ok {
					err = p.sendBinary([]byte(data)...)
				} else {
					err = p.send(line)
				}
				if err != nil {
					break
				}
			}
			settle()
			p.leave()
			for _, name := range []string{"/", "/guarded", "/session"} {
				members(t, srv.Of(name), 0)
			}
			for _, q := range p.recorded() {
				if strings.Contains(q, "everwire-binary") {
					t.Errorf("client got %s", q)
				}
			}
		})
	})
}

// Names that mean something in other languages are names like any other.
func TestNamesAreOnlyNames(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := busy()
		p := enter(t, srv)
		for i, name := range []string{"__proto__", "constructor", "toString", "", "a b", "\u0000"} {
			p.send(fmt.Sprintf(`2["join",%s]`, jsonOf(name)), fmt.Sprintf(`2[%s]`, jsonOf(name)))
			settle()
			if got := len(only(t, srv.Of("/")).Rooms()); got != i+2 { // its own id's too
				t.Errorf("in %d rooms after %q, want %d", got, name, i+2)
			}
		}
		p.expect()
		p.leave()
	})
}
