package rfb

import "encoding/binary"

// A ServerMessageType is the first byte of what a server sends after the
// handshake (RFC 6143 section 7.6).
type ServerMessageType uint8

// Types of messages of a server.
const (
	FramebufferUpdate      ServerMessageType = 0
	SetColorMapEntries     ServerMessageType = 1
	Bell                   ServerMessageType = 2
	ServerCutText          ServerMessageType = 3
	EndOfContinuousUpdates ServerMessageType = 150
	ServerFence            ServerMessageType = 248
)

// UnknownRects is the number of rectangles that an update announces if
// EncodingLastRect ends it. An update may have so many in truth, too.
const UnknownRects = 0xffff

// A ServerMessage is a message of a server. Type says which fields count.
type ServerMessage struct {
	Type ServerMessageType
	// Rects is the number of rectangles that follow a FramebufferUpdate, each
	// with its header; UnknownRects if EncodingLastRect ends them.
	Rects      int
	FirstColor int     // SetColorMapEntries: the index of the first of Colors
	Colors     []Color // SetColorMapEntries
	// Text is the content of a ServerCutText, Latin-1 unless Extended is set:
	// then it is for ParseClipboard. It is borrowed from the parsed bytes.
	Text     []byte
	Extended bool
	Flags    uint32 // ServerFence
	Payload  []byte // ServerFence: borrowed
}

// AppendFramebufferUpdate appends the head of the message (RFC 6143 section
// 7.6.1); rectangles follow, each a header and a content.
func AppendFramebufferUpdate(dst []byte, rects int) []byte {
	dst = append(dst, byte(FramebufferUpdate), 0)
	return binary.BigEndian.AppendUint16(dst, uint16(rects))
}

// RectHeaderLength is the length of a rectangle's header.
const RectHeaderLength = 12

// AppendRectHeader appends the header of a rectangle. Pseudo-encodings use the
// numbers of the area for other things.
func AppendRectHeader(dst []byte, r Rect, e Encoding) []byte {
	return binary.BigEndian.AppendUint32(AppendRect(dst, r), uint32(e))
}

// ParseRectHeader reads the header of a rectangle; ok is false if p is too
// short.
func ParseRectHeader(p []byte) (r Rect, e Encoding, ok bool) {
	if len(p) < RectHeaderLength {
		return r, 0, false
	}
	return parseRect(p), Encoding(u32(p[8:])), true
}

// AppendSetColorMapEntries appends the message (RFC 6143 section 7.6.2).
func AppendSetColorMapEntries(dst []byte, first int, colors []Color) []byte {
	be := binary.BigEndian
	dst = append(dst, byte(SetColorMapEntries), 0)
	dst = be.AppendUint16(dst, uint16(first))
	dst = be.AppendUint16(dst, uint16(len(colors)))
	for _, c := range colors {
		dst = be.AppendUint16(dst, c.Red)
		dst = be.AppendUint16(dst, c.Green)
		dst = be.AppendUint16(dst, c.Blue)
	}
	return dst
}

// AppendBell appends the message (RFC 6143 section 7.6.3).
func AppendBell(dst []byte) []byte { return append(dst, byte(Bell)) }

// AppendServerCutText appends the message (RFC 6143 section 7.6.4). The text
// is Latin-1.
func AppendServerCutText(dst, text []byte) []byte {
	return appendCutText(dst, byte(ServerCutText), text, false)
}

// AppendServerClipboard appends a message of the extended clipboard, for
// clients that have asked for EncodingExtendedClipboard.
func AppendServerClipboard(dst []byte, m ClipboardMessage) []byte {
	return appendCutText(dst, byte(ServerCutText), appendClipboard(nil, m), true)
}

// AppendEndOfContinuousUpdates appends the message.
func AppendEndOfContinuousUpdates(dst []byte) []byte {
	return append(dst, byte(EndOfContinuousUpdates))
}

// AppendServerFence appends the message. More than MaxFencePayload bytes are
// cut off.
func AppendServerFence(dst []byte, flags uint32, payload []byte) []byte {
	return appendFence(dst, flags, payload)
}

// ParseServerMessage reads the message at the start of p, of a
// FramebufferUpdate only the head. It returns its length, or 0 if p ends before
// the message does. The error is ErrMessageType, ErrTooLarge for a text or a
// payload over its limit, or ErrMalformed for colors beyond a map's end.
func ParseServerMessage(p []byte, o ParseOptions) (m ServerMessage, n int, err error) {
	if len(p) == 0 {
		return m, 0, nil
	}
	m.Type = ServerMessageType(p[0])
	switch m.Type {
	case FramebufferUpdate:
		if len(p) < 4 {
			return m, 0, nil
		}
		m.Rects = u16(p[2:])
		return m, 4, nil
	case SetColorMapEntries:
		return parseColors(m, p)
	case Bell, EndOfContinuousUpdates:
		return m, 1, nil
	case ServerCutText:
		m.Text, m.Extended, n, err = parseCutText(p, o.maxText())
		return m, n, err
	case ServerFence:
		m.Flags, m.Payload, n, err = parseFence(p)
		return m, n, err
	}
	return m, 0, unknownMessage(p[0])
}

func parseColors(m ServerMessage, p []byte) (ServerMessage, int, error) {
	if len(p) < 6 {
		return m, 0, nil
	}
	m.FirstColor = u16(p[2:])
	count := u16(p[4:])
	if m.FirstColor+count > MaxColorMap {
		return m, 0, ErrMalformed
	}
	n := 6 + 6*count
	if len(p) < n {
		return m, 0, nil
	}
	m.Colors = make([]Color, count)
	for i := range m.Colors {
		q := p[6+6*i:]
		m.Colors[i] = Color{uint16(u16(q)), uint16(u16(q[2:])), uint16(u16(q[4:]))}
	}
	return m, n, nil
}
