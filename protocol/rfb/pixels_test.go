package rfb_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
)

// formats are pixel formats of every size and byte order, with true color.
var formats = func() []rfb.PixelFormat {
	fs := []rfb.PixelFormat{
		rfb.PixelFormat32, rfb.PixelFormatRGBA, rfb.PixelFormat16, rfb.PixelFormat8,
		{BitsPerPixel: 32, Depth: 24, TrueColor: true, RedMax: 255, GreenMax: 255, BlueMax: 255, RedShift: 8, GreenShift: 16, BlueShift: 24},
		{BitsPerPixel: 32, Depth: 32, TrueColor: true, RedMax: 255, GreenMax: 255, BlueMax: 255, RedShift: 0, GreenShift: 8, BlueShift: 16},
		{BitsPerPixel: 32, Depth: 24, TrueColor: true, RedMax: 255, GreenMax: 255, BlueMax: 255, RedShift: 24, GreenShift: 11, BlueShift: 1},
		{BitsPerPixel: 16, Depth: 15, TrueColor: true, RedMax: 31, GreenMax: 31, BlueMax: 31, RedShift: 10, GreenShift: 5, BlueShift: 0},
		{BitsPerPixel: 8, Depth: 6, TrueColor: true, RedMax: 3, GreenMax: 3, BlueMax: 3, RedShift: 4, GreenShift: 2, BlueShift: 0},
	}
	for _, f := range fs {
		f.BigEndian = true
		fs = append(fs, f)
	}
	return fs
}()

func formatName(f rfb.PixelFormat) string {
	order := "little"
	if f.BigEndian {
		order = "big"
	}
	return fmt.Sprintf("%d bits %d-%d-%d at %d-%d-%d %s", f.BitsPerPixel, f.RedMax, f.GreenMax, f.BlueMax, f.RedShift, f.GreenShift, f.BlueShift, order)
}

func TestPixelsSurviveRGBA(t *testing.T) {
	kinds := map[string]func(rfb.PixelFormat, rfb.ColorMap) (*rfb.Pixels, error){
		"pixels": rfb.NewPixels, "compressed": rfb.NewCPixels, "Tight": rfb.NewTPixels,
	}
	for kind, make1 := range kinds {
		for _, f := range formats {
			t.Run(kind+" "+formatName(f), func(t *testing.T) {
				p, err := make1(f, nil)
				if err != nil {
					t.Fatal(err)
				}
				rnd := rand.New(rand.NewPCG(1, 2))
				colors := make([]byte, 4*500)
				for i := range colors {
					colors[i] = byte(rnd.Uint32())
				}
				wire := p.AppendRGBA(nil, colors)
				if len(wire) != 500*p.Size() {
					t.Fatalf("%d bytes for 500 pixels of %d", len(wire), p.Size())
				}
				back := make([]byte, len(colors))
				if n := p.ToRGBA(back, wire); n != 500 {
					t.Fatalf("%d pixels converted", n)
				}
				for i := 3; i < len(back); i += 4 {
					if back[i] != 255 {
						t.Fatal("alpha is not 255")
					}
				}
				if again := p.AppendRGBA(nil, back); !bytes.Equal(again, wire) {
					t.Error("pixels change on their way through RGBA")
				}
				for i := range 500 {
					if got := p.RGBA(wire[i*p.Size():]); !bytes.Equal(got[:], back[4*i:4*i+4]) {
						t.Fatalf("pixel %d alone is %v, in a row %v", i, got, back[4*i:4*i+4])
					}
				}
				checkScale(t, f, colors, back)
			})
		}
	}
}

// checkScale compares converted colors with the originals: they may differ by
// half a step of the format.
func checkScale(t *testing.T, f rfb.PixelFormat, want, got []byte) {
	t.Helper()
	limits := [4]int{int(f.RedMax), int(f.GreenMax), int(f.BlueMax), 0}
	for i := range want {
		if i%4 == 3 {
			continue
		}
		diff := int(want[i]) - int(got[i])
		if step := 255 / limits[i%4]; diff > (step+1)/2 || -diff > (step+1)/2 {
			t.Fatalf("intensity %d became %d", want[i], got[i])
		}
	}
}

