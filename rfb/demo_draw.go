package rfb

import (
	"image"
	"image/color"
	"math"
)

// A painter draws on an image with soft edges, and notes where.
type painter struct {
	img     *image.RGBA
	changed image.Rectangle // has all that was drawn
}

// blend covers a pixel in part, from 0 to 1.
func (p *painter) blend(x, y int, c color.RGBA, cover float64) {
	if !(image.Point{X: x, Y: y}).In(p.img.Rect) || cover <= 0 {
		return
	}
	q := p.img.Pix[p.img.PixOffset(x, y):][:4:4]
	a := uint32(min(cover, 1) * 255)
	q[0] = byte((uint32(q[0])*(255-a) + uint32(c.R)*a) / 255)
	q[1] = byte((uint32(q[1])*(255-a) + uint32(c.G)*a) / 255)
	q[2] = byte((uint32(q[2])*(255-a) + uint32(c.B)*a) / 255)
	q[3] = 255
}

// line draws a line with round ends inside of clip. It is as thick as width.
func (p *painter) line(a, b point, width float64, c color.RGBA, clip image.Rectangle) {
	r := width / 2
	box := image.Rect(
		int(math.Floor(min(a.x, b.x)-r-1)), int(math.Floor(min(a.y, b.y)-r-1)),
		int(math.Ceil(max(a.x, b.x)+r+1)), int(math.Ceil(max(a.y, b.y)+r+1)),
	).Intersect(clip)
	if box.Empty() {
		return
	}
	dx, dy := b.x-a.x, b.y-a.y
	length := dx*dx + dy*dy
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			px, py := float64(x)+.5-a.x, float64(y)+.5-a.y
			t := 0.0
			if length > 0 {
				t = min(max((px*dx+py*dy)/length, 0), 1)
			}
			distance := math.Hypot(px-t*dx, py-t*dy)
			p.blend(x, y, c, r+.5-distance)
		}
	}
	p.changed = p.changed.Union(box)
}

// fill draws a rectangle with round corners.
func (p *painter) fill(r image.Rectangle, radius float64, c color.RGBA) {
	box := r.Intersect(p.img.Rect)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			p.blend(x, y, c, roundCover(r, radius, float64(x)+.5, float64(y)+.5))
		}
	}
	p.changed = p.changed.Union(box)
}

// frame draws the edge of a rectangle with round corners.
func (p *painter) frame(r image.Rectangle, radius, width float64, c color.RGBA) {
	box := r.Intersect(p.img.Rect)
	inner := r.Inset(int(width))
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			fx, fy := float64(x)+.5, float64(y)+.5
			p.blend(x, y, c, roundCover(r, radius, fx, fy)-roundCover(inner, max(radius-width, 0), fx, fy))
		}
	}
	p.changed = p.changed.Union(box)
}

// roundCover says how much of the pixel around a point lies in a rectangle
// with round corners.
func roundCover(r image.Rectangle, radius, x, y float64) float64 {
	dx := math.Abs(x-float64(r.Min.X+r.Max.X)/2) - float64(r.Dx())/2 + radius
	dy := math.Abs(y-float64(r.Min.Y+r.Max.Y)/2) - float64(r.Dy())/2 + radius
	distance := math.Hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - radius
	return min(max(.5-distance, 0), 1)
}

// text writes from x on, with the base line at y and capitals of a height.
func (p *painter) text(x, y float64, text string, height, width float64, c color.RGBA) {
	scale := height / 8
	for _, char := range text {
		g := glyphOf(char)
		for _, stroke := range g.strokes {
			for i := range stroke {
				from, to := stroke[max(i-1, 0)], stroke[i]
				if i == 0 && len(stroke) > 1 {
					continue
				}
				p.line(point{x + from.x*scale, y - height + from.y*scale}, point{x + to.x*scale, y - height + to.y*scale}, width, c, p.img.Rect)
			}
		}
		x += (g.width + 2.2) * scale
	}
}
