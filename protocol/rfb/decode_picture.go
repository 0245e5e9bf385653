package rfb

import (
	"bytes"
	"fmt"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// drawPicture draws a JPEG or PNG file that fills the rectangle. Its size and
// kind are looked at before anything is allocated for it.
func drawPicture(t *target, file []byte, isPNG bool) error {
	read, readHead := jpeg.Decode, jpeg.DecodeConfig
	if isPNG {
		read, readHead = png.Decode, png.DecodeConfig
	}
	head, err := readHead(bytes.NewReader(file))
	if err != nil {
		return fmt.Errorf("%w: a picture: %w", ErrMalformed, err)
	}
	if head.Width != t.rect.Width || head.Height != t.rect.Height || !modest(head.ColorModel) || !t.roomy() && inPasses(file, isPNG) {
		return fmt.Errorf("%w: not the picture that was announced", ErrMalformed)
	}
	picture, err := read(bytes.NewReader(file))
	if err != nil {
		return fmt.Errorf("%w: a picture: %w", ErrMalformed, err)
	}
	// Where a PNG is transparent, the framebuffer is to be black.
	t.fb.Fill(t.rect, [4]byte{0, 0, 0, 255})
	draw.Draw(t.fb.Image(), t.rect.Image(), picture, picture.Bounds().Min, draw.Over)
	return nil
}

// modest reports whether a pixel takes four bytes at most.
func modest(m color.Model) bool {
	switch m {
	case color.RGBAModel, color.NRGBAModel, color.GrayModel, color.YCbCrModel:
		return true
	}
	_, isPalette := m.(color.Palette)
	return isPalette
}

// manyPixels is where pictures become too large to be held several times.
const manyPixels = 1 << 16

// roomy reports whether a picture may take several times what its pixels do:
// it is small, or small beside the framebuffer.
func (t *target) roomy() bool {
	return t.rect.Area() <= manyPixels || 4*t.rect.Area() <= t.fb.Bounds().Area()
}

// inPasses reports whether a picture comes in several passes: as a progressive
// JPEG, whose decoder holds all coefficients, which is three times the pixels,
// or as an interlaced PNG, whose decoder has a picture for each pass.
func inPasses(file []byte, isPNG bool) bool {
	if isPNG {
		const interlace = 28 // behind the signature, a length, IHDR and 12 bytes of it
		return len(file) <= interlace || file[interlace] != 0
	}
	for p := file[min(2, len(file)):]; len(p) >= 4 && p[0] == 0xff; {
		switch marker := p[1]; {
		case marker == 0xff: // padding
			p = p[1:]
			continue
		case marker == 0xc0 || marker == 0xc1:
			return false
		case marker == 0xc2:
			return true
		}
		p = p[min(2+u16(p[2:]), len(p)):]
	}
	return true
}
