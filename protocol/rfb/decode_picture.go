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
	if head.Width != t.rect.Width || head.Height != t.rect.Height || !t.affords(file, isPNG, head.ColorModel) {
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

// manyPixels is where pictures become too large to be held several times.
const manyPixels = 1 << 16

// affords reports whether a picture takes little memory, or is small enough to
// take more. Decoders of JPEG need three bytes for a pixel, seven if the file
// is RGB and not YCbCr, and 19 if it is progressive, since they hold all
// coefficients then. Those of PNG need four, and twice as much if the file is
// interlaced, since they have a picture for each pass.
func (t *target) affords(file []byte, isPNG bool, m color.Model) bool {
	if isPNG {
		_, isPalette := m.(color.Palette)
		isFlat := m == color.RGBAModel || m == color.NRGBAModel || m == color.GrayModel
		return (isPalette || isFlat) && (t.atMost(4) || !isInterlaced(file))
	}
	if m != color.GrayModel && m != color.YCbCrModel && m != color.RGBAModel {
		return false
	}
	inPasses, recolored := lookIntoJPEG(file)
	switch {
	case inPasses:
		return t.atMost(8)
	case recolored || m == color.RGBAModel:
		return t.atMost(4)
	}
	return true
}

// atMost reports whether a picture is small, or at most such a part of the
// framebuffer: 4 means a quarter.
func (t *target) atMost(part int) bool {
	return t.rect.Area() <= manyPixels || part*t.rect.Area() <= t.fb.Bounds().Area()
}

func isInterlaced(png []byte) bool {
	const interlace = 28 // behind the signature, a length, IHDR and 12 bytes of it
	return len(png) <= interlace || png[interlace] != 0
}

// lookIntoJPEG reports whether a JPEG may be progressive, and whether a segment
// behind its size may still make it RGB. It says yes to what it does not
// understand, since the decoder could read that in another way: markers without
// a length, which have no business before the pixels, among it.
func lookIntoJPEG(file []byte) (inPasses, recolored bool) {
	hasSize := false
	for p := file[min(2, len(file)):]; len(p) >= 4 && p[0] == 0xff; {
		switch marker := p[1]; {
		case marker == 0xff: // padding
			p = p[1:]
			continue
		case marker == 0, marker >= 0xd0 && marker <= 0xd9, marker == 0xc2:
			return true, true
		case marker == 0xc0, marker == 0xc1:
			hasSize = true
		case marker == 0xe0, marker == 0xee: // APP0 of JFIF and APP14 of Adobe
			recolored = recolored || hasSize
		case marker == 0xda: // the pixels, in which 255 stands before 0 and restarts only
			recolored = recolored || bytes.Contains(p, []byte{0xff, 0xe0}) || bytes.Contains(p, []byte{0xff, 0xee})
			return !hasSize, recolored
		}
		p = p[min(2+u16(p[2:]), len(p)):]
	}
	return true, true
}
