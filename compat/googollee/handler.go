package googollee

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	original "github.com/googollee/go-socket.io"
	"github.com/googollee/go-socket.io/parser"

	"github.com/everwire/everwire/socketio"
)

// handler is a function that is called with the arguments of an event or ack.
type handler struct {
	f      reflect.Value
	first  int // 1 if the first parameter is the Conn
	params []reflect.Type
}

var connType = reflect.TypeFor[original.Conn]()

// newHandler returns the handler of an event.
func newHandler(f any) *handler {
	h := newCallback(f)
	if len(h.params) == 0 || h.params[0] != connType {
		panic(fmt.Sprintf("googollee: the handler of an event is a func(socketio.Conn, ...), not a %T", f))
	}
	h.first, h.params = 1, h.params[1:]
	return h
}

// newCallback returns the handler of an ack.
func newCallback(f any) *handler {
	v := reflect.ValueOf(f)
	if v.Kind() != reflect.Func || v.Type().IsVariadic() {
		panic(fmt.Sprintf("googollee: a handler is a function with a fixed number of parameters, not a %T", f))
	}
	h := &handler{f: v}
	for i := range v.Type().NumIn() {
		h.params = append(h.params, v.Type().In(i))
	}
	return h
}

// call calls the function and returns its results. Arguments that are missing
// are zero, those that are too many are left out. A panic is an error.
func (h *handler) call(c *conn, in socketio.Args) (out socketio.Args, err error) {
	args := make([]reflect.Value, 0, 1+len(h.params))
	if h.first == 1 {
		args = append(args, reflect.ValueOf(original.Conn(c)))
	}
	for i, t := range h.params {
		v := reflect.New(t)
		if i < in.Len() {
			if err := decode(in, i, v); err != nil {
				return out, err
			}
		}
		args = append(args, v.Elem())
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("googollee: a handler panicked: %v", v)
		}
	}()
	results := h.f.Call(args)
	all := make([]any, len(results))
	for i, r := range results {
		all[i] = r.Interface()
	}
	return socketio.NewArgs(values(all)...)
}

// decode stores argument i in what v points to, with the attachments that stand
// in a parser.Buffer anywhere in it.
func decode(in socketio.Args, i int, v reflect.Value) error {
	elements, attachments := in.Raw()
	if len(attachments) == 0 {
		return in.Decode(i, v.Interface())
	}
	if !holdsBuffer(v.Type(), nil) {
		return in.Decode(i, v.Interface())
	}
	if err := json.Unmarshal(elements[i], v.Interface()); err != nil {
		return fmt.Errorf("googollee: argument %d: %w", i+1, err)
	}
	return fill(v, attachments)
}

var bufferType = reflect.TypeFor[parser.Buffer]()

// holdsBuffer reports whether a value of the type may have a parser.Buffer in it.
func holdsBuffer(t reflect.Type, seen []reflect.Type) bool {
	if t == bufferType {
		return true
	}
	if slices.Contains(seen, t) {
		return false
	}
	seen = append(seen, t)
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return holdsBuffer(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && holdsBuffer(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

// fill gives each parser.Buffer in v its attachment.
func fill(v reflect.Value, attachments [][]byte) error {
	switch {
	case v.Type() == bufferType:
		if v.FieldByName("isBinary").Bool() {
			n := v.FieldByName("num").Uint()
			if n >= uint64(len(attachments)) {
				return fmt.Errorf("googollee: attachment %d of %d", n, len(attachments))
			}
			v.FieldByName("Data").SetBytes(attachments[n])
		}
	case v.Kind() == reflect.Pointer:
		if !v.IsNil() {
			return fill(v.Elem(), attachments)
		}
	case v.Kind() == reflect.Slice, v.Kind() == reflect.Array:
		if !holdsBuffer(v.Type(), nil) {
			return nil
		}
		for i := range v.Len() {
			if err := fill(v.Index(i), attachments); err != nil {
				return err
			}
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			if err := fill(v.Field(i), attachments); err != nil {
				return err
			}
		}
	}
	return nil
}

// values returns arguments in the form that this server sends: buffers are
// binary.
func values(args []any) []any {
	args = slices.Clone(args)
	for i, v := range args {
		switch b := v.(type) {
		case parser.Buffer:
			args[i] = socketio.Binary(b.Data)
		case *parser.Buffer:
			if b != nil {
				args[i] = socketio.Binary(b.Data)
			}
		}
	}
	return args
}
