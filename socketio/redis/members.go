package redis

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/everwire/everwire/protocol/sio"
)

// The types of messages of npm's ClusterAdapter, on which the sharded and the
// streams adapter are built. There are others that only say who is alive; here
// Redis knows that.
const (
	memberBroadcast    = 3 + iota // an ask if it has a request id
	memberJoin                    // 4
	memberLeave                   // 5
	memberDisconnect              // 6
	memberFetch                   // 7
	memberSockets                 // 8
	memberServerEvent             // 9
	memberServerAnswer            // 10
	memberCount                   // 11
	memberAnswer                  // 12
)

// members is the form of ClusterAdapter: {type, data, uid, nsp}. By SPUBLISH or
// PUBLISH it goes to
//
//	socket.io#/chat#       all servers
//	socket.io#/chat#uid#   one of them
//	socket.io#/chat#room#  those with a socket in the room, with Sharded
//
// With Streams what nobody answers goes to a stream, each member a field.
type members struct {
	uid, nsp, channel string
	way               way
	mode              Subscription
	stream            string // empty with Sharded
	max               int
}

func newMembers(cfg *Config, uid, nsp string) *members {
	m := &members{uid: uid, nsp: nsp, channel: cfg.Prefix + "#" + nsp + "#", mode: cfg.Subscription, max: cfg.MaxMessage}
	if cfg.sharded() {
		m.way = shard
	}
	if cfg.Kind == Streams {
		m.stream, m.mode = cfg.streamOf(nsp), Static
	}
	return m
}

// streamOf returns the stream of a namespace. Node's remainder has the sign of the
// number, so that some streams have names such as "socket.io--2".
func (c *Config) streamOf(nsp string) string {
	if c.StreamCount == 1 {
		return c.Stream
	}
	var h int32
	for _, u := range utf16.Encode([]rune(nsp)) {
		h = h*31 + int32(u)
	}
	return c.Stream + "-" + strconv.Itoa(int(h)%c.StreamCount)
}

// streams returns all streams that a namespace may have. Node's servers do not
// read those with a negative number, but they write them.
func (c *Config) streams() []string {
	if c.StreamCount == 1 {
		return []string{c.Stream}
	}
	var names []string
	for i := 1 - c.StreamCount; i < c.StreamCount; i++ {
		names = append(names, c.Stream+"-"+strconv.Itoa(i))
	}
	return names
}

func (f *members) listens() []source {
	list := []source{{f.way, f.channel}, {f.way, f.channel + f.uid + "#"}}
	if f.stream != "" {
		list = append(list, source{stream, f.nsp})
	}
	return list
}

func (f *members) counted() source { return source{f.way, f.channel} }

// room says that a room has a channel unless its name has the length of a
// socket's id: senders cannot tell the two apart.
func (f *members) room(name string) (source, bool) {
	if f.mode == Static || f.mode == Dynamic && looksLikeID(name) {
		return source{}, false
	}
	return source{f.way, f.channel + name + "#"}, true
}

// looksLikeID reports whether a name has the length of a socket's id: 20, as
// JavaScript counts.
func looksLikeID(name string) bool {
	n := 0
	for _, r := range name {
		n += utf16.RuneLen(r)
	}
	return n == 20
}

// encode writes a message.
func (f *members) encode(m *message) (posting, error) {
	t, data, err := f.appendData(nil, m)
	if err != nil {
		return posting{}, err
	}
	if f.stream != "" && t >= memberBroadcast && t <= memberDisconnect && m.request == "" {
		return f.entry(t, data, m)
	}
	raw := strconv.AppendInt([]byte(`{"type":`), int64(t), 10)
	raw = append(appendMember(raw, "data"), data...)
	raw = append(appendText(appendText(raw, "uid", f.uid), "nsp", f.nsp), '}')
	if f.stream != "" || m.isBinary() {
		if raw, err = binary(raw, m); err != nil {
			return posting{}, err
		}
	}
	p := posting{how: f.way, to: f.channel, payload: raw}
	switch {
	case m.kind.isReply():
		p.to += m.asker + "#"
	case m.kind == broadcast && len(m.to) == 1:
		if s, has := f.room(m.to[0]); has {
			p.to = s.name
		}
	}
	return p, nil
}

// entry writes a message for the stream.
func (f *members) entry(t int, data []byte, m *message) (posting, error) {
	text := string(data)
	if m.isBinary() {
		packed, err := binary(data, m)
		if err != nil {
			return posting{}, err
		}
		text = base64.StdEncoding.EncodeToString(packed)
	}
	return posting{how: stream, to: f.stream, size: len(text) + len(f.nsp) + 64,
		fields: []any{"uid", f.uid, "nsp", f.nsp, "type", strconv.Itoa(t), "data", text}}, nil
}

