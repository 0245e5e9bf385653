package socketio_test

import (
	"context"
	"errors"
	"testing"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

const hole0, hole1 = `{"_placeholder":true,"num":0}`, `{"_placeholder":true,"num":1}`

type photo struct {
	Name string
	Data socketio.Binary
	More []socketio.Binary `json:",omitempty"`
}

func TestBinaryIn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		var n notes
		heard[[]byte](&n, ns, "bytes")
		heard[socketio.Args](&n, ns, "args")
		socketio.On(ns, "binary", func(_ context.Context, _ *socketio.Socket, b socketio.Binary) error {
			n.add("% x", []byte(b))
			return nil
		})
		socketio.On(ns, "photo", func(_ context.Context, _ *socketio.Socket, ph photo) error {
			n.add("%s % x", ph.Name, []byte(ph.Data))
			return nil
		})
		socketio.On(ns, "any", func(_ context.Context, _ *socketio.Socket, v any) error {
			n.add("%v", v)
			return nil
		})
		p := enter(t, srv)
		p.send(`51-["bytes",` + hole0 + `]`)
		p.sendBinary(1, 2)
		p.send(`51-["binary",` + hole0 + `]`)
		p.sendBinary(3)
		p.send(`51-["binary",` + hole0 + `]`)
		p.sendBinary()
		p.send(`52-["photo",{"Name":"x","Other":` + hole1 + `,"Data":{"num":0,"_placeholder":true}}]`)
		p.sendBinary(4)
		p.sendBinary(5)
		p.send(`51-["any",{"a":` + hole0 + `}]`)
		p.sendBinary('h', 'i')
		settle()
		n.expect(t, `"AQI="`, "03", "", "x 04", "map[a:aGk=]")
		p.leave()
	})
}

func TestBinaryOut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		p := enter(t, srv)
		s := only(t, ns)
		s.Emit("b", []byte{1}, "x", socketio.Binary{2, 3})
		p.expect(`52-["b",`+hole0+`,"x",`+hole1+`]`, "<01>", "<02 03>")
		s.Emit("p", photo{"x", socketio.Binary{1}, []socketio.Binary{{2}, {}}})
		p.expect(`53-["p",{"Name":"x","Data":`+hole0+`,"More":[`+hole1+`,{"_placeholder":true,"num":2}]}]`, "<01>", "<02>", "<>")
		s.Emit("m", map[string]any{"a": socketio.Binary{9}, "b": []byte{8}})
		p.expect(`51-["m",{"a":`+hole0+`,"b":"CA=="}]`, "<09>")
		// What a string says is never taken for an attachment.
		s.Emit("s", "everwire-binary-0:AAAA", map[string]string{"everwire-binary-0:": "everwire-binary-"})
		p.expect(`2["s","everwire-binary-0:AAAA",{"everwire-binary-0:":"everwire-binary-"}]`)
		p.leave()
	})
}

// An event's attachments are one unit with its text, whoever else emits.
func TestArgsAreEchoedWithTheirAttachments(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		socketio.OnAck(ns, "echo", func(_ context.Context, s *socketio.Socket, args socketio.Args) (socketio.Args, error) {
			return args, s.Emit("back", []byte{0xff}, args, args)
		})
		p := enter(t, srv)
		p.send(`52-7["echo",{"a":[` + hole1 + `]},1,` + hole0 + `]`)
		p.sendBinary(1)
		p.sendBinary(2)
		settle()
		n := func(i string) string { return `{"_placeholder":true,"num":` + i + `}` }
		p.expect(`55-["back",`+n("0")+`,{"a":[`+n("2")+`]},1,`+n("1")+`,{"a":[`+n("4")+`]},1,`+n("3")+`]`,
			"<ff>", "<01>", "<02>", "<01>", "<02>",
			`62-7[{"a":[`+n("1")+`]},1,`+n("0")+`]`, "<01>", "<02>")
		p.leave()
	})
}

func TestMaxAttachments(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{MaxAttachments: 2})
		ns := srv.Of("/")
		p := enter(t, srv)
		s := only(t, ns)
		b := []byte{1}
		if err := s.Emit("two", b, b); err != nil {
			t.Error(err)
		}
		wantErr(t, s.Emit("three", b, b, b), socketio.ErrTooManyAttachments)
		wantErr(t, ns.Emit("three", []socketio.Binary{b, b, b}), socketio.ErrTooManyAttachments)
		p.expect(`52-["two",`+hole0+`,`+hole1+`]`, "<01>", "<01>")
		wantErr(t, p.send(`53-["three"]`), sio.ErrTooManyAttachments)
		p.leave()
	})
}

// Data that only looks like an attachment is passed on while there is no doubt
// about it. Together with attachments it would make its receivers close their
// connections.
func TestForgedPlaceholders(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		errs := make(chan error, 3)
		socketio.On(ns, "say", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
			errs <- s.Emit("said", args)
			errs <- s.Emit("said", args, []byte{1})
			errs <- s.Emit("said", socketio.Binary{1}, args)
			return nil
		})
		p := enter(t, srv)
		p.send(`2["say",` + hole0 + `]`)
		settle()
		p.expect(`2["said",` + hole0 + `]`)
		if err := <-errs; err != nil {
			t.Error(err)
		}
		wantErr(t, <-errs, sio.ErrPlaceholder)
		wantErr(t, <-errs, sio.ErrPlaceholder)
		p.leave()
	})
}

func TestBinaryToAClientWithoutBinary(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := socketio.NewServer(socketio.Config{})
		ns := srv.Of("/")
		p := enter(t, srv)
		text := *carrier
		text.Binary = false
		var err error
		if p.lease, err = p.conn.Attach(&text, nil); err != nil {
			t.Fatal(err)
		}
		s := only(t, ns)
		if err := s.Emit("b", []byte{1}); !errors.Is(err, session.ErrUnsupported) {
			t.Errorf("error %v", err)
		}
		p.expect()
		p.leave()
	})
}
