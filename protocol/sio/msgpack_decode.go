package sio

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"
)

// mpReader reads MessagePack and writes it as JSON with attachments.
type mpReader struct {
	data      []byte // what is left
	depth     int    // how many more arrays and maps may be opened
	out       []byte
	binary    [][]byte
	held      int // bytes in binary
	maxBinary int
	maxBytes  int // of out and binary
}

// mpPacket is what the members of a packet say.
type mpPacket struct {
	packetType uint64
	hasType    bool
	id         uint64
	hasID      bool
	namespace  []byte // borrowed
	data       []byte // JSON, empty if there is none
	seen       [4]bool
}

// packet reads a packet and nothing else.
func (r *mpReader) packet() (m mpPacket, err error) {
	h, err := r.head()
	switch {
	case err != nil:
		return m, err
	case h.kind != mpKindMap:
		return m, fmt.Errorf("%w: packet is no map", ErrMsgpack)
	}
	for range h.n {
		if err := r.packetMember(&m); err != nil {
			return m, err
		}
	}
	if len(r.data) > 0 {
		return m, fmt.Errorf("%w: %d bytes behind the packet", ErrMsgpack, len(r.data))
	}
	return m, nil
}

// packetMember reads one member of a packet. Which of two members with one name
// counts would depend on the reader: there must not be two.
func (r *mpReader) packetMember(m *mpPacket) error {
	name, err := r.key()
	if err != nil {
		return err
	}
	i := -1
	switch string(name) {
	case "type":
		i = 0
	case "data":
		i = 1
	case "id":
		i = 2
	case "nsp":
		i = 3
	default:
		return r.skip()
	}
	if m.seen[i] {
		return fmt.Errorf("%w: member %q twice", ErrMsgpack, name)
	}
	m.seen[i] = true
	if r.undefined() {
		return nil
	}
	switch i {
	case 0:
		m.packetType, err = r.uint(ErrType)
		m.hasType = true
	case 1:
		start := len(r.out)
		err = r.value()
		m.data = r.out[start:len(r.out):len(r.out)]
	case 2:
		m.id, err = r.uint(ErrID)
		if m.hasID = true; m.id > MaxID {
			return ErrID
		}
	case 3:
		m.namespace, err = r.str(ErrNamespace)
	}
	return err
}

// skip reads a value that nobody wants.
func (r *mpReader) skip() error {
	out, binary, held := len(r.out), len(r.binary), r.held
	err := r.value()
	r.out, r.binary, r.held = r.out[:out], r.binary[:binary], held
	return err
}

// uint reads an integer that is not negative, or returns otherwise.
func (r *mpReader) uint(otherwise error) (uint64, error) {
	h, err := r.head()
	if err == nil && h.kind != mpKindUint {
		err = otherwise
	}
	return h.u, err
}

// str reads a string, or returns otherwise.
func (r *mpReader) str(otherwise error) ([]byte, error) {
	h, err := r.head()
	if err != nil {
		return nil, err
	}
	if h.kind != mpKindString {
		return nil, otherwise
	}
	return r.take(h.n)
}

func (r *mpReader) key() ([]byte, error) {
	return r.str(fmt.Errorf("%w: name of a member is no string", ErrMsgpack))
}

// undefined reads JavaScript's undefined, if that is what comes.
func (r *mpReader) undefined() bool {
	if len(r.data) < 3 || r.data[0] != mpFixExt1 || r.data[1] != 0 {
		return false
	}
	r.data = r.data[3:]
	return true
}

// value reads a value and writes it to out.
func (r *mpReader) value() error {
	if r.undefined() {
		r.out = append(r.out, "null"...)
		return nil
	}
	h, err := r.head()
	if err != nil {
		return err
	}
	switch h.kind {
	case mpKindNil:
		r.out = append(r.out, "null"...)
	case mpKindBool:
		r.out = strconv.AppendBool(r.out, h.u == 1)
	case mpKindUint:
		r.out = strconv.AppendUint(r.out, h.u, 10)
	case mpKindInt:
		r.out = strconv.AppendInt(r.out, int64(h.u), 10)
	case mpKindFloat:
		r.float(math.Float64frombits(h.u))
	case mpKindString:
		err = r.text(h.n)
	case mpKindBinary:
		err = r.attach(h.n)
	case mpKindDate:
		r.date(int64(h.u))
	default:
		err = r.nested(h)
	}
	if err == nil && len(r.out)+r.held > r.maxBytes {
		err = ErrTooLarge
	}
	return err
}

// float writes what JSON.stringify would: JSON has no NaN and no infinity.
func (r *mpReader) float(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		r.out = append(r.out, "null"...)
		return
	}
	r.out = strconv.AppendFloat(r.out, f, 'g', -1, 64)
}

func (r *mpReader) text(n int) error {
	b, err := r.take(n)
	if err != nil {
		return err
	}
	if len(r.out)+len(b) > r.maxBytes {
		return ErrTooLarge
	}
	r.out = AppendString(r.out, string(b))
	return nil
}

func (r *mpReader) attach(n int) error {
	b, err := r.take(n)
	switch {
	case err != nil:
		return err
	case len(r.binary) == r.maxBinary:
		return ErrTooManyAttachments
	case len(r.out)+r.held+n > r.maxBytes:
		return ErrTooLarge
	}
	r.out = AppendPlaceholder(r.out, len(r.binary))
	r.binary = append(r.binary, bytes.Clone(b))
	r.held += n
	return nil
}

// date writes a time in milliseconds as Date.prototype.toJSON does.
// (ECMA-262, "Date Time String Format")
func (r *mpReader) date(ms int64) {
	const limit = 864e13 // 100,000,000 days around 1970
	if ms < -limit || ms > limit {
		r.out = append(r.out, "null"...)
		return
	}
	t := time.UnixMilli(ms).UTC()
	r.out = append(r.out, '"')
	if y := t.Year(); y >= 0 && y <= 9999 {
		r.out = t.AppendFormat(r.out, "2006")
	} else {
		r.out = fmt.Appendf(r.out, "%+07d", y)
	}
	r.out = t.AppendFormat(r.out, `-01-02T15:04:05.000Z"`)
}

// nested goes one level down for an array or map.
func (r *mpReader) nested(h mpHead) error {
	if r.depth == 0 {
		return ErrDepth
	}
	r.depth--
	defer func() { r.depth++ }()
	if h.kind == mpKindMap {
		return r.object(h.n)
	}
	r.out = append(r.out, '[')
	for i := range h.n {
		if i > 0 {
			r.out = append(r.out, ',')
		}
		if err := r.value(); err != nil {
			return err
		}
	}
	r.out = append(r.out, ']')
	return nil
}

func (r *mpReader) object(n int) error {
	r.out = append(r.out, '{')
	first := true
	for range n {
		name, err := r.key()
		if err != nil {
			return err
		}
		if r.undefined() {
			continue
		}
		if !first {
			r.out = append(r.out, ',')
		}
		first = false
		r.out = AppendString(r.out, string(name))
		r.out = append(r.out, ':')
		if err := r.value(); err != nil {
			return err
		}
	}
	r.out = append(r.out, '}')
	return nil
}
