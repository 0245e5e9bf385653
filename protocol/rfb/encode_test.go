package rfb_test

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"image/color"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

var (
	red   = [4]byte{255, 0, 0, 255}
	blue  = [4]byte{0, 0, 255, 255}
	white = [4]byte{255, 255, 255, 255}
)

// A rowPicture is a picture of one row for each string, a letter for each pixel.
func rowPicture(t *testing.T, rows ...string) *rfb.Framebuffer {
	t.Helper()
	f, err := rfb.NewFramebuffer(len(rows[0]), len(rows))
	if err != nil {
		t.Fatal(err)
	}
	letters := map[byte][4]byte{'.': {0, 0, 0, 255}, 'r': red, 'b': blue, 'w': white}
	for y, row := range rows {
		for x := range len(row) {
			copy(f.Row(x, y, 1), slices.Concat(sliceOf(letters[row[x]])))
		}
	}
	return f
}

func sliceOf(c [4]byte) []byte { return c[:] }

func encode(t *testing.T, e *rfb.Encoder, enc rfb.Encoding, f *rfb.Framebuffer) []byte {
	t.Helper()
	p := e.AppendRect(nil, enc, f, f.Bounds())
	r, got, ok := rfb.ParseRectHeader(p)
	if !ok || r != f.Bounds() || got != enc {
		t.Fatalf("header: %v %v %v", r, got, ok)
	}
	return p[rfb.RectHeaderLength:]
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	p, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestEncodeBytes compares what encoders write with bytes that were made by
// hand from the descriptions in RFC 6143 section 7.7 and the community's
// specification.
func TestEncodeBytes(t *testing.T) {
	big := rfb.PixelFormat32
	big.BigEndian = true
	// Colors in the upper three bytes: a CPIXEL is cut at the other end.
	high := rfb.PixelFormat{BitsPerPixel: 32, Depth: 24, TrueColor: true, RedMax: 255, GreenMax: 255, BlueMax: 255, RedShift: 24, GreenShift: 16, BlueShift: 8}
	checker := []string{"rbrbrbrbrbrbrbrb", "brbrbrbrbrbrbrbr"}
	tests := []struct {
		name   string
		format rfb.PixelFormat
		enc    rfb.Encoding
		rows   []string
		want   string
	}{
		{"raw, 32 bits", rfb.PixelFormat32, rfb.EncodingRaw, []string{"rb"}, "0000ff00 ff000000"},
		{"raw, 32 bits, big endian", big, rfb.EncodingRaw, []string{"rb"}, "00ff0000 000000ff"},
		{"raw, 16 bits", rfb.PixelFormat16, rfb.EncodingRaw, []string{"rb"}, "00f8 1f00"},
		{"raw, 8 bits", rfb.PixelFormat8, rfb.EncodingRaw, []string{"rbw."}, "07 c0 ff 00"},
		{"raw, a color map", rfb.PixelFormatMap8, rfb.EncodingRaw, []string{"rbw."}, "07 c0 ff 00"},
		{"RRE", rfb.PixelFormat8, rfb.EncodingRRE, []string{"....", ".rr.", ".rr.", "...b"},
			"00000002 00 07 0001 0001 0002 0002 c0 0003 0003 0001 0001"},
		{"CoRRE", rfb.PixelFormat8, rfb.EncodingCoRRE, []string{"....", ".rr.", ".rr.", "...b"},
			"00000002 00 07 01 01 02 02 c0 03 03 01 01"},
		{"Hextile, one color", rfb.PixelFormat8, rfb.EncodingHextile, []string{"rr"}, "02 07"},
		{"Hextile, two colors", rfb.PixelFormat8, rfb.EncodingHextile, []string{"....", ".rr.", ".rr.", "...."}, "0e 00 07 01 11 11"},
		{"Hextile, three colors", rfb.PixelFormat8, rfb.EncodingHextile, []string{"....", ".rr.", "....", "...b"},
			"1a 00 02 07 11 10 c0 33 00"},
		{"Hextile, raw", rfb.PixelFormat8, rfb.EncodingHextile, []string{"r.", "b."}, "01 07 00 c0 00"},
		{"Hextile, a second tile like the first", rfb.PixelFormat8, rfb.EncodingHextile, []string{strings.Repeat("r", 17)}, "02 07 00"},
		{"TRLE, one color", rfb.PixelFormat32, rfb.EncodingTRLE, []string{"rr"}, "01 0000ff"},
		{"TRLE, one color, big endian", big, rfb.EncodingTRLE, []string{"rr"}, "01 ff0000"},
		{"TRLE, one color, upper bytes", high, rfb.EncodingTRLE, []string{"rr"}, "01 0000ff"},
		{"TRLE, packed palette", rfb.PixelFormat32, rfb.EncodingTRLE, checker, "02 0000ff ff0000 5555 aaaa"},
		{"TRLE, the palette again", rfb.PixelFormat32, rfb.EncodingTRLE, []string{checker[0] + "brbrbrbrbrbrbrbr"},
			"02 0000ff ff0000 5555 7f aaaa"},
		{"TRLE, runs", rfb.PixelFormat8, rfb.EncodingTRLE, []string{strings.Repeat("r", 15) + "b"}, "80 07 0e c0 00"},
		{"TRLE, runs of a palette", rfb.PixelFormat32, rfb.EncodingTRLE,
			append(slices.Repeat([]string{strings.Repeat("r", 16)}, 8), slices.Repeat([]string{strings.Repeat("b", 16)}, 8)...),
			"80 0000ff 7f ff0000 7f"},
		{"Tight, one color", rfb.PixelFormat32, rfb.EncodingTight, []string{"rr"}, "80 ff0000"},
		{"Tight, one color, 16 bits", rfb.PixelFormat16, rfb.EncodingTight, []string{"rr"}, "80 00f8"},
		{"Tight, two colors", rfb.PixelFormat32, rfb.EncodingTight, []string{"rb"}, "50 01 01 ff0000 0000ff 40"},
		{"Tight, three colors", rfb.PixelFormat32, rfb.EncodingTight, []string{"rbw"}, "60 01 02 ff0000 0000ff ffffff 000102"},
		{"Tight PNG, one color", rfb.PixelFormat32, rfb.EncodingTightPNG, []string{"rr"}, "80 ff0000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := rfb.NewEncoder(tt.format)
			if err != nil {
				t.Fatal(err)
			}
			got := encode(t, e, tt.enc, rowPicture(t, tt.rows...))
			if want := unhex(t, tt.want); !bytes.Equal(got, want) {
				t.Errorf("got  %x\nwant %x", got, want)
			}
		})
	}
}

