package rfb_test

import (
	"context"
	"fmt"
	"image/color"
	"net"

	"github.com/everwire/everwire/rfb"
)

// A paint pad for all who come: here one viewer draws, and another one sees it.
// With an address of one's own instead of ":0", and without the two, it is a
// program to try any VNC viewer with.
func ExampleDemo() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	demo, err := rfb.NewDemo(0, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	go demo.Run(ctx) // the clock
	served := make(chan error)
	go func() { served <- rfb.ServeListener(ctx, l, demo.Desktop(), rfb.ServeConfig{Password: "secret"}) }()

	ann, err := rfb.Dial(ctx, l.Addr().String(), rfb.Config{Password: "secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	bob, err := rfb.Dial(ctx, l.Addr().String(), rfb.Config{Password: "secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	ann.SendPointer(300, 300, 1) // the left button goes down,
	ann.SendPointer(400, 300, 1) // moves,
	ann.SendPointer(400, 300, 0) // and goes up
	for range bob.Updates() {
		if c := bob.Image().RGBAAt(350, 300); c == (color.RGBA{34, 42, 53, 255}) {
			fmt.Println("bob sees the line in", c)
			break
		}
	}
	ann.Close()
	bob.Close()
	cancel()
	fmt.Println(<-served)
	// Output:
	// bob sees the line in {34 42 53 255}
	// context canceled
}
