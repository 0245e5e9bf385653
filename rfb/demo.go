package rfb

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"sync"
	"time"

	"github.com/everwire/everwire/protocol/rfb"
)

// Default size of the Demo, in pixels.
const (
	DemoWidth  = 1024
	DemoHeight = 640
)

// A Demo is a desktop to try viewers with: a sheet of paper that all draw on
// together, with a clock. The left button draws, the right one erases, the wheel
// makes the brush thicker or thinner, keys write where the pointer is, and what
// one viewer copies all others can paste. It must be made by NewDemo.
type Demo struct {
	desktop *Desktop

	mu    sync.Mutex // guards below; taken before the desktop's
	paint painter
	hands map[*Viewer]*hand
	clip  string // what was copied last
	tools demoTools
}

// A hand is what a viewer draws with.
type hand struct {
	at      point
	text    point // where the next character goes
	start   float64
	buttons uint16
	ink     int
	brush   float64
}

// NewDemo returns a demo of a size; 0 means the default one. Its font has ASCII
// only: of a clipboard that it shows other characters appear as question marks. The
// error is that of NewDesktop, or says that the size is too small.
func NewDemo(width, height int) (*Demo, error) {
	if width == 0 {
		width = DemoWidth
	}
	if height == 0 {
		height = DemoHeight
	}
	if width < demoLeast.X || height < demoLeast.Y {
		return nil, fmt.Errorf("rfb: a demo of %d by %d is too small", width, height)
	}
	d := &Demo{hands: map[*Viewer]*hand{}}
	desktop, err := NewDesktop(width, height, "Everwire paint", d.input)
	if err != nil {
		return nil, err
	}
	d.desktop = desktop
	desktop.OnResize(d.resize)
	desktop.SetCursor(demoCursor())
	d.paint.img = image.NewRGBA(image.Rect(0, 0, width, height))
	d.tools = layOut(d.paint.img.Rect)
	d.drawAll(time.Now())
	return d, nil
}

// Desktop returns what Serve can show.
func (d *Demo) Desktop() *Desktop { return d.desktop }

// Run makes the clock go, until ctx ends.
func (d *Demo) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			d.mu.Lock()
			d.drawClock(now)
			d.show()
			d.mu.Unlock()
		}
	}
}

// show gives viewers what was painted. It is called with the lock held.
func (d *Demo) show() {
	d.desktop.Show(d.paint.img, d.paint.changed)
	d.paint.changed = image.Rectangle{}
}

// resize keeps what was drawn, as far as it fits.
func (d *Demo) resize(v *Viewer, width, height int, screens []rfb.Screen) int {
	if width < demoLeast.X || height < demoLeast.Y {
		return rfb.ResizeInvalid
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	old, paper := d.paint.img, d.tools.paper
	d.paint.img = image.NewRGBA(image.Rect(0, 0, width, height))
	d.tools = layOut(d.paint.img.Rect)
	if err := d.desktop.Resize(width, height, screens, v); err != nil {
		return rfb.ResizeNoMemory
	}
	d.drawAll(time.Now())
	keep := paper.Intersect(d.tools.paper).Inset(1)
	for y := keep.Min.Y; y < keep.Max.Y; y++ {
		copy(d.paint.img.Pix[d.paint.img.PixOffset(keep.Min.X, y):d.paint.img.PixOffset(keep.Max.X, y)], old.Pix[old.PixOffset(keep.Min.X, y):])
	}
	d.desktop.Show(d.paint.img, d.paint.img.Rect)
	return rfb.ResizeDone
}

func (d *Demo) input(v *Viewer, in Input) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if in.Kind == InputLeave {
		delete(d.hands, v)
		return
	}
	h := d.hands[v]
	if h == nil {
		// Hands differ in their ink, so that people see who draws.
		h = &hand{ink: len(d.hands) % len(demoInks), brush: demoBrushes[1]}
		d.hands[v] = h
		d.drawTools(h)
	}
	switch in.Kind {
	case InputPointer:
		d.pointer(h, in)
	case InputKey:
		if in.Down {
			d.key(h, in.Keysym)
		}
	case InputClipboard:
		d.clip = in.Text
		d.desktop.SetClipboard(in.Text, v)
		d.drawStatus()
	}
	d.show()
}

