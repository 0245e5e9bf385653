package rfb_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"log"
	"net"
	"os"
	"path/filepath"

	"github.com/everwire/everwire/rfb"
)

// A client connects, waits for its first picture, and saves it.
func ExampleDial() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	address, stop := exampleDesktop(ctx)
	defer stop()

	c, err := rfb.Dial(ctx, address, rfb.Config{Password: "secret"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	if err := c.WaitPicture(ctx); err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(os.TempDir(), "screenshot.png")
	f, err := os.Create(path)
	if err != nil {
		log.Fatal(err)
	}
	defer os.Remove(path) // in a program it would stay
	defer f.Close()
	if err := png.Encode(f, c.Image()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Name(), c.Size(), c.Image().At(5, 5))
	// Output: a green desktop (320,200) {0 200 0 255}
}

// exampleDesktop serves a desktop on this machine.
func exampleDesktop(ctx context.Context) (address string, stop func()) {
	d, err := rfb.NewDesktop(320, 200, "a green desktop", nil)
	if err != nil {
		log.Fatal(err)
	}
	screen := image.NewRGBA(image.Rect(0, 0, 320, 200))
	draw.Draw(screen, screen.Rect, image.NewUniform(color.RGBA{0, 200, 0, 255}), image.Point{}, draw.Src)
	d.Show(screen, screen.Rect)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		rfb.ServeListener(ctx, l, d, rfb.ServeConfig{Password: "secret"})
	}()
	return l.Addr().String(), func() { cancel(); l.Close(); <-ended }
}
