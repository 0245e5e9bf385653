package rfb

import (
	"errors"
	"fmt"
)

var (
	// ErrVersion means that a greeting is not one of RFB, or of a version that
	// cannot be spoken.
	ErrVersion = errors.New("rfb: the peer speaks no version of RFB that is known")
	// ErrMalformed means that bytes break a rule of the protocol.
	ErrMalformed = errors.New("rfb: malformed message")
	// ErrTooLarge means that a length is over a limit. It is reported when the
	// length has been read, before anything is allocated for it.
	ErrTooLarge = errors.New("rfb: too large")
	// ErrPixelFormat means that a pixel format contradicts itself.
	ErrPixelFormat = errors.New("rfb: impossible pixel format")
	// ErrMessageType means that a message has an unknown type, and so an
	// unknown length: the connection cannot go on.
	ErrMessageType = errors.New("rfb: unknown message type")
	// ErrEncoding means that a rectangle has an encoding that nobody asked
	// for, and so an unknown length: the connection cannot go on.
	ErrEncoding = errors.New("rfb: unknown encoding")
)

// unknownEncoding is ErrEncoding with the encoding's number.
func unknownEncoding(e Encoding) error { return fmt.Errorf("%w: %d", ErrEncoding, int32(e)) }

// unknownMessage is ErrMessageType with the message's type.
func unknownMessage(kind byte) error { return fmt.Errorf("%w: %d", ErrMessageType, kind) }
