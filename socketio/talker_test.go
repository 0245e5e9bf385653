package socketio_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

var generations = []socketio.Generation{socketio.Gen04, socketio.Gen06, socketio.Gen09, socketio.Gen3, socketio.Gen4}

// ofEveryGeneration runs f for each generation, as a test of its name.
func ofEveryGeneration(t *testing.T, f func(t *testing.T, g socketio.Generation)) {
	for _, g := range generations {
		t.Run(g.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) { f(t, g) })
		})
	}
}

// talker is a client of some generation that is in the root.
type talker struct {
	*peer
	gen socketio.Generation
}

// plain is a carrier for clients that can take text only.
var plain = &session.Carrier{Transport: "websocket", Dialect: "Hixie76", Stream: true}

// talk opens a connection that enters the root.
func talk(t testing.TB, srv *socketio.Server, g socketio.Generation) talker {
	t.Helper()
	srv.Of("/")
	k := carrier
	if g < socketio.Gen3 {
		k = plain
	}
	c := talker{dialGenBy(t, srv, g, k), g}
	if g == socketio.Gen4 {
		c.send(`0`)
	}
	settle()
	switch g {
	case socketio.Gen3:
		c.expect(`0`)
	case socketio.Gen4:
		c.expect(`0{"sid":SID}`)
	default:
		c.expect()
	}
	return c
}

func (c talker) deliver(kind session.Kind, text string) {
	c.t.Helper()
	data := []byte(text)
	if err := c.conn.Deliver(session.Packet{Type: session.PacketMessage, Kind: kind, Data: data}); err != nil {
		c.t.Error(err)
	}
	clear(data)
}

// sendText and sendJSON send a message as the generation does.
func (c talker) sendText(text string) {
	c.t.Helper()
	switch {
	case c.gen >= socketio.Gen3:
		c.deliver(session.Text, fmt.Sprintf(`2["message",%s]`, jsonOf(text)))
	case c.gen == socketio.Gen09:
		c.deliver(session.Text, "3:::"+text)
	default:
		c.deliver(session.Text, text)
	}
}

func (c talker) sendJSON(raw string) {
	c.t.Helper()
	switch {
	case c.gen >= socketio.Gen3:
		c.deliver(session.Text, fmt.Sprintf(`2["message",%s]`, raw))
	case c.gen == socketio.Gen09:
		c.deliver(session.Text, "4:::"+raw)
	default:
		c.deliver(session.JSON, raw)
	}
}

// emit emits an event; args are JSON with commas between them. With an id it asks
// for an ack.
func (c talker) emit(id, name, args string) {
	c.t.Helper()
	if c.gen == socketio.Gen09 {
		if id != "" {
			id += "+"
		}
		c.deliver(session.Text, fmt.Sprintf(`5:%s::{"name":%q,"args":[%s]}`, id, name, args))
		return
	}
	if args != "" {
		args = "," + args
	}
	c.deliver(session.Text, fmt.Sprintf(`2%s[%q%s]`, id, name, args))
}

// ack answers an event; args as in emit.
func (c talker) ack(id, args string) {
	c.t.Helper()
	if c.gen == socketio.Gen09 {
		c.deliver(session.Text, fmt.Sprintf(`6:::%s+[%s]`, id, args))
		return
	}
	c.deliver(session.Text, fmt.Sprintf(`3%s[%s]`, id, args))
}

var (
	since1 = regexp.MustCompile(`^([23])(?:(/[^,]+),)?(\d*)(.*)$`)
	// withoutOffset finds an offset behind the arguments.
	withoutOffset = regexp.MustCompile(`,?"[0-9a-z]+"\)$`)
	since7        = regexp.MustCompile(`^([3-6]):(\d*\+?):([^:]*):?(.*)$`)
)

// understood translates what a client has got into one form for all generations:
// events as "name(args)", in front of which is the namespace, if it is not the
// root, and behind which is the id, if an ack is wanted; acks as "ack id(args)".
// All else is as on the wire.
func (c talker) understood(q session.Packet) string {
	text := show(q)
	switch {
	case q.Type != session.PacketMessage || q.Kind == session.Binary:
		return text
	case c.gen < socketio.Gen09 && q.Kind == session.JSON:
		return "message(" + text + ")"
	case c.gen < socketio.Gen09:
		return "message(" + jsonOf(text) + ")"
	case c.gen == socketio.Gen09:
		return understood09(text)
	}
	m := since1.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	if m[1] == "3" {
		return "ack " + m[3] + arguments(m[4], 0)
	}
	var elements []json.RawMessage
	if json.Unmarshal([]byte(m[4]), &elements) != nil || len(elements) == 0 {
		return text
	}
	id := m[3]
	if id != "" {
		id = " " + id
	}
	return m[2] + strings.Trim(string(elements[0]), `"`) + arguments(m[4], 1) + id
}

func understood09(text string) string {
	m := since7.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	id := strings.TrimSuffix(m[2], "+")
	if id != "" {
		id = " " + id
	}
	switch m[1] {
	case "3":
		return m[3] + "message(" + jsonOf(m[4]) + ")" + id
	case "4":
		return m[3] + "message(" + m[4] + ")" + id
	case "6":
		n, args, _ := strings.Cut(m[4], "+")
		return m[3] + "ack " + n + arguments(args, 0)
	}
	var e struct {
		Name string
		Args json.RawMessage
	}
	if json.Unmarshal([]byte(m[4]), &e) != nil {
		return text
	}
	return m[3] + e.Name + arguments(string(e.Args), 0) + id
}

// arguments shows the elements of an array from one on. Escaped characters become
// themselves.
func arguments(array string, from int) string {
	var elements []any
	if array != "" && json.Unmarshal([]byte(array), &elements) != nil {
		return "(" + array + "?)"
	}
	var list []string
	for _, e := range elements[min(from, len(elements)):] {
		list = append(list, jsonOf(e))
	}
	return "(" + strings.Join(list, ",") + ")"
}

// hears checks what the client has got since it was last asked.
func (c talker) hears(want ...string) {
	c.t.Helper()
	var got []string
	for _, q := range c.packets() {
		got = append(got, c.understood(q))
	}
	if !slices.Equal(got, want) {
		c.t.Errorf("%v: client got:\n\t%s\nwant:\n\t%s", c.gen, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}
