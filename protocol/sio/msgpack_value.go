package sio

import "fmt"

// AppendMsgpackValue appends any one JSON value as MessagePack, in the forms that
// AppendMsgpack uses for a packet's data, and returns the longer slice. Attachments
// stand where their placeholders are, as "bin"; each must have one placeholder.
// Without attachments a placeholder is an object like any other.
//
// It returns dst as it was and an error that wraps ErrInvalidPacket if raw is not
// JSON, is nested deeper than MaxDepth or has a bad placeholder.
func AppendMsgpackValue(dst, raw []byte, attachments [][]byte) ([]byte, error) {
	var marks []placeholder
	s := scanner{data: raw, depth: MaxDepth}
	if len(attachments) > 0 {
		claims := newClaims(len(attachments))
		s.found = func(ph placeholder) error {
			marks = append(marks, ph)
			return claims.claim(ph)
		}
	}
	err := s.whole()
	if err == nil && len(marks) != len(attachments) {
		err = fmt.Errorf("%d placeholders for %d attachments", len(marks), len(attachments))
	}
	if err != nil {
		return dst, fmt.Errorf("%w: %w", ErrInvalidPacket, err)
	}
	w := mpWriter{raw: raw, dst: dst, counts: countElements(raw), marks: marks, binary: attachments}
	w.value()
	return w.dst, nil
}

// DecodeMsgpackValue decodes any one MessagePack value and nothing else behind it.
// It is what a packet's data is to DecodeMsgpack: raw is JSON in which placeholders
// stand for the attachments, both the caller's own. All errors wrap ErrProtocol.
//
// Whether an object of the sender's only looks like a placeholder is not checked:
// see CheckPlaceholders.
func DecodeMsgpackValue(data []byte, lim Limits) (raw []byte, attachments [][]byte, err error) {
	lim = lim.withDefaults()
	if len(data) > lim.MaxBytes {
		return nil, nil, ErrTooLarge
	}
	r := mpReader{data: data, depth: MaxDepth, maxBinary: lim.MaxAttachments, maxBytes: lim.MaxBytes}
	if err := r.value(); err != nil {
		return nil, nil, err
	}
	if len(r.data) > 0 {
		return nil, nil, fmt.Errorf("%w: %d bytes behind the value", ErrMsgpack, len(r.data))
	}
	return r.out, r.binary, nil
}
