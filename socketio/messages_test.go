package socketio_test

import (
	"context"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// Clients of 0.1 to 0.6 send and get messages as they are; what they look like on
// the wire is the transport's business. What is not JSON where it should be is
// ignored, and so is what is binary.
func TestMessageClients(t *testing.T) {
	for _, g := range []socketio.Generation{socketio.Gen04, socketio.Gen06} {
		t.Run(g.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := socketio.NewServer(socketio.Config{})
				var n notes
				socketio.On(srv.Of("/"), "message", func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
					elements, _ := args.Raw()
					n.add("%s", elements)
					return s.Emit("message", args)
				})
				c := talk(t, srv, g)
				for _, m := range []session.Message{
					{Kind: session.Text, Data: []byte(`0{"sid":1}`)}, {Kind: session.Text, Data: []byte(`["x"]`)},
					{Kind: session.JSON, Data: []byte(`{"x":1}`)}, {Kind: session.JSON, Data: []byte(` 7 `)}, {Kind: session.JSON, Data: []byte(`"x"`)},
					{Kind: session.JSON, Data: []byte(`{`)}, {Kind: session.JSON, Data: []byte(`1,2`)}, {Kind: session.JSON, Data: []byte(``)},
					{Kind: session.JSON, Data: []byte(`1],[2`)}, {Kind: session.Binary, Data: []byte{1}},
				} {
					c.deliver(m.Kind, string(m.Data))
				}
				settle()
				n.expect(t, `["0{\"sid\":1}"]`, `["[\"x\"]"]`, `[{"x":1}]`, `[7]`, `["x"]`)
				for i, want := range []session.Message{
					{Kind: session.Text, Data: []byte(`0{"sid":1}`)}, {Kind: session.Text, Data: []byte(`["x"]`)},
					{Kind: session.JSON, Data: []byte(`{"x":1}`)}, {Kind: session.JSON, Data: []byte(`7`)}, {Kind: session.Text, Data: []byte(`x`)},
				} {
					b, err := c.lease.TryNext(1)
					if err != nil {
						t.Fatalf("message %d: %v", i, err)
					}
					if q := b.Packets[0]; q.Kind != want.Kind || string(q.Data) != string(want.Data) {
						t.Errorf("message %d is %v %s, want %v %s", i, q.Kind, q.Data, want.Kind, want.Data)
					}
					b.Commit()
				}
				c.leave()
			})
		})
	}
}
