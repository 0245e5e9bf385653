package sio

import (
	"bytes"
	"fmt"
	"strconv"
)

// AppendEvent09 appends the data of an event, {"name":"..","args":[..]}. The
// arguments are raw JSON, which is not checked; an empty one is written as
// null. Without arguments there are no args.
func AppendEvent09(dst []byte, name string, args [][]byte) []byte {
	dst = append(dst, `{"name":`...)
	dst = AppendString(dst, name)
	if len(args) > 0 {
		dst = append(dst, `,"args":`...)
		dst = AppendArray(dst, args)
	}
	return append(dst, '}')
}

// ParseEvent09 takes the data of an event apart: its name, as EventName has it,
// and its arguments as one JSON array, which SplitArray takes apart and which
// is empty if there are none. Both borrow data where nothing has to be
// unescaped. Other members are passed over; of two with the same key the last
// one counts.
//
// It checks all of data and returns ErrPayload, ErrJSON, ErrDepth,
// ErrEventName or ErrTooManyArguments. What names mean is the caller's
// business: the reference drops events of the name "disconnect".
func ParseEvent09(data []byte) (name, args []byte, err error) {
	var rawName []byte
	err = eachMember(data, func(key, value []byte) {
		switch {
		case keyIs(key, "name"):
			rawName = value
		case keyIs(key, "args"):
			args = value
		}
	})
	if err != nil {
		return nil, nil, err
	}
	if name, err = EventName(rawName); err != nil {
		return nil, nil, err
	}
	if string(args) == "null" {
		return name, nil, nil
	}
	if err = checkArguments(args); err != nil {
		return nil, nil, err
	}
	return name, args[:len(args):len(args)], nil
}

// checkArguments checks that raw is empty or an array of not too many
// elements.
func checkArguments(raw []byte) error {
	if len(raw) == 0 {
		return nil
	}
	n := 0
	s := scanner{data: raw, depth: MaxDepth}
	for el := (element{}); s.next(&el); n++ {
		if n == MaxArguments {
			return ErrTooManyArguments
		}
	}
	return s.err
}

// eachMember calls f for each member of the JSON object that data consists of,
// with the key as it is written. It checks all of data.
func eachMember(data []byte, f func(key, value []byte)) error {
	s := scanner{data: data, depth: MaxDepth - 1}
	i := s.space(0)
	if i == len(data) || data[i] != '{' {
		return fmt.Errorf("%w: no object", ErrPayload)
	}
	for first := true; ; first = false {
		i = s.space(i + 1) // behind the brace or a comma
		if first && i < len(data) && data[i] == '}' {
			break
		}
		if i == len(data) || data[i] != '"' {
			return ErrJSON
		}
		start, end := i, s.str(i)
		if end < 0 {
			return s.err
		}
		if i = s.space(end); i == len(data) || data[i] != ':' {
			return ErrJSON
		}
		key, value := data[start:end], s.space(i+1)
		if end = s.value(value); end < 0 {
			return s.err
		}
		f(key, data[value:end])
		if i = s.space(end); i == len(data) || data[i] != ',' && data[i] != '}' {
			return ErrJSON
		}
		if data[i] == '}' {
			break
		}
	}
	if s.space(i+1) != len(data) {
		return ErrJSON
	}
	return nil
}

// AppendAck09 appends the data of an ack for the packet with the given id: the
// id alone or, if there are arguments, "1+[..]". They are written as by
// AppendArray, but for the line separators U+2028 and U+2029, which are escaped:
// clients look for the arguments on the first line.
func AppendAck09(dst []byte, id uint64, args [][]byte) []byte {
	dst = strconv.AppendUint(dst, id, 10)
	if len(args) == 0 {
		return dst
	}
	at := len(dst)
	dst = AppendArray(append(dst, '+'), args)
	if !bytes.ContainsAny(dst[at:], "\u2028\u2029") {
		return dst
	}
	line := bytes.ReplaceAll(dst[at:], []byte("\u2028"), []byte(`\u2028`))
	return append(dst[:at], bytes.ReplaceAll(line, []byte("\u2029"), []byte(`\u2029`))...)
}

// ParseAck09 takes the data of an ack apart: the id that it answers, and its
// arguments as one JSON array, empty if there are none. It checks all of data
// and returns ErrID, ErrPayload, ErrJSON, ErrDepth or ErrTooManyArguments.
func ParseAck09(data []byte) (id uint64, args []byte, err error) {
	i := 0
	for ; i < len(data) && isDigit(data[i]); i++ {
		if id = id*10 + uint64(data[i]-'0'); id > MaxID {
			return 0, nil, ErrID
		}
	}
	switch {
	case i == 0:
		return 0, nil, fmt.Errorf("%w: ack of nothing", ErrID)
	case i == len(data):
		return id, nil, nil
	case data[i] != '+':
		return 0, nil, fmt.Errorf("%w: %q behind the id of an ack", ErrPayload, data[i])
	}
	args = data[i+1:]
	if err = checkArguments(args); err != nil {
		return 0, nil, err
	}
	return id, args[:len(args):len(args)], nil
}

// Reason09 is why an Error09 was sent, numbered as on the wire.
type Reason09 int8

// Advice09 is what an Error09 advises the client to do, numbered as on the
// wire.
type Advice09 int8

// The reasons and the advice that the protocol has. (Socket.IO specification,
// version 1, "Messages", "(7) Error")
const (
	NoReason09            Reason09 = -1
	TransportNotSupported Reason09 = 0
	ClientNotHandshaken   Reason09 = 1
	Unauthorized          Reason09 = 2 // a client's "connect_failed"

	NoAdvice09 Advice09 = -1
	Reconnect  Advice09 = 0
)

// AppendError09 appends the data of an error: "1+0", "2" without advice, "+0"
// without a reason.
func AppendError09(dst []byte, reason Reason09, advice Advice09) []byte {
	if reason >= 0 {
		dst = strconv.AppendInt(dst, int64(reason), 10)
	}
	if advice >= 0 {
		dst = append(dst, '+')
		dst = strconv.AppendInt(dst, int64(advice), 10)
	}
	return dst
}

// ParseError09 takes the data of an error apart. As in the reference, what the
// protocol does not have counts for none.
func ParseError09(data []byte) (Reason09, Advice09) {
	reason, advice := NoReason09, NoAdvice09
	first, second, _ := bytes.Cut(data, []byte{'+'})
	second, _, _ = bytes.Cut(second, []byte{'+'})
	if len(first) == 1 && first[0] >= '0' && first[0] <= '2' {
		reason = Reason09(first[0] - '0')
	}
	if string(second) == "0" {
		advice = Reconnect
	}
	return reason, advice
}
