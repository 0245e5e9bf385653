package rfb

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"
	"time"
)

// Colors of the demo.
var (
	demoGround = color.RGBA{0x1f, 0x2a, 0x37, 255}
	demoPanel  = color.RGBA{0x2b, 0x38, 0x48, 255}
	demoEdge   = color.RGBA{0x3d, 0x4d, 0x61, 255}
	demoPaper  = color.RGBA{0xfd, 0xfc, 0xf8, 255}
	demoText   = color.RGBA{0xe8, 0xee, 0xf4, 255}
	demoQuiet  = color.RGBA{0x9f, 0xb0, 0xc3, 255}
	demoAccent = color.RGBA{0x5b, 0xc0, 0xa6, 255}

	demoInks = []color.RGBA{
		{0x22, 0x2a, 0x35, 255}, {0x2f, 0x6f, 0xd0, 255}, {0xd6, 0x45, 0x4b, 255}, {0x2f, 0x9e, 0x6b, 255},
		{0xe8, 0x9a, 0x2b, 255}, {0x84, 0x55, 0xc6, 255}, {0xd9, 0x5b, 0x9f, 255}, {0x8a, 0x5a, 0x3c, 255},
	}
	demoBrushes = []float64{2, 5, 10, 20}

	// demoLeast is the smallest size that has a place for everything.
	demoLeast = image.Pt(480, 360)
)

// demoTools are the places of everything.
type demoTools struct {
	head, side, paper, status, clock image.Rectangle
	inks, brushes                    []image.Rectangle
	clear                            image.Rectangle
}

func layOut(b image.Rectangle) demoTools {
	const head, side, status, gap = 64, 84, 36, 12
	t := demoTools{
		head:   image.Rect(0, 0, b.Dx(), head),
		side:   image.Rect(0, head, side, b.Dy()-status),
		status: image.Rect(0, b.Dy()-status, b.Dx(), b.Dy()),
		paper:  image.Rect(side, head, b.Dx()-gap, b.Dy()-status),
		clock:  image.Rect(b.Dx()-190, 0, b.Dx(), head),
	}
	const swatch, step = 26, 34
	for i := range demoInks {
		x, y := 10+step*(i%2), head+2+step*(i/2)
		t.inks = append(t.inks, image.Rect(x, y, x+swatch, y+swatch))
	}
	y := head + 2 + step*(len(demoInks)+1)/2 + 8
	for i := range demoBrushes {
		x := 10 + step*(i%2)
		t.brushes = append(t.brushes, image.Rect(x, y+step*(i/2), x+swatch, y+step*(i/2)+swatch))
	}
	y += 2*step + 8
	t.clear = image.Rect(10, y, 10+step+swatch, y+26)
	return t
}

// drawAll draws everything but what people have drawn.
func (d *Demo) drawAll(now time.Time) {
	p := &d.paint
	p.fill(p.img.Rect, 0, demoGround)
	p.fill(image.Rect(14, 16, 46, 48), 8, demoAccent)
	wave := []point{{20, 36}, {25, 24}, {30, 38}, {35, 26}, {40, 34}}
	for i := range len(wave) - 1 {
		p.line(wave[i], wave[i+1], 3, demoGround, p.img.Rect)
	}
	p.text(58, 41, "Everwire paint", 17, 2.4, demoText)
	d.drawClock(now)
	d.drawPaper()
	d.drawTools(&hand{brush: demoBrushes[1]})
	d.drawStatus()
	d.show()
}

func (d *Demo) drawPaper() {
	d.paint.fill(d.tools.paper, 6, demoPaper)
}

// drawTools shows what a viewer draws with. All see the choice of the one who
// has chosen last.
func (d *Demo) drawTools(h *hand) {
	p, t := &d.paint, d.tools
	p.fill(t.side, 0, demoGround)
	for i, r := range t.inks {
		p.fill(r, 7, demoInks[i])
		p.frame(r, 7, 1, demoEdge)
		if i == h.ink {
			p.frame(r.Inset(-3), 9, 2, demoText)
		}
	}
	for i, r := range t.brushes {
		p.fill(r, 7, demoPanel)
		middle := point{float64(r.Min.X+r.Max.X) / 2, float64(r.Min.Y+r.Max.Y) / 2}
		p.line(middle, middle, demoBrushes[i], demoText, r)
		if math.Abs(demoBrushes[i]-h.brush) < .5 {
			p.frame(r.Inset(-3), 9, 2, demoText)
		}
	}
	p.fill(t.clear, 7, demoPanel)
	p.text(float64(t.clear.Min.X)+11, float64(t.clear.Max.Y)-8, "Clear", 10, 1.5, demoText)
	if y := t.clear.Max.Y + 12; y+34 < t.side.Max.Y {
		d.drawSample(h, image.Rect(10, y, 70, y+44).Intersect(t.side))
	}
}

// drawSample draws a stroke of the chosen ink and brush.
func (d *Demo) drawSample(h *hand, r image.Rectangle) {
	d.paint.fill(r, 7, demoPaper)
	last := point{}
	for i := range 13 {
		at := point{float64(r.Min.X) + 12 + 3*float64(i), float64(r.Min.Y+r.Max.Y)/2 + 7*math.Sin(float64(i)/2)}
		if i > 0 {
			d.paint.line(last, at, h.brush, demoInks[h.ink], r.Inset(2))
		}
		last = at
	}
}

// drawClock draws a dial and the time in digits.
func (d *Demo) drawClock(now time.Time) {
	p, r := &d.paint, d.tools.clock
	p.fill(r, 0, demoGround)
	center := point{float64(r.Max.X) - 36, 32}
	p.line(center, center, 46, demoPanel, r)
	for i := range 12 {
		angle := float64(i) * math.Pi / 6
		p.line(around(center, angle, 19), around(center, angle, 19.5), 2, demoQuiet, r)
	}
	second := float64(now.Second())
	minute := float64(now.Minute()) + second/60
	hour := float64(now.Hour()%12) + minute/60
	p.line(center, around(center, hour*math.Pi/6, 10), 3, demoText, r)
	p.line(center, around(center, minute*math.Pi/30, 15), 2.2, demoText, r)
	p.line(around(center, second*math.Pi/30+math.Pi, 4), around(center, second*math.Pi/30, 17), 1.2, demoAccent, r)
	digits := now.Format("15:04:05")
	p.text(float64(r.Max.X)-72-textWidth(digits, 15), 33, digits, 15, 2, demoText)
	date := now.Format("Mon 2 Jan 2006")
	p.text(float64(r.Max.X)-72-textWidth(date, 8.5), 50, date, 8.5, 1.3, demoQuiet)
}

func around(c point, angle, radius float64) point {
	return point{c.x + radius*math.Sin(angle), c.y - radius*math.Cos(angle)}
}

// drawStatus tells how to use it.
func (d *Demo) drawStatus() {
	p, r := &d.paint, d.tools.status
	p.fill(r, 0, demoGround)
	left := "Left button draws, right erases, wheel sets the brush, keys write"
	right := ""
	if d.clip != "" {
		clip, _, _ := strings.Cut(d.clip, "\n")
		if runes := []rune(clip); len(runes) > 24 {
			clip = string(runes[:24]) + "..."
		}
		right = fmt.Sprintf("Copied: %s", clip)
	}
	p.text(12, float64(r.Max.Y)-13, left, 9, 1.3, demoQuiet)
	p.text(float64(r.Max.X)-14-textWidth(right, 9), float64(r.Max.Y)-13, right, 9, 1.3, demoAccent)
}
