package socketio_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// pack sends a packet as MessagePack.
func (p *peer) pack(q sio.Packet) error {
	p.t.Helper()
	wire, err := sio.AppendMsgpack(nil, q)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.sendBinary(wire...)
}

// expectUnpacked checks what the client has got, in the text form, with the
// attachments behind it.
func (p *peer) expectUnpacked(want ...string) {
	p.t.Helper()
	got := []string{}
	d := sio.MsgpackDecoder{FromServer: true}
	for _, m := range p.packets() {
		q, _, err := d.AddBinary(m.Data)
		if err != nil || m.Kind != session.Binary {
			p.t.Fatalf("%v %x: %v", m.Kind, m.Data, err)
		}
		text, err := sio.AppendPacket(nil, q)
		if err != nil {
			p.t.Fatal(err)
		}
		got = append(got, show(session.Packet{Type: session.PacketMessage, Data: text}))
		for _, b := range q.Binary {
			got = append(got, show(session.Packet{Type: session.PacketMessage, Kind: session.Binary, Data: b}))
		}
	}
	if jsonOf(got) != jsonOf(want) {
		p.t.Errorf("client got:\n\t%q\nwant:\n\t%q", got, want)
	}
}

func msgpackPeer(t *testing.T, srv *socketio.Server) *peer {
	srv.Of("/")
	p := dial(t, srv, nil)
	p.pack(sio.Packet{Type: sio.Connect, Data: []byte(`{"token":"x"}`)})
	settle()
	p.expectUnpacked(`0{"sid":SID}`)
	return p
}

func TestMsgpackReachesTheSameHandlers(t *testing.T) {
	type upload struct {
		Name string
		Body socketio.Binary
		At   time.Time
		Size int
	}
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{Parser: socketio.MsgpackParser{}})
		ns := srv.Of("/")
		got := &notes{}
		socketio.OnAck(ns, "upload", func(_ context.Context, s *socketio.Socket, u upload) (upload, error) {
			got.add("%s %q %s %d %s", u.Name, u.Body, u.At.UTC(), u.Size, s.Auth())
			u.Size++
			return u, nil
		})
		socketio.On(ns, "raw", func(_ context.Context, _ *socketio.Socket, a socketio.Args) error {
			var b []byte
			var f float64
			got.add("%v %q %v", a.Bind(&b, &f), b, f)
			return nil
		})
		p := msgpackPeer(t, srv)
		p.pack(sio.Packet{Type: sio.BinaryEvent, HasID: true, Attachments: 1, Binary: [][]byte{[]byte("body")},
			Data: []byte(`["upload",{"Name":"é","Body":{"_placeholder":true,"num":0},"At":"2001-09-09T01:46:40.000Z","Size":70000}]`)})
		p.pack(sio.Packet{Type: sio.BinaryEvent, Attachments: 1, Binary: [][]byte{{1, 2}},
			Data: []byte(`["raw",{"_placeholder":true,"num":0},1.5]`)})
		settle()
		got.expect(t, `é "body" 2001-09-09 01:46:40 +0000 UTC 70000 {"token":"x"}`, `<nil> "\x01\x02" 1.5`)
		p.expectUnpacked(`61-0[{"Name":"é","Body":{"_placeholder":true,"num":0},"At":"2001-09-09T01:46:40Z","Size":70001}]`, `<62 6f 64 79>`)
		p.leave()
	})
}

func TestMsgpackBroadcastIsOneMessage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{Parser: socketio.MsgpackParser{}})
		ns := srv.Of("/")
		a, b := msgpackPeer(t, srv), msgpackPeer(t, srv)
		ns.Emit("pic", []byte{1, 2, 3}, map[string]any{"in": socketio.Binary{4}})
		first, second := a.packets(), b.packets()
		if len(first) != 1 || len(second) != 1 || &first[0].Data[0] != &second[0].Data[0] || first[0].Prepared == nil || first[0].Prepared != second[0].Prepared {
			t.Errorf("%d and %d packets, want one that both share", len(first), len(second))
		}
		a.leave()
		b.leave()
	})
}

func TestMsgpackCallIsAnswered(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{Parser: socketio.MsgpackParser{}})
		p := msgpackPeer(t, srv)
		s := only(t, srv.Of("/"))
		go func() {
			settle()
			p.expectUnpacked(`20["ask","q"]`)
			p.pack(sio.Packet{Type: sio.BinaryAck, HasID: true, Attachments: 1, Binary: [][]byte{[]byte("yes")},
				Data: []byte(`[{"_placeholder":true,"num":0}]`)})
		}()
		if got, err := socketio.Call[[]byte](context.Background(), s, "ask", "q"); err != nil || string(got) != "yes" {
			t.Errorf("%q, %v", got, err)
		}
		p.leave()
	})
}

func TestMsgpackLimitsAreTheServers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{Parser: socketio.MsgpackParser{}, MaxAttachments: 1, MaxPayload: 100})
		ns := srv.Of("/")
		p := msgpackPeer(t, srv)
		wantErr(t, ns.Emit("e", []byte{1}, []byte{2}), socketio.ErrTooManyAttachments)
		wantErr(t, p.pack(sio.Packet{Type: sio.BinaryEvent, Attachments: 2, Binary: [][]byte{{1}, {2}},
			Data: []byte(`["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)}), sio.ErrTooManyAttachments)
		q := msgpackPeer(t, srv)
		wantErr(t, q.pack(sio.Packet{Type: sio.Ack, Data: []byte(`["` + strings.Repeat("x", 300) + `"]`)}), sio.ErrTooLarge)
		wantErr(t, dial(t, srv, nil).send(`0`), sio.ErrUnexpectedText)
	})
}
