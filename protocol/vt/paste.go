package vt

import (
	"strings"
	"unicode/utf8"
)

// AppendPaste appends pasted text, in brackets if the program asked for them
// with mode 2004:
//
//	CSI 200 ~ text CSI 201 ~
//
// Ends of lines become CR, as the Enter key sends. Other control characters
// but tabs are left out, so the text can neither end the brackets nor send a
// sequence.
func (t *Terminal) AppendPaste(dst []byte, text string) []byte {
	if t.modes&modeKeyLock != 0 {
		return dst
	}
	brackets := t.modes&modePaste != 0
	if brackets {
		dst = append(dst, "\x1b[200~"...)
	}
	for _, r := range strings.ReplaceAll(text, "\r\n", "\r") {
		switch {
		case r == '\n' || r == '\r':
			dst = append(dst, '\r')
		case r == '\t', r >= ' ' && r < 0x7f, r >= 0xa0:
			dst = utf8.AppendRune(dst, r)
		}
	}
	if brackets {
		dst = append(dst, "\x1b[201~"...)
	}
	return dst
}

// AppendFocus appends that the window has got or lost the focus, if the program
// asked for it with mode 1004:
//
//	CSI I, CSI O
func (t *Terminal) AppendFocus(dst []byte, in bool) []byte {
	switch {
	case t.modes&modeFocus == 0:
		return dst
	case in:
		return append(dst, "\x1b[I"...)
	}
	return append(dst, "\x1b[O"...)
}