// appendData appends what a message says besides who says it, and returns its type.
func (f *members) appendData(dst []byte, m *message) (t int, data []byte, err error) {
	request := func(dst []byte) []byte {
		return append(sio.AppendString(append(dst, `{"requestId":`...), m.request), ',')
	}
	opts := func() []byte { return appendOptions(append(dst, `{"opts":`...), m) }
	switch m.kind {
	case broadcast, ask:
		t = memberBroadcast
		dst = appendPacket(append(dst, `{"packet":`...), m, "")
		if m.kind == ask {
			dst = appendText(dst, "requestId", m.request)
		}
		dst = appendOptions(appendMember(dst, "opts"), m)
	case join:
		t, dst = memberJoin, appendNames(appendMember(opts(), "rooms"), m.rooms)
	case leave:
		t, dst = memberLeave, appendNames(appendMember(opts(), "rooms"), m.rooms)
	case disconnect:
		t, dst = memberDisconnect, strconv.AppendBool(appendMember(opts(), "close"), m.close)
	case fetch:
		t, dst = memberFetch, appendText(opts(), "requestId", m.request)
	case serverEvent:
		t = memberServerEvent
		if dst = append(dst, '{'); m.request != "" {
			dst = request(dst[:len(dst)-1])
		}
		elements, _ := m.args.Raw()
		dst = sio.AppendEvent(append(dst, `"packet":`...), m.event, elements)
	case socketList:
		t = memberSockets
		dst, err = appendSockets(append(request(dst), `"sockets":`...), m.sockets)
	case serverAnswer:
		t, dst = memberServerAnswer, appendAnswer(append(request(dst), `"packet":`...), m)
	case clientCount:
		t, dst = memberCount, strconv.AppendInt(append(request(dst), `"clientCount":`...), int64(m.count), 10)
	case clientAnswer:
		t, dst = memberAnswer, appendAnswer(append(request(dst), `"packet":`...), m)
	default:
		return 0, nil, fmt.Errorf("redis: no form for %v", m.kind)
	}
	return t, append(dst, '}'), err
}

// memberMessage is a message without its data.
type memberMessage struct {
	Type int             `json:"type"`
	Data json.RawMessage `json:"data"`
	UID  string          `json:"uid"`
	NSP  string          `json:"nsp"`
}

// memberData has the members of the data of all messages.
type memberData struct {
	Opts        options         `json:"opts"`
	Packet      json.RawMessage `json:"packet"`
	RequestID   string          `json:"requestId"`
	Rooms       names           `json:"rooms"`
	Close       bool            `json:"close"`
	Sockets     json.RawMessage `json:"sockets"`
	ClientCount float64         `json:"clientCount"`
}

// decode reads what has come by a channel.
func (f *members) decode(_ string, payload []byte) (message, error) {
	raw, attachments, err := parse(payload, f.max)
	if err != nil {
		return message{}, err
	}
	var w memberMessage
	if err := unmarshal(raw, &w); err != nil {
		return message{}, err
	}
	return f.read(&w, attachments)
}

// decodeEntry reads an entry of the stream.
func (f *members) decodeEntry(fields map[string]any) (message, error) {
	text := func(name string) string { s, _ := fields[name].(string); return s }
	t, err := strconv.Atoi(text("type"))
	if err != nil {
		return message{}, fmt.Errorf("%w: entry of type %.10q", errMessage, text("type"))
	}
	w := memberMessage{Type: t, UID: text("uid"), NSP: text("nsp")}
	if w.UID == f.uid {
		return message{}, errIrrelevant // before the work
	}
	data := text("data")
	payload := []byte(data)
	if len(data) <= 2*f.max && !strings.HasPrefix(data, "{") {
		if payload, err = base64.StdEncoding.DecodeString(data); err != nil {
			return message{}, fmt.Errorf("%w: %w", errMessage, err)
		}
	}
	raw, attachments, err := parse(payload, f.max)
	if err != nil {
		return message{}, err
	}
	w.Data = raw
	return f.read(&w, attachments)
}

// read reads a message whose parts are known.
func (f *members) read(w *memberMessage, attachments [][]byte) (m message, err error) {
	if w.UID == f.uid || w.NSP != f.nsp || w.Type < memberBroadcast || w.Type > memberAnswer {
		return message{}, errIrrelevant
	}
	var d memberData
	if err := unmarshal(w.Data, &d); err != nil {
		return message{}, err
	}
	m = message{from: w.UID, asker: w.UID, request: d.RequestID, rooms: d.Rooms, close: d.Close}
	d.Opts.set(&m)
	switch w.Type {
	case memberBroadcast:
		if m.kind = broadcast; m.request != "" {
			m.kind = ask
		}
		var p packet
		if err = unmarshal(d.Packet, &p); err == nil {
			err = p.set(&m, attachments)
		}
	case memberJoin, memberLeave, memberDisconnect:
		m.kind = [...]kind{join, leave, disconnect}[w.Type-memberJoin]
		m.request = "" // nobody waits
	case memberFetch:
		m.kind = fetch
	case memberServerEvent:
		m.kind = serverEvent
		err = setEvent(&m, d.Packet, attachments)
	case memberSockets:
		m.kind = socketList
		m.sockets, err = socketsOf(d.Sockets, attachments)
	case memberServerAnswer:
		m.kind = serverAnswer
		err = setAnswer(&m, d.Packet, attachments)
	case memberCount:
		m.kind = clientCount
		m.count, err = countOf(d.ClientCount)
	case memberAnswer:
		m.kind = clientAnswer
		err = setAnswer(&m, d.Packet, attachments)
	}
	return m, err
}
