package socketio

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/everwire/everwire/protocol/sio"
)

// Args are the arguments of an event or ack, undecoded. As a handler's
// parameter it takes all of them; passed to Emit, or returned as an ack, it
// stands for all of them again, attachments included. The zero value has no
// arguments. It must not be modified; it may be shared.
type Args struct {
	elements [][]byte
	binary   [][]byte
}

// Len returns the number of arguments.
func (a Args) Len() int { return len(a.elements) }

// Decode decodes argument i into v, a pointer. A binary argument goes into a
// *[]byte or *Binary, or a field of these types; everything else goes through
// encoding/json. It returns an error if there is no such argument.
func (a Args) Decode(i int, v any) error {
	if i < 0 || i >= len(a.elements) {
		return fmt.Errorf("socketio: event has %d arguments, not %d", len(a.elements), i+1)
	}
	raw := a.elements[i]
	switch p := v.(type) {
	case *Args:
		*p = a
		return nil
	case *string:
		if text, ok := plainString(raw); ok {
			*p = text
			return nil
		}
	case *[]byte:
		if b, ok := a.attachment(raw); ok {
			*p = b
			return nil
		}
	case *Binary:
		if b, ok := a.attachment(raw); ok {
			*p = b
			return nil
		}
	}
	raw, err := a.inlined(raw)
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		return fmt.Errorf("socketio: argument %d: %w", i+1, err)
	}
	return nil
}

// plainString returns the text of a JSON string in which nothing is escaped or
// has to be replaced. Most are of that kind, and cost encoding/json more than
// everything else that happens to an event.
func plainString(raw []byte) (text string, ok bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	inside := raw[1 : len(raw)-1]
	if bytes.IndexByte(inside, '\\') >= 0 || !utf8.Valid(inside) {
		return "", false
	}
	return string(inside), true
}

// attachment returns the attachment that an argument is. In an event without
// attachments a placeholder is an object like any other.
func (a Args) attachment(raw []byte) ([]byte, bool) {
	if len(a.binary) == 0 {
		return nil, false
	}
	num, ok := sio.IsPlaceholder(raw)
	if !ok || num < 0 || num >= len(a.binary) {
		return nil, false
	}
	return a.binary[num], true
}

// inlined returns raw with attachments as base64.
func (a Args) inlined(raw []byte) ([]byte, error) {
	if len(a.binary) == 0 {
		return raw, nil
	}
	return sio.InlineBinary(nil, raw, a.binary)
}

// Bind decodes the first arguments into the given pointers. Arguments beyond
// them are ignored, missing ones leave their pointer's value as it is.
func (a Args) Bind(vs ...any) error {
	for i, v := range vs[:min(len(vs), len(a.elements))] {
		if err := a.Decode(i, v); err != nil {
			return err
		}
	}
	return nil
}

// decodeFirst is what typed handlers do: the first argument, or the zero
// value if there is none.
func decodeFirst[T any](a Args) (T, error) {
	var v T
	switch p := any(&v).(type) {
	case *Args:
		*p = a
	case *struct{}:
	default:
		if a.Len() > 0 {
			return v, a.Decode(0, &v)
		}
	}
	return v, nil
}

// Binary is bytes that travel as an attachment wherever they stand in an
// argument. (A plain []byte does so as an argument of its own; inside another
// value encoding/json makes it a base64 string.)
type Binary []byte

// MarshalJSON is for the encoder of this package, which replaces the result by
// an attachment. Elsewhere it is a string that only this process understands.
func (b Binary) MarshalJSON() ([]byte, error) {
	out := make([]byte, 0, len(binaryMark)+base64.StdEncoding.EncodedLen(len(b))+2)
	out = append(out, '"')
	out = append(out, binaryMark...)
	out = base64.StdEncoding.AppendEncode(out, b)
	return append(out, '"'), nil
}

// UnmarshalJSON takes what an attachment becomes on its way in: base64.
func (b *Binary) UnmarshalJSON(data []byte) error {
	var p []byte
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	*b = p
	return nil
}

// NewArgs returns the given values as arguments. Errors are those of
// encoding/json.
func NewArgs(values ...any) (Args, error) { return encodeArgs(sio.Ack, "", values) }

// Raw returns what the arguments are made of: each one's JSON, in which
// placeholders stand for attachments, and the attachments. It is for Adapters.
// Nothing of it may be modified.
func (a Args) Raw() (elements, attachments [][]byte) { return a.elements, a.binary }

// RawArgs is the reverse of Raw, for what another server has sent. It keeps the
// slices. It returns an error if an element is no JSON, or a placeholder in one
// has no attachment of its own.
func RawArgs(elements, attachments [][]byte) (Args, error) {
	for i, raw := range elements {
		if !json.Valid(raw) {
			return Args{}, fmt.Errorf("socketio: argument %d is no JSON", i+1)
		}
	}
	a := Args{elements: elements, binary: attachments}
	if len(attachments) > 0 {
		if err := sio.CheckPlaceholders(a.array(sio.Ack, ""), len(attachments)); err != nil {
			return Args{}, fmt.Errorf("socketio: arguments: %w", err)
		}
	}
	return a, nil
}
