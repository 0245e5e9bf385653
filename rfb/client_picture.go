package rfb

import (
	"context"
	"fmt"
	"image"
	"math/bits"

	"github.com/everwire/everwire/protocol/rfb"
)

// WaitPicture waits until the server has drawn every pixel of the framebuffer
// since the client has connected, or since the framebuffer has its size, and
// has finished that update. A copy of pixels that it has not drawn does not
// count. Before, Image is black in places, which cannot be told from a screen
// that is.
//
//	c, err := rfb.Dial(ctx, "desk.example:1", config)
//	err = c.WaitPicture(ctx)
//	err = png.Encode(file, c.Image())
//
// The error is the cause of ctx, or what has ended the connection before; both
// are wrapped. Updates comes with the same pixels: who draws from it need not
// wait.
func (c *Client) WaitPicture(ctx context.Context) error {
	c.mu.Lock()
	whole := c.whole
	c.mu.Unlock()
	select {
	case <-whole:
		return nil // even if it is all that there was
	default:
	}
	select {
	case <-whole:
		return nil
	case <-c.ended:
	case <-ctx.Done():
		return fmt.Errorf("waiting for the whole picture: %w", context.Cause(ctx))
	}
	select {
	case <-whole: // with the last bytes
		return nil
	default:
		return fmt.Errorf("waiting for the whole picture: %w", c.Err())
	}
}

// eraseLocked begins anew to look for the whole picture. Who waits goes on to.
func (c *Client) eraseLocked() {
	fb := c.core.Framebuffer()
	select {
	case <-c.whole:
		c.whole = make(chan struct{})
	default:
	}
	c.missing = newPixels(fb.Width, fb.Height)
	c.drawnLocked() // there may be none
}

// drawLocked takes note of a rectangle. A copy of what was never drawn is not
// drawn either.
func (c *Client) drawLocked(ev rfb.Event) {
	if c.missing == nil || ev.Encoding == rfb.EncodingCopyRect && c.missing.has(ev.Source.Image()) {
		return
	}
	c.missing.remove(ev.Rect.Image())
}

// drawnLocked looks whether all is drawn, at the end of an update.
func (c *Client) drawnLocked() {
	if c.missing != nil && c.missing.left == 0 {
		c.missing = nil
		close(c.whole)
	}
}

// pixels is a set of pixels, with one bit for each.
type pixels struct {
	words int // of a row
	rows  []uint64
	left  int // that are in it
}

// newPixels returns a set of all pixels of a size.
func newPixels(width, height int) *pixels {
	p := &pixels{words: (width + 63) / 64}
	p.rows = make([]uint64, p.words*height)
	p.each(image.Rect(0, 0, width, height), func(word *uint64, mask uint64) {
		*word |= mask
		p.left += bits.OnesCount64(mask)
	})
	return p
}

// remove takes out those of r, which must lie inside.
func (p *pixels) remove(r image.Rectangle) {
	p.each(r, func(word *uint64, mask uint64) {
		p.left -= bits.OnesCount64(*word & mask)
		*word &^= mask
	})
}

// has reports whether any of r, which must lie inside, is in it.
func (p *pixels) has(r image.Rectangle) (found bool) {
	p.each(r, func(word *uint64, mask uint64) { found = found || *word&mask != 0 })
	return found
}

// each calls f with the words that have pixels of r, and which bits those are.
func (p *pixels) each(r image.Rectangle, f func(word *uint64, mask uint64)) {
	if r.Empty() {
		return
	}
	first, last := r.Min.X/64, (r.Max.X-1)/64
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := p.rows[y*p.words : (y+1)*p.words]
		for i := first; i <= last; i++ {
			mask := ^uint64(0)
			if i == first {
				mask <<= r.Min.X % 64
			}
			if i == last {
				mask &= ^uint64(0) >> (63 - (r.Max.X-1)%64)
			}
			f(&row[i], mask)
		}
	}
}
