package rfb_test

import (
	"context"
	"image"
	"image/color"
	"testing"
	"testing/synctest"
	"time"

	proto "github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb"
)

// A demoHand is a viewer of a demo.
type demoHand struct {
	*rfb.Desktop
	v *rfb.Viewer
}

func (h demoHand) point(x, y int, buttons uint16) {
	h.Input(h.v, rfb.Input{Kind: rfb.InputPointer, X: x, Y: y, Buttons: buttons})
}

func (h demoHand) at(x, y int) color.RGBA { return h.Image().RGBAAt(x, y) }

func newDemo(t *testing.T, width, height int) (*rfb.Demo, demoHand) {
	t.Helper()
	d, err := rfb.NewDemo(width, height)
	if err != nil {
		t.Fatal(err)
	}
	return d, demoHand{d.Desktop(), new(rfb.Viewer)}
}

func TestDemoDraws(t *testing.T) {
	_, h := newDemo(t, 0, 0)
	paper := h.at(300, 300)
	h.point(300, 300, 0)
	h.point(300, 300, 1)
	h.point(400, 300, 1)
	h.point(400, 300, 0)
	h.point(500, 300, 0)
	if h.at(350, 300) == paper || h.at(450, 300) != paper {
		t.Error("the stroke is not where the pointer went")
	}
	h.point(350, 300, 4) // the right button
	if h.at(350, 300) != paper {
		t.Error("it is not erased")
	}
	// Another viewer draws in another color.
	other := demoHand{h.Desktop, new(rfb.Viewer)}
	other.point(300, 400, 1)
	if a, b := h.at(395, 300), h.at(300, 400); a == b || b == paper {
		t.Errorf("both draw with %v, %v", a, b)
	}
}

func TestDemoStaysOnPaper(t *testing.T) {
	_, h := newDemo(t, 0, 0)
	head := h.at(500, 30)
	h.point(500, 100, 1)
	h.point(500, -50, 1)
	h.point(500, 70000, 1)
	if h.at(500, 30) != head {
		t.Error("the stroke leaves the paper")
	}
}

func TestDemoWrites(t *testing.T) {
	_, h := newDemo(t, 600, 400)
	before := h.Image()
	h.point(200, 200, 0)
	for _, key := range []uint32{'H', 'i', 0xff0d, 0x01006f22, 0xffe1, 0xff08} {
		h.Input(h.v, rfb.Input{Kind: rfb.InputKey, Down: true, Keysym: key})
	}
	changed := image.Rectangle{}
	after := h.Image()
	for y := 100; y < 350; y++ {
		for x := 100; x < 580; x++ {
			if before.RGBAAt(x, y) != after.RGBAAt(x, y) {
				changed = changed.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if changed.Min.X < 195 || changed.Max.X > 260 || changed.Dy() < 20 || changed.Dy() > 60 {
		t.Errorf("two lines are written at %v", changed)
	}
}

func TestDemoSharesTexts(t *testing.T) {
	_, h := newDemo(t, 600, 400)
	h.Input(h.v, rfb.Input{Kind: rfb.InputClipboard, Text: "a text \u6f22 that is longer than what is shown of it\n2"})
	if got := h.State().Clipboard; got != "a text \u6f22 that is longer than what is shown of it\n2" {
		t.Errorf("clipboard %q", got)
	}
}

func TestDemoResizes(t *testing.T) {
	_, h := newDemo(t, 600, 400)
	h.point(200, 200, 1)
	ink := h.at(200, 200)
	if got := h.AskResize(h.v, 100, 100, nil); got != proto.ResizeInvalid {
		t.Errorf("too small: %d", got)
	}
	if got := h.AskResize(h.v, 800, 500, nil); got != proto.ResizeDone {
		t.Errorf("larger: %d", got)
	}
	if got := h.Image(); got.Rect != image.Rect(0, 0, 800, 500) || got.RGBAAt(200, 200) != ink {
		t.Errorf("size %v, and what was drawn is %v", got.Rect, got.RGBAAt(200, 200))
	}
	if _, err := rfb.NewDemo(100, 100); err == nil {
		t.Error("a demo that is too small")
	}
}

// TestDemoClock goes.
func TestDemoClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, h := newDemo(t, 600, 400)
		before := h.Image()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan bool)
		go func() { d.Run(ctx); close(done) }()
		time.Sleep(1500 * time.Millisecond)
		after := h.Image()
		if string(before.Pix) == string(after.Pix) {
			t.Error("nothing has changed")
		}
		if before.RGBAAt(300, 300) != after.RGBAAt(300, 300) {
			t.Error("the paper has changed")
		}
		cancel()
		<-done
	})
}
