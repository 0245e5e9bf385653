package rfb

import "encoding/binary"

// A ClientMessageType is the first byte of what a client sends after the
// handshake (RFC 6143 section 7.5).
type ClientMessageType uint8

// Types of messages of a client.
const (
	SetPixelFormat           ClientMessageType = 0
	SetEncodings             ClientMessageType = 2
	FramebufferUpdateRequest ClientMessageType = 3
	KeyEvent                 ClientMessageType = 4
	PointerEvent             ClientMessageType = 5
	ClientCutText            ClientMessageType = 6
	EnableContinuousUpdates  ClientMessageType = 150
	ClientFence              ClientMessageType = 248
	SetDesktopSize           ClientMessageType = 251
	QEMUClientMessage        ClientMessageType = 255 // of which only the key event is known
)

// A ClientMessage is a message of a client. Type says which fields count.
type ClientMessage struct {
	Type        ClientMessageType
	PixelFormat PixelFormat // SetPixelFormat
	Encodings   []Encoding  // SetEncodings: the best first
	// Rect is the area of a FramebufferUpdateRequest and of
	// EnableContinuousUpdates; in a SetDesktopSize its size is the wanted one.
	Rect        Rect
	Incremental bool   // FramebufferUpdateRequest
	Enable      bool   // EnableContinuousUpdates
	Down        bool   // KeyEvent, QEMUClientMessage
	Keysym      uint32 // KeyEvent, QEMUClientMessage: of X11
	ScanCode    uint32 // QEMUClientMessage: an XT scan code
	X, Y        int    // PointerEvent
	Buttons     uint16 // PointerEvent: bit 0 is the left button, 3 and 4 are the wheel
	// Text is the content of a ClientCutText, Latin-1 unless Extended is set:
	// then it is for ParseClipboard. It is borrowed from the parsed bytes.
	Text     []byte
	Extended bool
	Flags    uint32   // ClientFence
	Payload  []byte   // ClientFence: borrowed
	Screens  []Screen // SetDesktopSize
}

// AppendSetPixelFormat appends the message (RFC 6143 section 7.5.1).
func AppendSetPixelFormat(dst []byte, f PixelFormat) []byte {
	return AppendPixelFormat(append(dst, byte(SetPixelFormat), 0, 0, 0), f)
}

// AppendSetEncodings appends the message (RFC 6143 section 7.5.2), with at
// most 65,535 encodings.
func AppendSetEncodings(dst []byte, encodings ...Encoding) []byte {
	dst = append(dst, byte(SetEncodings), 0)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(encodings)))
	for _, e := range encodings {
		dst = binary.BigEndian.AppendUint32(dst, uint32(e))
	}
	return dst
}

// AppendFramebufferUpdateRequest appends the message (RFC 6143 section 7.5.3).
func AppendFramebufferUpdateRequest(dst []byte, incremental bool, r Rect) []byte {
	return AppendRect(append(dst, byte(FramebufferUpdateRequest), flag(incremental)), r)
}

// AppendKeyEvent appends the message (RFC 6143 section 7.5.4). The key is a
// keysym of X11.
func AppendKeyEvent(dst []byte, down bool, keysym uint32) []byte {
	dst = append(dst, byte(KeyEvent), flag(down), 0, 0)
	return binary.BigEndian.AppendUint32(dst, keysym)
}

// AppendQEMUKeyEvent appends a key event with an XT scan code, for servers
// that have offered EncodingQEMUExtendedKey.
func AppendQEMUKeyEvent(dst []byte, down bool, keysym, scanCode uint32) []byte {
	dst = append(dst, byte(QEMUClientMessage), 0, 0, flag(down))
	dst = binary.BigEndian.AppendUint32(dst, keysym)
	return binary.BigEndian.AppendUint32(dst, scanCode)
}

// AppendPointerEvent appends the message (RFC 6143 section 7.5.5), in which
// only seven buttons have a place.
func AppendPointerEvent(dst []byte, x, y int, buttons uint16) []byte {
	dst = append(dst, byte(PointerEvent), byte(buttons)&0x7f)
	dst = binary.BigEndian.AppendUint16(dst, uint16(x))
	return binary.BigEndian.AppendUint16(dst, uint16(y))
}

// AppendExtendedPointerEvent appends the message with nine buttons, for
// servers that have offered EncodingExtendedMouseButtons.
func AppendExtendedPointerEvent(dst []byte, x, y int, buttons uint16) []byte {
	at := len(dst)
	dst = AppendPointerEvent(dst, x, y, buttons)
	dst[at+1] |= 0x80
	return append(dst, byte(buttons>>7&3))
}

