package redis

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/socketio"
)

// The types of requests and responses of @socket.io/redis-adapter. Broadcasts have
// none: they have channels of their own.
const (
	classicIDs = iota
	classicRooms
	classicJoin
	classicLeave
	classicDisconnect
	classicFetch
	classicServerEvent
	classicAsk
	classicCount
	classicAnswer
)

// classic is the form of @socket.io/redis-adapter: PUBLISH, to
//
//	socket.io#/chat#          broadcasts
//	socket.io#/chat#room#     those to one room
//	socket.io-request#/chat#  what servers ask each other
//	socket.io-response#/chat# and answer
//	socket.io-response#/chat#uid# to the one that has asked
type classic struct {
	uid, nsp                    string
	broadcasts, asks, responses string // channels
	specific                    bool   // answers go to the one that has asked
	max                         int
	has                         func(room string) bool
}

func newClassic(cfg *Config, uid, nsp string) *classic {
	return &classic{uid: uid, nsp: nsp, specific: cfg.SpecificResponses, max: cfg.MaxMessage,
		broadcasts: cfg.Prefix + "#" + nsp + "#", asks: cfg.Prefix + "-request#" + nsp + "#", responses: cfg.Prefix + "-response#" + nsp + "#"}
}

// escaped makes a pattern that matches nothing but the text.
var escaped = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `\`, `\\`)

func (c *classic) listens() []source {
	return []source{{pattern, escaped.Replace(c.broadcasts) + "*"}, {plain, c.asks}, {plain, c.responses}, {plain, c.responses + c.uid + "#"}}
}

func (c *classic) counted() source { return source{plain, c.asks} }

func (c *classic) room(string) (source, bool) { return source{}, false }

// encode writes a message.
func (c *classic) encode(m *message) (posting, error) {
	if m.kind == broadcast {
		return c.encodeBroadcast(m)
	}
	raw, err := c.appendMembers([]byte{'{'}, m)
	if err != nil {
		return posting{}, err
	}
	raw = append(raw, '}')
	if raw[1] == ',' {
		raw = append(raw[:1], raw[2:]...) // the first comma
	}
	if m.isBinary() || m.kind == ask || m.kind == clientAnswer {
		if raw, err = binary(raw, m); err != nil {
			return posting{}, err
		}
	}
	to := c.asks
	if m.kind.isReply() {
		if to = c.responses; c.specific && m.asker != "" {
			to += m.asker + "#"
		}
	}
	return posting{how: plain, to: to, payload: raw}, nil
}

// encodeBroadcast writes [uid, packet, options].
func (c *classic) encodeBroadcast(m *message) (posting, error) {
	raw := sio.AppendString([]byte{'['}, c.uid)
	raw = appendPacket(append(raw, ','), m, c.nsp)
	raw = appendOptions(append(raw, ','), m)
	raw, err := binary(append(raw, ']'), m)
	to := c.broadcasts
	if len(m.to) == 1 {
		to += m.to[0] + "#"
	}
	return posting{how: plain, to: to, payload: raw}, err
}

// appendMembers appends what a request or reply is made of, each behind a comma.
func (c *classic) appendMembers(dst []byte, m *message) ([]byte, error) {
	request := func(t int) []byte {
		dst = appendText(dst, "uid", c.uid)
		if m.request != "" {
			dst = appendText(dst, "requestId", m.request)
		}
		return strconv.AppendInt(appendMember(dst, "type"), int64(t), 10)
	}
	reply := func(t int) []byte {
		if t >= 0 {
			dst = strconv.AppendInt(appendMember(dst, "type"), int64(t), 10)
		}
		return appendText(dst, "requestId", m.request)
	}
	switch m.kind {
	case ask:
		dst = appendPacket(appendMember(request(classicAsk), "packet"), m, c.nsp)
		return appendOptions(appendMember(dst, "opts"), m), nil
	case fetch:
		return append(appendReceivers(appendMember(request(classicFetch), "opts"), m), '}'), nil
	case join, leave:
		t := classicJoin
		if m.kind == leave {
			t = classicLeave
		}
		dst = append(appendReceivers(appendMember(request(t), "opts"), m), '}')
		return appendNames(appendMember(dst, "rooms"), m.rooms), nil
	case disconnect:
		dst = append(appendReceivers(appendMember(request(classicDisconnect), "opts"), m), '}')
		return strconv.AppendBool(appendMember(dst, "close"), m.close), nil
	case serverEvent:
		elements, _ := m.args.Raw()
		return sio.AppendEvent(appendMember(request(classicServerEvent), "data"), m.event, elements), nil
	case clientCount:
		return strconv.AppendInt(appendMember(reply(classicCount), "clientCount"), int64(m.count), 10), nil
	case clientAnswer:
		return appendAnswer(appendMember(reply(classicAnswer), "packet"), m), nil
	case serverAnswer:
		return appendAnswer(appendMember(reply(classicServerEvent), "data"), m), nil
	case socketList:
		return appendSockets(appendMember(reply(-1), "sockets"), m.sockets)
	case idList:
		return appendNames(appendMember(reply(-1), "sockets"), m.ids), nil
	case roomList:
		return appendNames(appendMember(reply(-1), "rooms"), m.rooms), nil
	case done:
		return reply(-1), nil
	}
	return nil, fmt.Errorf("redis: no form for %v", m.kind)
}

// decode reads what has come by a channel. It returns errIrrelevant for what is
// not worth reading.
func (c *classic) decode(channel string, payload []byte) (message, error) {
	if room, ok := strings.CutPrefix(channel, c.broadcasts); ok {
		if room = strings.TrimSuffix(room, "#"); room != "" && !c.has(room) {
			return message{}, errIrrelevant
		}
		return c.decodeBroadcast(payload)
	}
	raw, attachments, err := parse(payload, c.max)
	if err != nil {
		return message{}, err
	}
	if strings.HasPrefix(channel, c.responses) {
		return c.decodeReply(raw, attachments)
	}
	return c.decodeRequest(raw, attachments)
}

func (c *classic) decodeBroadcast(payload []byte) (message, error) {
	raw, attachments, err := parse(payload, c.max)
	if err != nil {
		return message{}, err
	}
	parts, err := sio.SplitArray(raw)
	if err != nil || len(parts) != 3 {
		return message{}, fmt.Errorf("%w: broadcast of %d parts", errMessage, len(parts))
	}
	m := message{kind: broadcast}
	if err := unmarshal(parts[0], &m.from); err != nil {
		return message{}, err
	}
	if m.from == c.uid {
		return message{}, errIrrelevant
	}
	var p packet
	var o options
	if err := unmarshal(parts[1], &p); err != nil {
		return message{}, err
	}
	if err := unmarshal(parts[2], &o); err != nil {
		return message{}, err
	}
	if (p.NSP == nil && c.nsp != "/") || (p.NSP != nil && *p.NSP != c.nsp) {
		return message{}, errIrrelevant
	}
	o.set(&m)
	return m, p.set(&m, attachments)
}

// classicMessage has the members of all requests and replies.
type classicMessage struct {
	Type        *int            `json:"type"`
	UID         string          `json:"uid"`
	RequestID   string          `json:"requestId"`
	Opts        *options        `json:"opts"`
	Rooms       names           `json:"rooms"`
	Close       bool            `json:"close"`
	Packet      json.RawMessage `json:"packet"`
	Data        json.RawMessage `json:"data"`
	Sockets     json.RawMessage `json:"sockets"`
	ClientCount float64         `json:"clientCount"`
	// Before 8.0 these named one socket and one room.
	SID  string `json:"sid"`
	Room string `json:"room"`
}

func (c *classic) decodeRequest(raw []byte, attachments [][]byte) (message, error) {
	var w classicMessage
	if err := unmarshal(raw, &w); err != nil {
		return message{}, err
	}
	m := message{from: w.UID, asker: w.UID, request: w.RequestID, rooms: w.Rooms, close: w.Close}
	if w.Type == nil {
		return m, fmt.Errorf("%w: request without a type", errMessage)
	}
	if m.from == c.uid {
		return message{}, errIrrelevant
	}
	if w.Opts != nil {
		w.Opts.set(&m)
	}
	switch *w.Type {
	case classicIDs:
		m.kind, m.to = listIDs, w.Rooms
	case classicRooms:
		m.kind = listRooms
	case classicJoin, classicLeave, classicDisconnect:
		m.kind = [...]kind{join, leave, disconnect}[*w.Type-classicJoin]
		if w.Opts == nil {
			if w.SID == "" {
				return m, fmt.Errorf("%w: %v of nobody", errMessage, m.kind)
			}
			m.to, m.rooms = []string{w.SID}, []string{w.Room}
		} else {
			m.request = "" // nobody waits
		}
	case classicFetch:
		m.kind = fetch
	case classicServerEvent:
		m.kind = serverEvent
		return m, setEvent(&m, w.Data, attachments)
	case classicAsk:
		m.kind = ask
		var p packet
		if err := unmarshal(w.Packet, &p); err != nil {
			return m, err
		}
		return m, p.set(&m, attachments)
	default:
		return m, fmt.Errorf("%w: request of type %d", errMessage, *w.Type)
	}
	return m, nil
}

func (c *classic) decodeReply(raw []byte, attachments [][]byte) (m message, err error) {
	var w classicMessage
	if err := unmarshal(raw, &w); err != nil {
		return message{}, err
	}
	m.request, m.asker = w.RequestID, c.uid
	switch {
	case w.Type != nil && *w.Type == classicCount:
		m.kind = clientCount
		m.count, err = countOf(w.ClientCount)
	case w.Type != nil && *w.Type == classicAnswer:
		m.kind = clientAnswer
		err = setAnswer(&m, w.Packet, attachments)
	case w.Type != nil && *w.Type == classicServerEvent:
		m.kind = serverAnswer
		err = setAnswer(&m, w.Data, attachments)
	case len(w.Sockets) > 0:
		m.kind = socketList
		m.sockets, err = socketsOf(w.Sockets, attachments)
	default:
		return message{}, errIrrelevant // nothing else was asked for
	}
	return m, err
}

// socketsOf is sockets for a message with attachments.
func socketsOf(raw []byte, attachments [][]byte) ([]socketio.SocketInfo, error) {
	raw, err := inlined(raw, attachments)
	if err != nil {
		return nil, err
	}
	return sockets(raw)
}

// countOf checks a number of clients.
func countOf(f float64) (int, error) {
	if f < 0 || f > math.MaxInt32 || f != math.Trunc(f) {
		return 0, fmt.Errorf("%w: %v clients", errMessage, f)
	}
	return int(f), nil
}
