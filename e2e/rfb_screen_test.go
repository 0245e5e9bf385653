package e2e_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"math/bits"
	"os/exec"
	"regexp"
)

// startQuiet starts a program that prints nothing when it is ready.
func startQuiet(exe string, args ...string) (*process, []string, error) {
	return start(regexp.MustCompile(`^ready$`), "sh", append([]string{"-c", `echo ready; exec "$0" "$@"`, exe}, args...)...)
}

// screenshot returns what an X server shows, as xwd writes it.
func screenshot(display string) (*image.RGBA, error) {
	out, err := exec.Command("xwd", "-root", "-silent", "-display", display).Output()
	if err != nil {
		return nil, fmt.Errorf("xwd: %w", err)
	}
	return readXWD(out)
}

// readXWD reads a picture of true color with 32 bits for each pixel (X11's
// XWDFile.h: a header of big-endian words, colors of 12 bytes, pixels). What it
// reads and writes belongs to it alone, and checks for races would take ten times
// as long as the work.
//
//go:norace
func readXWD(p []byte) (*image.RGBA, error) {
	if len(p) < 100 {
		return nil, errors.New("xwd: short header")
	}
	word := func(i int) int { return int(binary.BigEndian.Uint32(p[4*i:])) }
	width, height, depth, line := word(4), word(5), word(11), word(12)
	start := word(0) + 12*word(19)
	if word(1) != 7 || depth != 32 || len(p) < start+line*height {
		return nil, fmt.Errorf("xwd: version %d, %d bits, %d bytes", word(1), depth, len(p))
	}
	var order binary.ByteOrder = binary.LittleEndian
	if word(7) != 0 {
		order = binary.BigEndian
	}
	var masks [3]uint32
	var shifts [3]int
	for c := range masks {
		masks[c] = uint32(word(14 + c))
		shifts[c] = bits.TrailingZeros32(masks[c])
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			v := order.Uint32(p[start+y*line+4*x:])
			at := img.Pix[img.PixOffset(x, y):]
			for c, mask := range masks {
				at[c] = byte(v & mask >> shifts[c])
			}
			at[3] = 255
		}
	}
	return img, nil
}