// AppendClientCutText appends the message (RFC 6143 section 7.5.6). The text
// is Latin-1.
func AppendClientCutText(dst, text []byte) []byte {
	return appendCutText(dst, byte(ClientCutText), text, false)
}

// AppendClientClipboard appends a message of the extended clipboard, for
// servers that have sent theirs.
func AppendClientClipboard(dst []byte, m ClipboardMessage) []byte {
	return appendCutText(dst, byte(ClientCutText), appendClipboard(nil, m), true)
}

// AppendEnableContinuousUpdates appends the message, for servers that have
// sent an EndOfContinuousUpdates.
func AppendEnableContinuousUpdates(dst []byte, enable bool, r Rect) []byte {
	return AppendRect(append(dst, byte(EnableContinuousUpdates), flag(enable)), r)
}

// AppendClientFence appends the message. More than MaxFencePayload bytes are
// cut off.
func AppendClientFence(dst []byte, flags uint32, payload []byte) []byte {
	return appendFence(dst, flags, payload)
}

// AppendSetDesktopSize appends the message, with at most 255 screens.
func AppendSetDesktopSize(dst []byte, width, height int, screens []Screen) []byte {
	dst = append(dst, byte(SetDesktopSize), 0)
	dst = binary.BigEndian.AppendUint16(dst, uint16(width))
	dst = binary.BigEndian.AppendUint16(dst, uint16(height))
	return appendScreens(append(dst, byte(len(screens)), 0), screens)
}

// clientMessageLengths are the lengths of messages that have a fixed one, and
// the least for those that have not.
var clientMessageLengths = map[ClientMessageType]int{
	SetPixelFormat: 20, SetEncodings: 4, FramebufferUpdateRequest: 10, KeyEvent: 8, PointerEvent: 6,
	ClientCutText: 8, EnableContinuousUpdates: 10, ClientFence: 9, SetDesktopSize: 8, QEMUClientMessage: 12,
}

// ParseClientMessage reads the message at the start of p. It returns its
// length, or 0 if p ends before the message does. The error is ErrMessageType,
// or ErrTooLarge for a text or a payload over its limit.
func ParseClientMessage(p []byte, o ParseOptions) (m ClientMessage, n int, err error) {
	if len(p) == 0 {
		return m, 0, nil
	}
	m.Type = ClientMessageType(p[0])
	n, known := clientMessageLengths[m.Type]
	if !known || m.Type == QEMUClientMessage && len(p) > 1 && p[1] != 0 {
		return m, 0, unknownMessage(p[0])
	}
	if len(p) < n {
		return m, 0, nil
	}
	switch m.Type {
	case SetPixelFormat:
		m.PixelFormat, err = ParsePixelFormat(p[4:])
	case SetEncodings:
		m.Encodings, n = parseEncodings(p)
	case FramebufferUpdateRequest:
		m.Incremental, m.Rect = p[1] != 0, parseRect(p[2:])
	case KeyEvent:
		m.Down, m.Keysym = p[1] != 0, u32(p[4:])
	case PointerEvent:
		n = m.parsePointer(p, o)
	case ClientCutText:
		m.Text, m.Extended, n, err = parseCutText(p, o.maxText())
	case EnableContinuousUpdates:
		m.Enable, m.Rect = p[1] != 0, parseRect(p[2:])
	case ClientFence:
		m.Flags, m.Payload, n, err = parseFence(p)
	case SetDesktopSize:
		if n = 8 + screenLength*int(p[6]); len(p) < n {
			return m, 0, nil
		}
		m.Rect = Rect{Width: u16(p[2:]), Height: u16(p[4:])}
		m.Screens = parseScreens(p[8:], int(p[6]))
	case QEMUClientMessage:
		m.Down, m.Keysym, m.ScanCode = u16(p[2:]) != 0, u32(p[4:]), u32(p[8:])
	}
	return m, n, err
}

func parseEncodings(p []byte) ([]Encoding, int) {
	count := u16(p[2:])
	n := 4 + 4*count
	if len(p) < n {
		return nil, 0
	}
	encodings := make([]Encoding, count)
	for i := range encodings {
		encodings[i] = Encoding(u32(p[4+4*i:]))
	}
	return encodings, n
}

func (m *ClientMessage) parsePointer(p []byte, o ParseOptions) int {
	n := 6
	m.Buttons, m.X, m.Y = uint16(p[1]), u16(p[2:]), u16(p[4:])
	if o.ExtendedMouseButtons && p[1]&0x80 != 0 {
		if n = 7; len(p) < n {
			return 0
		}
		m.Buttons = uint16(p[1]&0x7f) | uint16(p[6])<<7
	}
	return n
}
