package rfb_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"net"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
)

// A desktop that any VNC viewer can look at: it is blue until somebody presses
// a key.
func ExampleServeListener() {
	pressed := make(chan rune, 1)
	desktop, err := rfb.NewDesktop(640, 480, "example", func(_ *rfb.Viewer, in rfb.Input) {
		if in.Kind == rfb.InputKey && in.Down {
			pressed <- rune(in.Keysym)
		}
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	paint := func(c color.Color) {
		draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
		desktop.Show(img, img.Rect)
	}
	paint(color.RGBA{0, 0, 255, 255})

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	served := make(chan error)
	go func() { served <- rfb.ServeListener(ctx, l, desktop, rfb.ServeConfig{Password: "secret"}) }()

	// In place of a person with a viewer:
	viewer, err := rfb.Dial(ctx, l.Addr().String(), rfb.Config{Password: "secret", Security: []proto.SecurityType{proto.SecurityVNC}})
	if err != nil {
		fmt.Println(err)
		return
	}
	viewer.SendKey(true, 'x', 0)
	fmt.Printf("somebody has pressed %c\n", <-pressed)
	paint(color.RGBA{255, 0, 0, 255})
	for range viewer.Updates() {
		if c := viewer.Image().RGBAAt(320, 240); c.R == 255 {
			fmt.Println("the viewer sees", c)
			break
		}
	}
	viewer.Close()
	cancel()
	fmt.Println(<-served)
	// Output:
	// somebody has pressed x
	// the viewer sees {255 0 0 255}
	// context canceled
}
