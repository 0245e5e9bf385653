package rfb

import "encoding/binary"

// DefaultMaxText is the limit for the text of a clipboard, in bytes.
const DefaultMaxText = 1 << 20

// ParseOptions are what a parser of messages has to know. The zero value is
// usable.
type ParseOptions struct {
	// MaxText bounds cut texts and extended clipboard messages, in bytes; 0
	// means DefaultMaxText.
	MaxText int
	// ExtendedMouseButtons says that the server has offered
	// EncodingExtendedMouseButtons, which makes some pointer events longer.
	ExtendedMouseButtons bool
}

func (o ParseOptions) maxText() int {
	if o.MaxText == 0 {
		return DefaultMaxText
	}
	return o.MaxText
}

// A Screen is one monitor of an ExtendedDesktopSize.
type Screen struct {
	ID    uint32 // chosen by who has made the screen, and kept
	Rect  Rect   // within the framebuffer
	Flags uint32 // must be kept as they are
}

const screenLength = 16

// AppendScreens appends the list of screens: the number, three bytes of
// padding, and 16 bytes for each. It is the content of a rectangle in
// EncodingExtendedDesktopSize.
func AppendScreens(dst []byte, screens []Screen) []byte {
	dst = append(dst, byte(len(screens)), 0, 0, 0)
	return appendScreens(dst, screens)
}

func appendScreens(dst []byte, screens []Screen) []byte {
	for _, s := range screens {
		dst = binary.BigEndian.AppendUint32(dst, s.ID)
		dst = AppendRect(dst, s.Rect)
		dst = binary.BigEndian.AppendUint32(dst, s.Flags)
	}
	return dst
}

// ParseScreens reads what AppendScreens writes. n is 0 if p is too short.
func ParseScreens(p []byte) (screens []Screen, n int) {
	if len(p) < 4 || len(p) < 4+screenLength*int(p[0]) {
		return nil, 0
	}
	return parseScreens(p[4:], int(p[0])), 4 + screenLength*int(p[0])
}

func parseScreens(p []byte, count int) []Screen {
	screens := make([]Screen, count)
	for i := range screens {
		q := p[screenLength*i:]
		screens[i] = Screen{ID: u32(q), Rect: parseRect(q[4:]), Flags: u32(q[12:])}
	}
	return screens
}

// Flags of a fence.
const (
	// FenceBlockBefore answers when all messages before it are done.
	FenceBlockBefore uint32 = 1 << 0
	// FenceBlockAfter does nothing that comes after it before it is answered.
	FenceBlockAfter uint32 = 1 << 1
	// FenceSyncNext takes the answer and the next message as one step.
	FenceSyncNext uint32 = 1 << 2
	// FenceRequest asks for an answer, which has all other flags that the other
	// side knows, and the payload.
	FenceRequest uint32 = 1 << 31
	// MaxFencePayload is the largest payload, in bytes.
	MaxFencePayload = 64
)

func appendFence(dst []byte, flags uint32, payload []byte) []byte {
	dst = append(dst, 248, 0, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, flags)
	payload = payload[:min(len(payload), MaxFencePayload)]
	return append(append(dst, byte(len(payload))), payload...)
}

// parseFence reads a fence with its type. n is 0 if p is too short.
func parseFence(p []byte) (flags uint32, payload []byte, n int, err error) {
	if len(p) < 9 {
		return 0, nil, 0, nil
	}
	size := int(p[8])
	if size > MaxFencePayload {
		return 0, nil, 0, ErrTooLarge
	}
	if len(p) < 9+size {
		return 0, nil, 0, nil
	}
	return u32(p[4:]), p[9 : 9+size], 9 + size, nil
}

// parseCutText reads a cut text with its type. A negative length means that
// the content is a message of the extended clipboard.
func parseCutText(p []byte, limit int) (text []byte, extended bool, n int, err error) {
	if len(p) < 8 {
		return nil, false, 0, nil
	}
	size := int64(int32(u32(p[4:])))
	if extended = size < 0; extended {
		size = -size
	}
	if size > int64(limit) {
		return nil, false, 0, ErrTooLarge
	}
	if int64(len(p)-8) < size {
		return nil, false, 0, nil
	}
	n = 8 + int(size)
	return p[8:n], extended, n, nil
}

// maxDroppedText is how much of a text that is too long is waited for, so that
// the connection can go on behind it. Nobody has copied more than that.
const maxDroppedText = 64 << 20

// droppedText returns the length of the message at the start of p if it is a
// cut text, a message of the given type, whose text is too long but can be
// stepped over; otherwise 0.
func droppedText(p []byte, kind byte) int {
	if len(p) < 8 || p[0] != kind {
		return 0
	}
	size := int64(int32(u32(p[4:])))
	if size = max(size, -size); size > maxDroppedText {
		return 0
	}
	return 8 + int(size)
}

func appendCutText(dst []byte, kind byte, text []byte, extended bool) []byte {
	size := int32(len(text))
	if extended {
		size = -size
	}
	dst = append(dst, kind, 0, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, uint32(size))
	return append(dst, text...)
}
