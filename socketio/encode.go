package socketio

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/everwire/everwire/protocol/sio"
)

// binaryMark begins the strings that Binary values become inside JSON. It is
// random, so that no user's data can be taken for one.
var binaryMark = func() []byte {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return []byte("everwire-binary-" + hex.EncodeToString(b[:]) + ":")
}()

// encoder turns arguments into JSON and attachments.
type encoder struct {
	args   [][]byte
	binary [][]byte
}

func (e *encoder) add(v any) error {
	switch v := v.(type) {
	case Args:
		return e.join(v)
	case []byte:
		e.attach(v)
	case Binary:
		e.attach(v)
	case string:
		e.args = append(e.args, sio.AppendString(make([]byte, 0, len(v)+2), v))
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return err
		}
		e.args = append(e.args, e.extract(raw))
	}
	return nil
}

// join adds all arguments of a. Its placeholders count from 0.
func (e *encoder) join(a Args) error {
	for _, raw := range a.elements {
		if len(a.binary) > 0 {
			var err error
			if raw, err = sio.Renumber(raw, len(e.binary)); err != nil {
				return err
			}
		}
		e.args = append(e.args, raw)
	}
	e.binary = append(e.binary, a.binary...)
	return nil
}

func (e *encoder) attach(b []byte) {
	e.args = append(e.args, sio.AppendPlaceholder(nil, len(e.binary)))
	e.binary = append(e.binary, b)
}

// extract replaces the strings of Binary values by placeholders.
func (e *encoder) extract(raw []byte) []byte {
	mark := append([]byte{'"'}, binaryMark...)
	if !bytes.Contains(raw, mark) {
		return raw
	}
	var out []byte
	for {
		before, rest, found := bytes.Cut(raw, mark)
		out = append(out, before...)
		if !found {
			return out
		}
		encoded, after, _ := bytes.Cut(rest, []byte{'"'})
		data, _ := base64.StdEncoding.AppendDecode(nil, encoded) // MarshalJSON wrote it
		out = sio.AppendPlaceholder(out, len(e.binary))
		e.binary = append(e.binary, data)
		raw = after
	}
}

// encodeArgs encodes the arguments of an ack, or of an event with that name.
func encodeArgs(t sio.Type, name string, values []any) (Args, error) {
	if sio.IsReserved(name) {
		return Args{}, fmt.Errorf("%w: %q", ErrReservedName, name)
	}
	e := encoder{args: make([][]byte, 0, len(values))}
	for i, v := range values {
		if err := e.add(v); err != nil {
			return Args{}, fmt.Errorf("socketio: argument %d of %v %q: %w", i+1, t, name, err)
		}
	}
	return Args{elements: e.args, binary: e.binary}, nil
}

// array returns the data of an ack, or of an event with that name.
func (a Args) array(t sio.Type, name string) []byte {
	size := len(name) + 4
	for _, raw := range a.elements {
		size += len(raw) + 1
	}
	dst := make([]byte, 0, size)
	if t == sio.Ack {
		return sio.AppendArray(dst, a.elements)
	}
	return sio.AppendEvent(dst, name, a.elements)
}