func TestPixelsOnTheWire(t *testing.T) {
	red, orange := []byte{255, 0, 0, 255}, []byte{255, 128, 2, 255}
	high := rfb.PixelFormat{BitsPerPixel: 32, Depth: 24, TrueColor: true, RedMax: 255, GreenMax: 255, BlueMax: 255, RedShift: 24, GreenShift: 16, BlueShift: 8}
	bigHigh, big32, big16 := high, rfb.PixelFormat32, rfb.PixelFormat16
	bigHigh.BigEndian, big32.BigEndian, big16.BigEndian = true, true, true
	tests := []struct {
		name string
		new  func(rfb.PixelFormat, rfb.ColorMap) (*rfb.Pixels, error)
		f    rfb.PixelFormat
		rgba []byte
		want []byte
	}{
		{"32 bits little-endian", rfb.NewPixels, rfb.PixelFormat32, orange, []byte{2, 128, 255, 0}},
		{"32 bits big-endian", rfb.NewPixels, big32, orange, []byte{0, 255, 128, 2}},
		{"16 bits little-endian", rfb.NewPixels, rfb.PixelFormat16, red, []byte{0x00, 0xf8}},
		{"16 bits big-endian", rfb.NewPixels, big16, red, []byte{0xf8, 0x00}},
		{"8 bits", rfb.NewPixels, rfb.PixelFormat8, red, []byte{7}},
		{"RFC 6143 7.7.5: low three bytes, little-endian", rfb.NewCPixels, rfb.PixelFormat32, orange, []byte{2, 128, 255}},
		{"RFC 6143 7.7.5: low three bytes, big-endian", rfb.NewCPixels, big32, orange, []byte{255, 128, 2}},
		{"RFC 6143 7.7.5: high three bytes, little-endian", rfb.NewCPixels, high, orange, []byte{2, 128, 255}},
		{"RFC 6143 7.7.5: high three bytes, big-endian", rfb.NewCPixels, bigHigh, orange, []byte{255, 128, 2}},
		{"Tight is always red, green, blue", rfb.NewTPixels, rfb.PixelFormat32, orange, []byte{255, 128, 2}},
		{"Tight of 16 bits is a pixel", rfb.NewTPixels, big16, red, []byte{0xf8, 0x00}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := tt.new(tt.f, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.AppendRGBA(nil, tt.rgba); !bytes.Equal(got, tt.want) {
				t.Errorf("wire is %v, want %v", got, tt.want)
			}
			if got := p.RGBA(tt.want); !bytes.Equal(got[:], tt.rgba) {
				t.Errorf("color is %v, want %v", got, tt.rgba)
			}
		})
	}
}

func TestPixelsOfAColorMap(t *testing.T) {
	m := rfb.CubeColorMap()
	p, err := rfb.NewPixels(rfb.PixelFormatMap8, m)
	if err != nil {
		t.Fatal(err)
	}
	cube, err := rfb.NewPixels(rfb.PixelFormat8, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 256 {
		want, got := cube.RGBA([]byte{byte(i)}), p.RGBA([]byte{byte(i)})
		for c := range want {
			if d := int(want[c]) - int(got[c]); d < -1 || d > 1 {
				t.Fatalf("entry %d is %v, want %v", i, got, want)
			}
		}
		if back := p.AppendRGBA(nil, got[:]); !bytes.Equal(back, []byte{byte(i)}) {
			t.Fatalf("entry %d is written as %v", i, back)
		}
	}
	short, err := rfb.NewPixels(rfb.PixelFormatMap8, m[:3])
	if err != nil {
		t.Fatal(err)
	}
	if got := short.RGBA([]byte{200}); got != [4]byte{0, 0, 0, 255} {
		t.Errorf("an entry that was never set is %v", got)
	}
}

func TestPixelFormatsThatCannotBe(t *testing.T) {
	good := rfb.PixelFormat32
	tests := map[string]func(f *rfb.PixelFormat){
		"24 bits":             func(f *rfb.PixelFormat) { f.BitsPerPixel = 24 },
		"no bits":             func(f *rfb.PixelFormat) { f.BitsPerPixel = 0 },
		"no depth":            func(f *rfb.PixelFormat) { f.Depth = 0 },
		"too deep":            func(f *rfb.PixelFormat) { f.Depth = 33 },
		"no red":              func(f *rfb.PixelFormat) { f.RedMax = 0 },
		"green of 200":        func(f *rfb.PixelFormat) { f.GreenMax = 200 },
		"blue outside":        func(f *rfb.PixelFormat) { f.BlueShift = 25 },
		"red far outside":     func(f *rfb.PixelFormat) { f.RedShift = 255 },
		"too large for eight": func(f *rfb.PixelFormat) { f.BitsPerPixel, f.Depth = 8, 8 },
	}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			f := good
			spoil(&f)
			if _, err := rfb.NewPixels(f, nil); !errors.Is(err, rfb.ErrPixelFormat) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPixelFormatWire(t *testing.T) {
	for _, f := range formats {
		wire := rfb.AppendPixelFormat(nil, f)
		if len(wire) != rfb.PixelFormatLength {
			t.Fatalf("%d bytes", len(wire))
		}
		if got, err := rfb.ParsePixelFormat(wire); err != nil || got != f {
			t.Errorf("%+v became %+v, %v", f, got, err)
		}
	}
	if _, err := rfb.ParsePixelFormat(make([]byte, 15)); !errors.Is(err, rfb.ErrMalformed) {
		t.Errorf("15 bytes: %v", err)
	}
}
