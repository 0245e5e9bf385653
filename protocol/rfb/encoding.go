package rfb

import "fmt"

// An Encoding says how the pixels of a rectangle are written, or, if it is a
// pseudo-encoding, that the rectangle means something else (RFC 6143 section
// 7.7, and the registry of the community's specification).
type Encoding int32

// Encodings of pixels.
const (
	EncodingRaw      Encoding = 0  // pixels, row by row
	EncodingCopyRect Encoding = 1  // where the framebuffer has the same already
	EncodingRRE      Encoding = 2  // a background, and rectangles of one color
	EncodingCoRRE    Encoding = 4  // RRE with numbers of one byte
	EncodingHextile  Encoding = 5  // RRE for squares of 16 pixels
	EncodingZlib     Encoding = 6  // Raw in a zlib stream
	EncodingTight    Encoding = 7  // palettes, gradients and JPEG; four zlib streams
	EncodingZlibHex  Encoding = 8  // Hextile, with squares in zlib streams
	EncodingTRLE     Encoding = 15 // palettes and runs in squares of 16 pixels
	EncodingZRLE     Encoding = 16 // TRLE for squares of 64 pixels, in a zlib stream
	// EncodingTightPNG is Tight with PNG instead of its basic compression.
	EncodingTightPNG Encoding = -260
)

// Pseudo-encodings. A client lists those that it understands.
const (
	// EncodingDesktopSize is a new size of the framebuffer.
	EncodingDesktopSize Encoding = -223
	// EncodingLastRect ends an update whose number of rectangles was not known.
	EncodingLastRect Encoding = -224
	// EncodingPointerPos is where the server has moved the pointer to.
	EncodingPointerPos Encoding = -232
	// EncodingCursor is a cursor in the pixel format, with a mask of bits.
	EncodingCursor Encoding = -239
	// EncodingXCursor is a cursor of two colors, with a mask of bits.
	EncodingXCursor Encoding = -240
	// EncodingQEMUExtendedKey allows key events with scan codes.
	EncodingQEMUExtendedKey Encoding = -258
	// EncodingQEMULEDState is the state of the keyboard's lamps.
	EncodingQEMULEDState Encoding = -261
	// EncodingDesktopName is a new name of the desktop.
	EncodingDesktopName Encoding = -307
	// EncodingExtendedDesktopSize is the size and the screens, and allows
	// SetDesktopSize.
	EncodingExtendedDesktopSize Encoding = -308
	// EncodingFence allows fences.
	EncodingFence Encoding = -312
	// EncodingContinuousUpdates allows EnableContinuousUpdates.
	EncodingContinuousUpdates Encoding = -313
	// EncodingCursorWithAlpha is a cursor of RGBA pixels, with an encoding of
	// its own.
	EncodingCursorWithAlpha Encoding = -314
	// EncodingExtendedMouseButtons allows pointer events with nine buttons.
	EncodingExtendedMouseButtons Encoding = -316
	// EncodingVMwareLEDState is the state of the keyboard's lamps, as four
	// bytes.
	EncodingVMwareLEDState Encoding = 0x574d5668
	// EncodingExtendedClipboard allows clipboards of other kinds than Latin-1
	// text.
	EncodingExtendedClipboard Encoding = -0x3f5e1a32 // 0xc0a1e5ce
)

// Levels that clients put into their list, for Tight. A quality level allows
// JPEG; the compression level is zlib's.
const (
	EncodingQualityLevel0  Encoding = -32  // lowest; -23 is level 9
	EncodingQualityLevel9  Encoding = -23  // best
	EncodingCompressLevel0 Encoding = -256 // none; -247 is level 9
	EncodingCompressLevel9 Encoding = -247
)

var encodingNames = map[Encoding]string{
	EncodingRaw: "Raw", EncodingCopyRect: "CopyRect", EncodingRRE: "RRE", EncodingCoRRE: "CoRRE",
	EncodingHextile: "Hextile", EncodingZlib: "zlib", EncodingTight: "Tight", EncodingZlibHex: "ZlibHex",
	EncodingTRLE: "TRLE", EncodingZRLE: "ZRLE", EncodingTightPNG: "TightPNG",
	EncodingDesktopSize: "DesktopSize", EncodingLastRect: "LastRect", EncodingPointerPos: "PointerPos",
	EncodingCursor: "Cursor", EncodingXCursor: "XCursor", EncodingQEMUExtendedKey: "QEMUExtendedKey",
	EncodingQEMULEDState: "LEDState", EncodingDesktopName: "DesktopName",
	EncodingExtendedDesktopSize: "ExtendedDesktopSize", EncodingFence: "Fence",
	EncodingContinuousUpdates: "ContinuousUpdates", EncodingCursorWithAlpha: "CursorWithAlpha",
	EncodingExtendedMouseButtons: "ExtendedMouseButtons", EncodingVMwareLEDState: "VMwareLEDState",
	EncodingExtendedClipboard: "ExtendedClipboard",
}

// String returns the name of the encoding, or its number.
func (e Encoding) String() string {
	if name, ok := encodingNames[e]; ok {
		return name
	}
	return fmt.Sprintf("encoding %d", int32(e))
}