// TestTightFormsBytes asks for forms that the encoder does not choose itself.
func TestTightFormsBytes(t *testing.T) {
	e, _ := rfb.NewEncoder(rfb.PixelFormat32)
	f := rowPicture(t, "rr", "bw")
	e.Tight = rfb.TightCopy
	p := encode(t, e, rfb.EncodingTight, f)
	if p[0] != 0 || int(p[1]) != len(p)-2 {
		t.Fatalf("copy: %x", p)
	}
	if got := inflate(t, p[2:]); !bytes.Equal(got, unhex(t, "ff0000 ff0000 0000ff ffffff")) {
		t.Errorf("copy: %x", got)
	}
	e.Tight = rfb.TightGradient
	p = encode(t, e, rfb.EncodingTight, f)
	if p[0] != 0x70 || p[1] != 2 {
		t.Fatalf("gradient: %x", p)
	}
	// The pixel below the first is predicted by the one above it, 255 0 0; the
	// last by left + above - corner, which is 0 0 255.
	if got := inflate(t, p[3:]); !bytes.Equal(got, unhex(t, "ff0000 000000 0100ff ffff00")) {
		t.Errorf("gradient: %x", got)
	}
}

// inflate reads a stream that has been flushed but has no end.
func inflate(t *testing.T, p []byte) []byte {
	t.Helper()
	r, err := zlib.NewReader(bytes.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != io.ErrUnexpectedEOF {
		t.Fatalf("the end of the stream: %v", err)
	}
	return got
}

// TestTightPNG decodes what is written: it has the picture's own colors, with
// a palette for few and without one for many.
func TestTightPNG(t *testing.T) {
	many, _ := rfb.NewFramebuffer(40, 30)
	for i := range 40 * 30 {
		copy(many.Pix[4*i:], []byte{byte(i), byte(i >> 4), byte(3 * i), 255})
	}
	for name, f := range map[string]*rfb.Framebuffer{"few": rowPicture(t, "rbw."), "many": many} {
		e, _ := rfb.NewEncoder(rfb.PixelFormat16)
		p := encode(t, e, rfb.EncodingTightPNG, f)
		if p[0] != 0xa0 {
			t.Fatalf("%s: control %x", name, p[0])
		}
		img, err := png.Decode(bytes.NewReader(p[bytes.Index(p, []byte("\x89PNG")):]))
		if err != nil {
			t.Fatal(err)
		}
		for y := range f.Height {
			for x := range f.Width {
				want := color.RGBAModel.Convert(f.Image().At(x, y))
				if got := color.RGBAModel.Convert(img.At(x, y)); got != want {
					t.Fatalf("%s: pixel %d, %d is %v, want %v", name, x, y, got, want)
				}
			}
		}
	}
}

// TestReadPixelsOutside reads beyond the edges: black.
func TestReadPixelsOutside(t *testing.T) {
	f := rowPicture(t, "rb", "ww")
	dst := bytes.Repeat([]byte{9}, 4*3*2)
	f.ReadPixels(dst, rfb.Rect{X: 1, Y: 1, Width: 3, Height: 2})
	if want := append(slices.Clone(white[:]), make([]byte, 20)...); !bytes.Equal(dst, want) {
		t.Errorf("got %v", dst)
	}
}

// TestCoRREFitsOldViewers has rectangles of the size that servers of CoRRE have
// always used. TightVNC's viewer has no place for more subrectangles.
func TestCoRREFitsOldViewers(t *testing.T) {
	for _, width := range []int{1, 48, 49, 255, 8192} {
		if w, h := rfb.MaxRect(rfb.EncodingCoRRE, width); w > 48 || w > width || h > 48 || w < 1 || h < 1 {
			t.Errorf("%d wide: %d by %d", width, w, h)
		}
	}
}
