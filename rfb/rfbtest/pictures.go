package rfbtest

import (
	"image"
	"math/rand/v2"

	"github.com/everwire/everwire/protocol/rfb"
)

// A Step is one thing that happens to the screen.
type Step struct {
	// About says what the step is to try.
	About string
	// Picture is the screen after the step. Its size is that of all others.
	Picture *rfb.Framebuffer
	// Damage are the areas that have changed, or may have.
	Damage []rfb.Rect
	// Copies come before the damage: areas that become what was elsewhere.
	Copies []Copy
}

// A Copy moves what is at X, Y to Rect.
type Copy struct {
	Rect rfb.Rect
	X, Y int
}

// Size of the built-in script's screen: no multiple of a tile's side.
const (
	ScriptWidth  = 203
	ScriptHeight = 151
)

// Script returns the built-in steps. They have areas of one color, of two, of
// each number at which an encoding changes its mind, smooth and noisy ones,
// single pixels, thin lines, and copies that overlap what they copy. All is
// computed, and the same each time.
func Script() []Step {
	s := &script{rng: rand.New(rand.NewPCG(6143, 3))}
	s.now, _ = rfb.NewFramebuffer(ScriptWidth, ScriptHeight) // a size that is allowed
	s.palettes()
	s.step("areas with 1 to 300 colors, from runs to noise", s.now.Bounds())
	for i := range 7 {
		s.now.Fill(rfb.Rect{X: 31 * i, Y: 21 * i, Width: 1, Height: 1}, s.color())
		s.damage = append(s.damage, rfb.Rect{X: 31 * i, Y: 21 * i, Width: 1, Height: 1})
	}
	s.step("single pixels")
	s.copy(rfb.Rect{X: 0, Y: 0, Width: ScriptWidth, Height: ScriptHeight - 9}, 0, 9)
	s.step("scrolling up", s.fill(rfb.Rect{X: 0, Y: ScriptHeight - 9, Width: ScriptWidth, Height: 9}))
	s.copy(rfb.Rect{X: 20, Y: 13, Width: 100, Height: 90}, 11, 4)
	s.copy(rfb.Rect{X: 3, Y: 7, Width: 100, Height: 90}, 11, 4)
	s.step("copies that overlap, down and up")
	s.step("lines", s.fill(rfb.Rect{X: 0, Y: 70, Width: ScriptWidth, Height: 1}), s.fill(rfb.Rect{X: 101, Y: 0, Width: 1, Height: ScriptHeight}))
	s.step("letters", s.letters(rfb.Rect{X: 5, Y: 80, Width: 190, Height: 64}))
	s.step("a smooth area", s.gradient(rfb.Rect{X: 1, Y: 1, Width: 150, Height: 100}))
	s.step("noise", s.noise(s.now.Bounds(), 1<<24))
	s.now.Fill(s.now.Bounds(), [4]byte{0, 0, 0, 255})
	s.step("black", s.now.Bounds())
	s.step("letters on black", s.letters(s.now.Bounds()))
	return s.steps
}

type script struct {
	rng    *rand.Rand
	now    *rfb.Framebuffer
	damage []rfb.Rect
	copies []Copy
	steps  []Step
}

func (s *script) step(about string, damage ...rfb.Rect) {
	picture, _ := rfb.NewFramebuffer(s.now.Width, s.now.Height)
	copy(picture.Pix, s.now.Pix)
	s.steps = append(s.steps, Step{about, picture, append(s.damage, damage...), s.copies})
	s.damage, s.copies = nil, nil
}

func (s *script) color() [4]byte {
	v := s.rng.Uint32()
	return [4]byte{byte(v), byte(v >> 8), byte(v >> 16), 255}
}

func (s *script) fill(r rfb.Rect) rfb.Rect {
	s.now.Fill(r, s.color())
	return r
}

func (s *script) copy(r rfb.Rect, x, y int) {
	s.now.Copy(r, x, y)
	s.copies = append(s.copies, Copy{r, x, y})
}

