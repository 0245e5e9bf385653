package redis

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/socketio"
)

// A payload is one value: JSON text if it begins with a brace, else MessagePack.
// Here it is always JSON, with attachments beside it.

// maxAttachments of one message. They are bounded by its size, too.
const maxAttachments = 10_000

// parse turns a payload into JSON and attachments.
func parse(payload []byte, max int) (raw []byte, attachments [][]byte, err error) {
	if len(payload) > max {
		return nil, nil, fmt.Errorf("%w: %d bytes", errMessage, len(payload))
	}
	if len(payload) > 0 && payload[0] == '{' {
		return payload, nil, nil
	}
	raw, attachments, err = sio.DecodeMsgpackValue(payload, sio.Limits{MaxAttachments: maxAttachments, MaxBytes: max})
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errMessage, err)
	}
	return raw, attachments, nil
}

// unmarshal decodes a part of a message that holds no arguments.
func unmarshal(raw []byte, v any) error {
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("%w: %w", errMessage, err)
	}
	return nil
}

// names are rooms. JavaScript's may be numbers.
type names []string

func (n *names) UnmarshalJSON(data []byte) error {
	elements, err := sio.SplitArray(data)
	if string(data) == "null" {
		return nil
	}
	if err != nil {
		return err
	}
	*n = make(names, 0, len(elements))
	for _, e := range elements {
		name, err := sio.EventName(e)
		if err != nil {
			return fmt.Errorf("room %.40s", e)
		}
		*n = append(*n, string(name))
	}
	return nil
}

// options are the receivers of something.
type options struct {
	Rooms  names `json:"rooms"`
	Except names `json:"except"`
	Flags  flags `json:"flags"`
}

// flags are what is said of an event. Their values come from whatever the
// application has passed to Node's setters.
type flags struct {
	Volatile json.RawMessage `json:"volatile"`
	Compress json.RawMessage `json:"compress"`
	Timeout  json.RawMessage `json:"timeout"`
}

// set puts the options into m.
func (o *options) set(m *message) {
	m.to, m.except = o.Rooms, o.Except
	m.volatile = string(o.Flags.Volatile) == "true"
	m.uncompressed = string(o.Flags.Compress) == "false"
	if ms, err := strconv.ParseFloat(string(o.Flags.Timeout), 64); err == nil && ms > 0 && ms < 1e9 {
		m.timeout = time.Duration(ms * float64(time.Millisecond))
	}
}

// packet is a Socket.IO packet.
type packet struct {
	Type json.RawMessage `json:"type"`
	Data json.RawMessage `json:"data"`
	NSP  *string         `json:"nsp"`
}

// set puts the event of the packet into m. Servers send EVENT for those with
// attachments, too.
func (p *packet) set(m *message, attachments [][]byte) error {
	if t := string(p.Type); t != "2" && t != "5" {
		return fmt.Errorf("%w: packet of type %.10s", errMessage, t)
	}
	return setEvent(m, p.Data, attachments)
}

// setEvent puts an event, an array of its name and arguments, into m.
func setEvent(m *message, data []byte, attachments [][]byte) error {
	elements, err := sio.SplitArray(data)
	if err == nil && len(elements) == 0 {
		err = sio.ErrEventName
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errMessage, err)
	}
	name, err := sio.EventName(elements[0])
	if err != nil {
		return fmt.Errorf("%w: %w", errMessage, err)
	}
	if sio.IsReserved(name) {
		return fmt.Errorf("%w: event %q", errMessage, name)
	}
	m.event = string(name)
	return setArgs(m, elements[1:], attachments)
}

// setAnswer puts one value into m, or none.
func setAnswer(m *message, raw []byte, attachments [][]byte) error {
	if len(raw) == 0 {
		return nil
	}
	return setArgs(m, [][]byte{raw}, attachments)
}

func setArgs(m *message, elements, attachments [][]byte) (err error) {
	if m.args, err = socketio.RawArgs(elements, attachments); err != nil {
		return fmt.Errorf("%w: %w", errMessage, err)
	}
	return nil
}

// Writing. All of it appends JSON, in the order of the reference's members.

func appendNames(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = sio.AppendString(dst, s)
	}
	return append(dst, ']')
}

// appendMember appends the name of a member that is not the first.
func appendMember(dst []byte, name string) []byte {
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	return append(dst, `":`...)
}

func appendText(dst []byte, name, text string) []byte {
	return sio.AppendString(appendMember(dst, name), text)
}

// appendReceivers appends {"rooms":[],"except":[]} without its end.
func appendReceivers(dst []byte, m *message) []byte {
	dst = appendNames(append(dst, `{"rooms":`...), m.to)
	return appendNames(appendMember(dst, "except"), m.except)
}

// appendOptions appends the receivers and what is said of the event.
func appendOptions(dst []byte, m *message) []byte {
	dst = append(appendReceivers(dst, m), `,"flags":{`...)
	start := len(dst)
	if m.volatile {
		dst = append(dst, `,"volatile":true`...)
	}
	if m.uncompressed {
		dst = append(dst, `,"compress":false`...)
	}
	if m.timeout > 0 {
		dst = strconv.AppendInt(appendMember(dst, "timeout"), max(m.timeout.Milliseconds(), 1), 10)
	}
	if len(dst) > start {
		dst = append(dst[:start], dst[start+1:]...) // the first comma
	}
	return append(dst, "}}"...)
}

// appendPacket appends the event of m as a packet, with its namespace unless that
// is empty.
func appendPacket(dst []byte, m *message, nsp string) []byte {
	elements, _ := m.args.Raw()
	dst = sio.AppendEvent(append(dst, `{"type":2,"data":`...), m.event, elements)
	if nsp != "" {
		dst = appendText(dst, "nsp", nsp)
	}
	return append(dst, '}')
}

// appendAnswer appends the one value that JavaScript's acks have.
func appendAnswer(dst []byte, m *message) []byte {
	elements, _ := m.args.Raw()
	if len(elements) == 0 {
		return append(dst, "null"...)
	}
	return append(dst, elements[0]...)
}

// onlyAnswer leaves the first argument of an ack, and its attachments.
func onlyAnswer(args socketio.Args) (socketio.Args, error) {
	elements, attachments := args.Raw()
	if len(elements) < 2 {
		return args, nil
	}
	n := 0 // attachments are numbered as they stand
	for n < len(attachments) && sio.CheckPlaceholders(elements[0], n) != nil {
		n++
	}
	return socketio.RawArgs(elements[:1], attachments[:n])
}

// binary returns JSON as MessagePack.
func binary(raw []byte, m *message) ([]byte, error) {
	_, attachments := m.args.Raw()
	out, err := sio.AppendMsgpackValue(make([]byte, 0, len(raw)), raw, attachments)
	if err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	return out, nil
}

// isBinary reports whether m has attachments.
func (m *message) isBinary() bool {
	_, attachments := m.args.Raw()
	return len(attachments) > 0
}

// inlined returns a value in which attachments are base64, for what is no argument.
func inlined(raw []byte, attachments [][]byte) ([]byte, error) {
	if len(attachments) == 0 {
		return raw, nil
	}
	raw, err := sio.InlineBinary(nil, raw, attachments)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMessage, err)
	}
	return raw, nil
}
