package rfb_test

import (
	"fmt"
	"image/color"

	"github.com/everwire/everwire/protocol/rfb"
)

// A client and a server talk to each other without a connection: what one has
// to send, the other is given. Programs put a net.Conn in between.
func Example() {
	client, err := rfb.NewClient(rfb.ClientConfig{
		Security:  []rfb.SecurityType{rfb.SecurityVNC},
		Encodings: []rfb.Encoding{rfb.EncodingZRLE},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	desk := newDesk()
	for {
		client.Feed(desk.answer(client.AppendOutput(nil)))
		for {
			ev, err := client.Next()
			if err != nil {
				fmt.Println(err)
				return
			}
			if ev.Kind == rfb.EventNone {
				break // more bytes are needed
			}
			switch ev.Kind {
			case rfb.EventCredentials:
				fmt.Println("a password is wanted for", ev.Security)
				client.Login(rfb.Credentials{Password: "secret"})
			case rfb.EventReady:
				fmt.Printf("%q has %d by %d pixels\n", ev.Text, ev.Rect.Width, ev.Rect.Height)
				client.RequestUpdate(false, ev.Rect)
			case rfb.EventRect:
				fmt.Println(ev.Encoding, "at", ev.Rect)
			case rfb.EventUpdate:
				fmt.Println("a pixel:", client.Framebuffer().Image().At(3, 3))
				return
			}
		}
	}
	// Output:
	// a password is wanted for VNC
	// "desk" has 100 by 80 pixels
	// ZRLE at {0 0 100 80}
	// a pixel: {0 100 200 255}
}

// A desk is the server's side, for one client.
type desk struct {
	server  *rfb.Server
	picture *rfb.Framebuffer
	in      []byte
}

func newDesk() *desk {
	picture, err := rfb.NewFramebuffer(100, 80)
	if err != nil {
		panic(err)
	}
	blue := color.RGBA{0, 100, 200, 255}
	picture.Fill(picture.Bounds(), [4]byte{blue.R, blue.G, blue.B, blue.A})
	return &desk{server: rfb.NewServer(rfb.ServerConfig{Security: []rfb.SecurityType{rfb.SecurityVNC}}), picture: picture}
}

// answer takes what the client has sent and returns what it is to be sent.
func (d *desk) answer(p []byte) (out []byte) {
	d.in = append(d.in, p...)
	for {
		n, ev, err := d.server.Receive(d.in)
		if err != nil {
			panic(err)
		}
		switch ev.Kind {
		case rfb.ServerEventAuthenticate:
			err = d.server.Authenticated(ev.CheckPassword("secret"), "wrong password")
		case rfb.ServerEventInit:
			err = d.server.Start(rfb.ServerInit{Width: 100, Height: 80, PixelFormat: rfb.PixelFormat32, Name: "desk"})
		}
		if err != nil {
			panic(err)
		}
		d.in = d.in[n:]
		if n == 0 {
			break
		}
	}
	out = d.server.AppendOutput(nil)
	if u, wanted := d.server.BeginUpdate(); wanted {
		for more := true; more; {
			out, more = u.Append(out, d.picture)
		}
		d.server.EndUpdate()
	}
	return out
}

// A rectangle is written in an encoding.
func ExampleEncoder() {
	picture, err := rfb.NewFramebuffer(16, 16)
	if err != nil {
		fmt.Println(err)
		return
	}
	picture.Fill(picture.Bounds(), [4]byte{255, 0, 0, 255})
	e, err := rfb.NewEncoder(rfb.PixelFormat32)
	if err != nil {
		fmt.Println(err)
		return
	}
	p := e.AppendRect(nil, rfb.EncodingTRLE, picture, picture.Bounds())
	fmt.Printf("header %x, content %x\n", p[:rfb.RectHeaderLength], p[rfb.RectHeaderLength:])
	// Output: header 00000000001000100000000f, content 010000ff
}

// Messages can be written and read one by one.
func ExampleParseClientMessage() {
	p := rfb.AppendKeyEvent(nil, true, 'a')
	p = rfb.AppendPointerEvent(p, 10, 20, 1)
	for len(p) > 0 {
		m, n, err := rfb.ParseClientMessage(p, rfb.ParseOptions{})
		if err != nil || n == 0 {
			fmt.Println("wrong, or not all of it is there:", err)
			return
		}
		switch m.Type {
		case rfb.KeyEvent:
			fmt.Printf("key %q, down %v\n", rune(m.Keysym), m.Down)
		case rfb.PointerEvent:
			fmt.Println("pointer at", m.X, m.Y)
		}
		p = p[n:]
	}
	// Output:
	// key 'a', down true
	// pointer at 10 20
}
