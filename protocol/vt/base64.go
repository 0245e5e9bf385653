package vt

import "encoding/base64"

// appendBase64 appends what base64 text stands for, with or without padding.
func appendBase64(dst, text []byte) ([]byte, error) {
	for len(text) > 0 && text[len(text)-1] == '=' {
		text = text[:len(text)-1]
	}
	return base64.RawStdEncoding.AppendDecode(dst, text)
}
