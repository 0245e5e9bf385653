package rfb

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"strings"
)

// ClipboardFlags are formats and actions of an extended clipboard message.
type ClipboardFlags uint32

// Formats and actions. A message has one action; ClipboardCaps, which says
// what a side understands, has all that it understands.
const (
	ClipboardText  ClipboardFlags = 1 << 0 // UTF-8
	ClipboardRTF   ClipboardFlags = 1 << 1 // Microsoft's Rich Text Format
	ClipboardHTML  ClipboardFlags = 1 << 2 // Microsoft's fragments of HTML
	ClipboardDIB   ClipboardFlags = 1 << 3 // Microsoft's bitmaps, version 5
	ClipboardFiles ClipboardFlags = 1 << 4 // reserved

	ClipboardCaps    ClipboardFlags = 1 << 24 // that is what I understand
	ClipboardRequest ClipboardFlags = 1 << 25 // send me these formats
	ClipboardPeek    ClipboardFlags = 1 << 26 // which formats have you?
	ClipboardNotify  ClipboardFlags = 1 << 27 // I have these formats
	ClipboardProvide ClipboardFlags = 1 << 28 // here they are
)

// A ClipboardMessage is a message of the extended clipboard.
type ClipboardMessage struct {
	Flags ClipboardFlags // formats, and the action
	// Sizes are, for ClipboardCaps, how many bytes of each format the side
	// takes without being asked: for each bit, from the lowest on.
	Sizes [16]uint32
	// Data is, for ClipboardProvide, a zlib stream: for each format a length
	// of 32 bits and the bytes. It is borrowed from the parsed bytes.
	Data []byte
}

func appendClipboard(dst []byte, m ClipboardMessage) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(m.Flags))
	if m.Flags&ClipboardCaps != 0 {
		for i, size := range m.Sizes {
			if m.Flags&(1<<i) != 0 {
				dst = binary.BigEndian.AppendUint32(dst, size)
			}
		}
		return dst
	}
	return append(dst, m.Data...)
}

// ParseClipboard reads the content of an extended cut text. It returns
// ErrMalformed if it is too short.
func ParseClipboard(p []byte) (ClipboardMessage, error) {
	if len(p) < 4 {
		return ClipboardMessage{}, ErrMalformed
	}
	m := ClipboardMessage{Flags: ClipboardFlags(u32(p))}
	p = p[4:]
	switch {
	case m.Flags&ClipboardCaps != 0:
		for i := range m.Sizes {
			if m.Flags&(1<<i) == 0 {
				continue
			}
			if len(p) < 4 {
				return ClipboardMessage{}, ErrMalformed
			}
			m.Sizes[i] = u32(p)
			p = p[4:]
		}
	case m.Flags&ClipboardProvide != 0:
		m.Data = p
	}
	return m, nil
}

// ClipboardProvideText returns the message that provides a text. Lines end
// with CR LF on the wire and with LF in the argument.
func ClipboardProvideText(text string) ClipboardMessage {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n") + "\x00"
	var data bytes.Buffer
	w := zlib.NewWriter(&data)
	w.Write(appendString(nil, text)) // a bytes.Buffer cannot fail
	w.Close()
	return ClipboardMessage{Flags: ClipboardProvide | ClipboardText, Data: data.Bytes()}
}

// clipboardTextLength returns the length of a text in ClipboardProvideText's
// message, before it is compressed.
func clipboardTextLength(text string) int64 {
	return int64(len(text) + strings.Count(text, "\n") - strings.Count(text, "\r\n") + len("\x00"))
}

// Text returns the text of a message that provides one; lines end with LF, and
// U+FFFD stands for what is not UTF-8. A text over limit bytes gives
// ErrTooLarge, a broken stream ErrMalformed. There is nothing to return, and no
// error, if the message provides other formats only.
func (m ClipboardMessage) Text(limit int) (string, error) {
	if m.Flags&ClipboardProvide == 0 || m.Flags&ClipboardText == 0 {
		return "", nil
	}
	r, err := zlib.NewReader(bytes.NewReader(m.Data))
	if err != nil {
		return "", ErrMalformed
	}
	var head [4]byte // text is the lowest format, so it comes first
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", ErrMalformed
	}
	if uint64(u32(head[:])) > uint64(limit) {
		return "", ErrTooLarge
	}
	var text bytes.Buffer // grows with what arrives
	n, err := io.CopyN(&text, r, int64(u32(head[:])))
	if err != nil || n != int64(u32(head[:])) {
		return "", ErrMalformed
	}
	s, _, _ := strings.Cut(text.String(), "\x00")
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\r\n", "\n"), nil
}

// AppendLatin1 appends text as Latin-1, the encoding of cut texts. Characters
// that it has not become question marks.
func AppendLatin1(dst []byte, text string) []byte {
	for _, c := range text {
		if c > 0xff {
			c = '?'
		}
		dst = append(dst, byte(c))
	}
	return dst
}

// Latin1 returns Latin-1 bytes as a string.
func Latin1(p []byte) string {
	var b strings.Builder
	for _, c := range p {
		b.WriteRune(rune(c))
	}
	return b.String()
}
