package rfb

// A Cursor is the shape of the pointer, drawn by the client.
type Cursor struct {
	HotX, HotY    int // the pixel that points
	Width, Height int // in pixels
	// Pix are rows of RGBA pixels, four bytes for each, as in image.RGBA:
	// red, green and blue are multiplied by alpha.
	Pix []byte
}

// LEDs are the lamps of a keyboard that are lit.
type LEDs uint8

// Lamps, in the bits of the LED State pseudo-encodings.
const (
	LEDScrollLock LEDs = 1 << 0
	LEDNumLock    LEDs = 1 << 1
	LEDCapsLock   LEDs = 1 << 2
)
