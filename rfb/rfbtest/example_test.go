package rfbtest_test

import (
	"context"
	"fmt"
	"net"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
)

// A test of a viewer: it is connected with a server whose pictures are known,
// and must have the last of them in the end.
func ExampleServer() {
	steps := rfbtest.Script()[:3]
	shown := make(chan int, len(steps))
	server, err := rfbtest.NewServer(rfbtest.Config{
		Encoding: proto.EncodingHextile, Steps: steps, OnStep: func(n int) { shown <- n },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	go server.ServeListener(l)

	// Here is the viewer under test.
	viewer, err := rfb.Dial(context.Background(), l.Addr().String(), rfb.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer viewer.Close()
	for range steps {
		n := <-shown
		fmt.Printf("shown: %s\n", steps[n].About)
	}
	for range viewer.Updates() {
		img := viewer.Image()
		got := &proto.Framebuffer{Width: img.Rect.Dx(), Height: img.Rect.Dy(), Pix: img.Pix}
		if _, differ := rfbtest.Differ(got, server.Picture(len(steps)-1)); !differ {
			fmt.Println("the viewer has the last picture")
			return
		}
	}
	// Output:
	// shown: areas with 1 to 300 colors, from runs to noise
	// shown: single pixels
	// shown: scrolling up
	// the viewer has the last picture
}
