package ws

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Close codes that this package uses (RFC 6455 section 7.4.1).
const (
	CodeNormal          uint16 = 1000
	CodeGoingAway       uint16 = 1001
	CodeProtocolError   uint16 = 1002
	CodeUnsupported     uint16 = 1003
	CodeFrameTooBig     uint16 = 1004 // of the hybi drafts; never sent
	CodeNoStatus        uint16 = 1005 // a close frame without a code; never sent
	CodeAbnormal        uint16 = 1006 // no close frame at all; never sent
	CodeInvalidPayload  uint16 = 1007
	CodePolicyViolation uint16 = 1008
	CodeTooBig          uint16 = 1009
	CodeInternalError   uint16 = 1011
)

// MaxReason is the largest reason of a close frame in bytes.
const MaxReason = MaxControl - 2

// ErrBadCode says that a close code must not be sent.
var ErrBadCode = errors.New("ws: close code must not be sent")

// ValidCode reports whether a close frame may carry the code: one that is
// registered and not for local use only, or one for applications (RFC 6455
// section 7.4).
func ValidCode(code uint16) bool {
	switch {
	case code >= 1000 && code <= 1003, code >= 1007 && code <= 1014:
		return true
	}
	return code >= 3000 && code <= 4999
}

// AppendClose appends a close frame. A reason longer than MaxReason is cut in
// front of the rune that does not fit, and bytes that are not UTF-8 are
// replaced by U+FFFD. CodeNoStatus appends a frame without code and reason,
// which is also the answer to such a frame. Other codes that ValidCode refuses
// give ErrBadCode, and dst is returned as it was.
//
// The hixie dialects have no codes: Hixie76 appends FF 00, and Hixie75
// nothing, where the caller just closes the connection.
func AppendClose(dst []byte, dialect Dialect, code uint16, reason string) ([]byte, error) {
	body, err := closeBody(code, reason)
	if err != nil {
		return dst, err
	}
	return dialect.wire().appendControl(dst, Close, body)
}

// AppendMaskedClose is AppendClose for clients of RFC6455, Hybi07 and Hybi08.
// Those of the hixie dialects mask nothing and use AppendClose.
func AppendMaskedClose(dst []byte, key [4]byte, code uint16, reason string) ([]byte, error) {
	body, err := closeBody(code, reason)
	if err != nil {
		return dst, err
	}
	return AppendMaskedFrame(dst, OpClose, true, false, key, body)
}

func closeBody(code uint16, reason string) ([]byte, error) {
	switch {
	case code == CodeNoStatus:
		return nil, nil
	case !ValidCode(code):
		return nil, fmt.Errorf("%w: %d", ErrBadCode, code)
	}
	body := make([]byte, 0, MaxControl)
	body = binary.BigEndian.AppendUint16(body, code)
	return append(body, cutReason(reason)...), nil
}

func cutReason(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= MaxReason {
		return s
	}
	n := MaxReason
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// parseClose reads the body of a close frame (RFC 6455 section 5.5.1), or of a
// draft's, which may have CodeFrameTooBig.
func parseClose(body []byte, draft bool) (code uint16, reason string, bad uint16, why string) {
	switch {
	case len(body) == 0:
		return CodeNoStatus, "", 0, ""
	case len(body) == 1:
		return 0, "", CodeProtocolError, "close frame with half a code"
	}
	code = binary.BigEndian.Uint16(body)
	if !ValidCode(code) && !(draft && code == CodeFrameTooBig) {
		return 0, "", CodeProtocolError, "close code must not be sent"
	}
	if !utf8.Valid(body[2:]) {
		return 0, "", CodeInvalidPayload, "close reason is not UTF-8"
	}
	return code, string(body[2:]), 0, ""
}
