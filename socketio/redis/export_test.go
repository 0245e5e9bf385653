package redis

import (
	"encoding/json"
	"log/slog"

	"github.com/everwire/everwire/socketio"
)

// Recode decodes what a server of the namespace /chat with the id peer has published
// and encodes it again as if it were this server. It returns what kind of message it
// is, and where it goes.
func Recode(cfg Config, peer, to string, payload []byte) (kind, channel string, again []byte, err error) {
	cfg.setDefaults()
	m, err := decodeAny(cfg.form("listener", "/chat", func(string) bool { return true }), to, payload)
	if err != nil {
		return "", "", nil, err
	}
	p, err := cfg.form(peer, "/chat", nil).encode(&m)
	if p.how == stream {
		fields := make([][2]string, 0, 4)
		for i := 0; i < len(p.fields); i += 2 {
			fields = append(fields, [2]string{p.fields[i].(string), p.fields[i+1].(string)})
		}
		p.payload = appendFields(nil, fields)
	}
	return m.kind.String(), p.to, p.payload, err
}

// appendFields writes the fields of an entry as JSON, in their order.
func appendFields(dst []byte, fields [][2]string) []byte {
	sep := byte('{')
	for _, f := range fields {
		name, _ := json.Marshal(f[0])
		value, _ := json.Marshal(f[1])
		dst = append(append(append(append(dst, sep), name...), ':'), value...)
		sep = ','
	}
	return append(dst, '}')
}

func decodeAny(f form, to string, payload []byte) (message, error) {
	if f, ok := f.(*members); ok && f.stream == to {
		var fields map[string]any
		if err := json.Unmarshal(payload, &fields); err != nil {
			return message{}, err
		}
		return f.decodeEntry(fields)
	}
	return f.decode(to, payload)
}

// Hear hands a message to the adapter of a namespace, as if it had come by the
// channel.
func Hear(adapter any, channel string, payload []byte) { adapter.(*node).hear(channel, payload) }

// HearEntry is Hear for an entry of a stream.
func HearEntry(adapter any, fields map[string]any) { adapter.(*node).hearEntry(fields) }

// Waiting returns how many sources somebody waits for.
func Waiting(h *Hub) int {
	h.ears.mu.Lock()
	defer h.ears.mu.Unlock()
	return len(h.ears.pending)
}

// Unheard is Hub.Adapter without subscriptions.
func Unheard(h *Hub, ns *socketio.Namespace) socketio.Adapter { return newNode(h, ns) }

// Listen subscribes to what an Unheard adapter has to hear, as Hub.Adapter does.
func Listen(adapter any) {
	n := adapter.(*node)
	n.hub.ears.add(n, n.form.listens())
}

// GiveUp ends the wait of an adapter for its subscriptions, as when its time is up.
func GiveUp(adapter any) {
	n := adapter.(*node)
	n.hub.ears.giveUp(n.ns.Name(), n.form.listens())
}

// NewState returns what notes whether Redis takes messages, and whether it answers
// PING, and what tells whether it is reached.
func NewState(log *slog.Logger) (sent, asked func(error), reached func() bool) {
	s := &state{log: log}
	return s.sent, s.asked, func() bool { return !s.isDown() }
}