// palettes fills the screen with cells that have a certain number of colors in
// runs of a certain length. Cells have the size of the largest tile.
func (s *script) palettes() {
	colors := []int{1, 2, 3, 4, 5, 16, 17, 100, 127, 128, 255, 300}
	i := 0
	for y := 0; y < s.now.Height; y += 64 {
		for x := 0; x < s.now.Width; x += 64 {
			r := rfb.Rect{X: x, Y: y, Width: min(64, s.now.Width-x), Height: min(64, s.now.Height-y)}
			s.runs(r, colors[i%len(colors)], 1+5*(i%4))
			i++
		}
	}
}

func (s *script) runs(r rfb.Rect, colors, longest int) {
	palette := make([][4]byte, colors)
	for i := range palette {
		palette[i] = s.color()
	}
	left, c := 0, palette[0]
	for y := r.Y; y < r.Y+r.Height; y++ {
		for x := r.X; x < r.X+r.Width; x++ {
			if left == 0 {
				left, c = 1+s.rng.IntN(longest), palette[s.rng.IntN(colors)]
			}
			copy(s.now.Row(x, y, 1), c[:])
			left--
		}
	}
}

// noise gives each pixel one of so many colors.
func (s *script) noise(r rfb.Rect, colors int) rfb.Rect {
	for y := r.Y; y < r.Y+r.Height; y++ {
		for x := r.X; x < r.X+r.Width; x++ {
			v := s.rng.IntN(colors)
			copy(s.now.Row(x, y, 1), []byte{byte(v), byte(v >> 8), byte(v >> 16)})
		}
	}
	return r
}

func (s *script) gradient(r rfb.Rect) rfb.Rect {
	for y := r.Y; y < r.Y+r.Height; y++ {
		for x := r.X; x < r.X+r.Width; x++ {
			copy(s.now.Row(x, y, 1), []byte{byte(x + y), byte(2*x - y), byte(x * y / 64)})
		}
	}
	return r
}

// letters draws what looks like lines of text in two colors.
func (s *script) letters(r rfb.Rect) rfb.Rect {
	paper, ink := s.color(), s.color()
	s.now.Fill(r, paper)
	for y := r.Y + 2; y+8 <= r.Y+r.Height; y += 10 {
		for x := r.X + 2; x+5 <= r.X+r.Width; x += 6 {
			for bits := s.rng.Uint64(); bits != 0; bits &= bits - 1 {
				n := int(bits & -bits % 67 % 40)
				copy(s.now.Row(x+n%5, y+n/5, 1), ink[:])
			}
		}
	}
	return r
}

// Converted returns a picture as a client sees it that uses a pixel format:
// with the colors that the format has. Formats without true color have those
// of rfb.CubeColorMap. The error is that of rfb.NewPixels.
func Converted(f *rfb.Framebuffer, format rfb.PixelFormat) (*rfb.Framebuffer, error) {
	if !format.TrueColor {
		format = rfb.PixelFormat8
	}
	p, err := rfb.NewPixels(format, nil)
	if err != nil {
		return nil, err
	}
	c, err := rfb.NewFramebuffer(f.Width, f.Height)
	if err != nil {
		return nil, err
	}
	p.ToRGBA(c.Pix, p.AppendRGBA(nil, f.Pix))
	return c, nil
}

// Differ returns the first pixel in which two pictures differ. It is false if
// they are alike, alpha aside.
func Differ(a, b *rfb.Framebuffer) (image.Point, bool) {
	if a.Width != b.Width || a.Height != b.Height {
		return image.Pt(min(a.Width, b.Width), min(a.Height, b.Height)), true
	}
	for i := 0; i+4 <= len(a.Pix); i += 4 {
		if a.Pix[i] != b.Pix[i] || a.Pix[i+1] != b.Pix[i+1] || a.Pix[i+2] != b.Pix[i+2] {
			return image.Pt(i/4%a.Width, i/4/a.Width), true
		}
	}
	return image.Point{}, false
}