// Buttons of a pointer.
const (
	leftButton  = 1 << 0
	rightButton = 1 << 2
	wheelUp     = 1 << 3
	wheelDown   = 1 << 4
)

func (d *Demo) pointer(h *hand, in Input) {
	at := point{float64(in.X) + .5, float64(in.Y) + .5}
	pressed := in.Buttons &^ h.buttons
	here := image.Pt(in.X, in.Y)
	switch {
	case pressed&(wheelUp|wheelDown) != 0:
		d.turnWheel(h, pressed)
	case pressed&leftButton != 0 && !here.In(d.tools.paper):
		d.press(h, here)
	case in.Buttons&(leftButton|rightButton) != 0:
		from := h.at
		if pressed != 0 {
			from = at
		}
		c, width := demoInks[h.ink], h.brush
		if in.Buttons&rightButton != 0 {
			c, width = demoPaper, max(4*h.brush, 16)
		}
		d.paint.line(from, at, width, c, d.tools.paper.Inset(1))
	}
	if at != h.at {
		h.text, h.start = at, at.x
	}
	h.at, h.buttons = at, in.Buttons
}

func (d *Demo) turnWheel(h *hand, pressed uint16) {
	if pressed&wheelUp != 0 {
		h.brush = min(h.brush*1.25, 40)
	} else {
		h.brush = max(h.brush/1.25, 1)
	}
	d.drawTools(h)
}

// press is for the tools at the side.
func (d *Demo) press(h *hand, here image.Point) {
	for i, r := range d.tools.inks {
		if here.In(r) {
			h.ink = i
		}
	}
	for i, r := range d.tools.brushes {
		if here.In(r) {
			h.brush = demoBrushes[i]
		}
	}
	if here.In(d.tools.clear) {
		d.drawPaper()
	}
	d.drawTools(h)
}

// textHeight is that of what keys write.
const textHeight = 15

// key writes a character; Return begins a line, BackSpace rings.
func (d *Demo) key(h *hand, keysym uint32) {
	const (
		backSpace = 0xff08
		enter     = 0xff0d
		unicode   = 0x01000000 // keysyms beyond Latin-1
	)
	switch {
	case keysym == backSpace:
		d.desktop.Bell()
	case keysym == enter:
		h.text = point{h.start, h.text.y + 1.7*textHeight}
	case keysym >= ' ' && keysym < 0x100 || keysym >= unicode:
		c := string(rune(keysym &^ unicode))
		if h.text == (point{}) {
			h.text = point{float64(d.tools.paper.Min.X) + 20, float64(d.tools.paper.Min.Y) + 40}
			h.start = h.text.x
		}
		if image.Pt(int(h.text.x)+textHeight, int(h.text.y)).In(d.tools.paper.Inset(4)) {
			d.paint.text(h.text.x, h.text.y, c, textHeight, 2, demoInks[h.ink])
			h.text.x += textWidth(c, textHeight)
		}
	}
}

// demoCursor is a crosshair that is seen on any ground.
func demoCursor() *rfb.Cursor {
	const side = 21
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	mark := func(x, y int, c color.RGBA) { img.SetRGBA(x, y, c) }
	for pass, c := range []color.RGBA{{255, 255, 255, 255}, {30, 34, 42, 255}} {
		for i := range side {
			if i > side/2-3 && i < side/2+3 || pass == 1 && (i == 0 || i == side-1) {
				continue
			}
			for w := pass - 1; w <= 1-pass; w++ {
				mark(i, side/2+w, c)
				mark(side/2+w, i, c)
			}
		}
	}
	mark(side/2, side/2, color.RGBA{30, 34, 42, 255})
	return &rfb.Cursor{HotX: side / 2, HotY: side / 2, Width: side, Height: side, Pix: img.Pix}
}
