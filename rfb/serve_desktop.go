package rfb

import (
	"image"
	"slices"
	"sync"

	"github.com/everwire/everwire/protocol/rfb"
)

// A Desktop is a Source that a program draws on. All methods may be called
// concurrently. It must be made by NewDesktop.
type Desktop struct {
	onInput  func(*Viewer, Input)
	onResize func(v *Viewer, width, height int, screens []rfb.Screen) int

	mu      sync.RWMutex // guards below
	picture *rfb.Framebuffer
	state   State
	watch   []*watcher
}

type watcher struct{ notify func(Change) }

// NewDesktop returns a black desktop. onInput gets what viewers do, each
// viewer's from a goroutine of its own; nil ignores it. The error is
// rfb.ErrTooLarge or rfb.ErrMalformed for an impossible size.
func NewDesktop(width, height int, name string, onInput func(*Viewer, Input)) (*Desktop, error) {
	picture, err := rfb.NewFramebuffer(width, height)
	if err != nil {
		return nil, err
	}
	return &Desktop{onInput: onInput, picture: picture, state: State{Width: width, Height: height, Name: name}}, nil
}

// OnResize lets viewers ask for another size: f decides, and calls
// Desktop.Resize if it agrees. Without it the size is fixed. It must be called
// before there are viewers.
func (d *Desktop) OnResize(f func(v *Viewer, width, height int, screens []rfb.Screen) (status int)) {
	d.onResize = f
}

// Show copies areas of an image, which has the coordinates of the desktop, to
// the desktop. What lies outside of either is left out.
func (d *Desktop) Show(img *image.RGBA, areas ...image.Rectangle) {
	d.mu.Lock()
	defer d.mu.Unlock()
	bounds := img.Rect.Intersect(d.picture.Bounds().Image())
	for _, area := range areas {
		area = area.Intersect(bounds)
		if area.Empty() {
			continue
		}
		for y := area.Min.Y; y < area.Max.Y; y++ {
			copy(d.picture.Row(area.Min.X, y, area.Dx()), img.Pix[img.PixOffset(area.Min.X, y):])
		}
		d.report(Change{Kind: Damaged, Rect: rfb.RectOf(area)})
	}
}

// Scroll moves what is at from to area, which has its size. Viewers do it
// themselves. Areas that do not lie inside of the desktop are ignored.
func (d *Desktop) Scroll(area image.Rectangle, from image.Point) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := rfb.RectOf(area)
	if r.Empty() || !d.picture.Contains(r) || !d.picture.Contains(rfb.Rect{X: from.X, Y: from.Y, Width: r.Width, Height: r.Height}) {
		return
	}
	d.picture.Copy(r, from.X, from.Y)
	d.report(Change{Kind: Copied, Rect: r, X: from.X, Y: from.Y})
}

// Resize gives the desktop another size; screens may be nil, by is the viewer
// who wanted it, or nil. What fits of the picture stays, what is new is black.
// The error is that of NewDesktop.
func (d *Desktop) Resize(width, height int, screens []rfb.Screen, by *Viewer) error {
	picture, err := rfb.NewFramebuffer(width, height)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for y := range min(height, d.picture.Height) {
		copy(picture.Row(0, y, width), d.picture.Row(0, y, min(width, d.picture.Width)))
	}
	d.picture = picture
	d.state.Width, d.state.Height, d.state.Screens = width, height, slices.Clone(screens)
	d.report(Change{Kind: Resized, State: d.state, By: by})
	return nil
}

// SetCursor gives the pointer a shape; nil hides it. The cursor must not be
// changed afterwards.
func (d *Desktop) SetCursor(c *rfb.Cursor) {
	d.change(CursorChanged, nil, func(s *State) { s.Cursor = c })
}

// SetName gives the desktop another name.
func (d *Desktop) SetName(name string) { d.change(Renamed, nil, func(s *State) { s.Name = name }) }

// SetLEDs lights the lamps of viewers' keyboards.
func (d *Desktop) SetLEDs(l rfb.LEDs) { d.change(LEDsChanged, nil, func(s *State) { s.LEDs = l }) }

// SetClipboard gives all viewers that are there a text, except the one that it is
// from, which may be nil.
func (d *Desktop) SetClipboard(text string, by *Viewer) {
	d.change(ClipboardChanged, by, func(s *State) { s.Clipboard = text })
}

// Bell rings at all viewers.
func (d *Desktop) Bell() { d.change(BellRang, nil, func(*State) {}) }

func (d *Desktop) change(kind ChangeKind, by *Viewer, set func(*State)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	set(&d.state)
	d.report(Change{Kind: kind, State: d.state, By: by})
}

// report is called with the lock held.
func (d *Desktop) report(c Change) {
	for _, w := range d.watch {
		w.notify(c)
	}
}

// Image returns a copy of the picture.
func (d *Desktop) Image() *image.RGBA {
	d.mu.RLock()
	defer d.mu.RUnlock()
	img := d.picture.Image()
	img.Pix = slices.Clone(img.Pix)
	return img
}

// State returns how things are.
func (d *Desktop) State() State {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.state
}

// ReadPixels implements Source.
func (d *Desktop) ReadPixels(dst []byte, r rfb.Rect) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	d.picture.ReadPixels(dst, r)
}

// Watch implements Source.
func (d *Desktop) Watch(notify func(Change)) (now State, stop func()) {
	w := &watcher{notify}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watch = append(d.watch, w)
	return d.state, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.watch = slices.DeleteFunc(d.watch, func(o *watcher) bool { return o == w })
	}
}

// Input implements Source.
func (d *Desktop) Input(v *Viewer, in Input) {
	if d.onInput != nil {
		d.onInput(v, in)
	}
}

// Viewers returns how many viewers there are.
func (d *Desktop) Viewers() int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.watch)
}

// AskResize implements Resizer.
func (d *Desktop) AskResize(v *Viewer, width, height int, screens []rfb.Screen) int {
	if d.onResize == nil {
		return rfb.ResizeProhibited
	}
	return d.onResize(v, width, height, screens)
}
