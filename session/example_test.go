package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/everwire/everwire/session"
)

// A Handler is a loop. Here it echoes until the client closes; the rest is a
// client made of the calls that a transport makes.
func ExampleHandler() {
	echo := session.HandlerFunc(func(s session.Session) {
		for {
			m, err := s.Receive(s.Context())
			if errors.Is(err, io.EOF) {
				fmt.Println("the client has closed")
				return
			}
			if err != nil {
				return
			}
			if err := s.Send(s.Context(), m); err != nil {
				return
			}
		}
	})

	m := session.NewManager()
	conn, err := m.Open(&session.Config{Protocol: "raw"}, session.Peer{})
	if err != nil {
		fmt.Println(err)
		return
	}
	conn.Serve(echo)
	lease, err := conn.Attach(&session.Carrier{Transport: "websocket", Stream: true}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range []string{"hello", "world"} {
		conn.Deliver(session.Packet{Type: session.PacketMessage, Data: []byte(line)})
		batch, err := lease.Next(context.Background(), 1<<16)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("echoed %s\n", batch.Packets[0].Data)
		batch.Commit()
	}
	conn.Deliver(session.Packet{Type: session.PacketClose})
	m.Shutdown(context.Background())
	// Output:
	// echoed hello
	// echoed world
	// the client has closed
}

// A carrier pulls. One that keeps no goroutine while it is idle, like a
// WebSocket, drains when it is woken.
func ExampleConn_Attach() {
	conn := session.NewConn(context.Background(), session.NewID(), &session.Config{}, session.Peer{})

	var lease *session.Lease
	drain := func() {
		for {
			batch, err := lease.TryNext(1 << 16)
			if err != nil { // ErrIdle: the next change calls wake
				return
			}
			for _, p := range batch.Packets { // here: encode, then one write
				fmt.Printf("%v %q\n", p.Type, p.Data)
			}
			batch.Commit()
		}
	}
	wake := drain // a real carrier's write may block: go drain()
	lease, err := conn.Attach(&session.Carrier{Transport: "websocket", Stream: true}, wake)
	if err != nil {
		fmt.Println(err)
		return
	}
	drain() // what was queued before, and arms wake

	conn.Send(context.Background(), session.Message{Data: []byte("one")})
	conn.Send(context.Background(), session.Message{Data: []byte("two")})
	conn.Close(session.Normal, "")
	<-conn.Context().Done()
	fmt.Println(context.Cause(conn.Context()))
	// Output:
	// message "one"
	// message "two"
	// close ""
	// session: closed by this side: normal
}

// A poll lives for one batch, and what nobody has written stays for the next.
func ExampleBatch_Rollback() {
	conn := session.NewConn(context.Background(), session.NewID(), &session.Config{}, session.Peer{})
	defer conn.Kill(&session.CloseError{Code: session.Normal})
	polling := &session.Carrier{Transport: "polling"}
	poll := func(gone bool) {
		lease, err := conn.Attach(polling, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer lease.Release()
		batch, err := lease.Next(context.Background(), 1<<16)
		if err != nil {
			fmt.Println(err)
			return
		}
		if gone { // nothing was written yet
			batch.Rollback()
			return
		}
		fmt.Printf("answered with %d packets, first %s\n", len(batch.Packets), batch.Packets[0].Data)
		batch.Commit()
	}
	conn.Send(context.Background(), session.Message{Data: []byte("hello")})
	poll(true)
	poll(false)
	// Output:
	// answered with 1 packets, first hello
}

// A Responder answers on the goroutine that reads the client. What it is given
// it may send at once, and must not keep.
func ExampleResponder() {
	m := session.NewManager()
	conn, err := m.Open(&session.Config{Protocol: "raw"}, session.Peer{})
	if err != nil {
		fmt.Println(err)
		return
	}
	conn.Serve(shouter{})
	// A client, made of the calls that a transport makes.
	lease, err := conn.Attach(&session.Carrier{Transport: "websocket", Stream: true}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range []string{"hello", "", "too late"} {
		conn.Deliver(session.Packet{Type: session.PacketMessage, Data: []byte(line)})
	}
	batch, err := lease.Next(context.Background(), 1<<16)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range batch.Packets {
		fmt.Printf("%v %s%s\n", p.Type, p.Data, p.Reason)
	}
	batch.Commit()
	m.Shutdown(context.Background())
	// Output:
	// message HELLO
	// close nothing to say
}

type shouter struct{}

func (shouter) Respond(s session.Session, m session.Message) error {
	if len(m.Data) == 0 {
		return &session.CloseError{Code: 4000, Reason: "nothing to say"}
	}
	return s.Send(s.Context(), session.Message{Kind: m.Kind, Data: bytes.ToUpper(m.Data)})
}

// ServeSession is for sessions of other kinds.
func (h shouter) ServeSession(s session.Session) { session.ResponderFunc(h.Respond).ServeSession(s) }

// A room tells all its members what one of them says.
func ExampleGroup() {
	var r room
	join := func(id string) *session.Conn {
		conn := session.NewConn(context.Background(), id, &session.Config{}, session.Peer{})
		conn.Serve(&r)
		// A client that prints what it gets.
		var lease *session.Lease
		drain := func() {
			for {
				batch, err := lease.TryNext(1 << 16)
				if err != nil {
					return
				}
				for _, p := range batch.Packets {
					fmt.Printf("%s: %v %s\n", id, p.Type, p.Data)
				}
				batch.Commit()
			}
		}
		lease, err := conn.Attach(&session.Carrier{Transport: "websocket", Stream: true}, drain)
		if err != nil {
			fmt.Println(err)
		}
		drain()
		return conn
	}
	one := join("one")
	fmt.Println(r.members.Len(), "member")
	one.Deliver(session.Packet{Type: session.PacketMessage, Data: []byte("anybody here?")})
	two := join("two")
	one.Deliver(session.Packet{Type: session.PacketClose})
	two.Deliver(session.Packet{Type: session.PacketMessage, Data: []byte("I am late")})
	two.Deliver(session.Packet{Type: session.PacketClose})
	fmt.Println(r.members.Len(), "members")
	// Output:
	// 1 member
	// one: message anybody here?
	// two: message I am late
	// 0 members
}

type room struct{ members session.Group }

func (r *room) Opened(s session.Session)        { r.members.Add(s) }
func (r *room) Over(s session.Session, _ error) { r.members.Remove(s) }

func (r *room) Respond(_ session.Session, m session.Message) error {
	m.Data = bytes.Clone(m.Data) // it is ours during the call only
	r.members.Broadcast(m)
	return nil
}

// ServeSession is for sessions of other kinds, which no broadcast reaches.
func (r *room) ServeSession(s session.Session) {}
