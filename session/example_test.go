package session_test

import (
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
