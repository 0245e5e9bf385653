package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/redis"
)

// hall is two servers with two clients each: a and b of the first, c and d of the
// second. a and c are in x.
type hall struct {
	t      *testing.T
	peers  []*peer
	guests []*guest
	asked  int // whether they hear
}

// guest is a client in the namespace /chat.
type guest struct {
	name, id string
	conn     *websocket.Conn
	ready    chan string // the events "ready"
	got      chan string // all others, each with its attachments
}

func newHall(t *testing.T, cfg func() redis.Config) *hall {
	t.Helper()
	h := &hall{t: t}
	for i := range 2 {
		h.peers = append(h.peers, newPeer(t, cfg()))
		for _, name := range [][]string{{"a", "b"}, {"c", "d"}}[i] {
			h.guests = append(h.guests, enter(t, h.peers[i].url, name))
		}
	}
	for _, i := range []int{0, 2} {
		if err := h.peers[i/2].chat.Socket(h.guests[i].id).Join("x"); err != nil {
			t.Fatal(err)
		}
	}
	h.hears("x")
	for _, g := range h.guests {
		h.hears(g.id)
	}
	return h
}

// enter connects a guest.
func enter(t *testing.T, url, name string) *guest {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, url+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{name: name, conn: conn, ready: make(chan string, 100), got: make(chan string, 100)}
	if err := g.write("40/chat,"); err != nil {
		t.Fatal(err)
	}
	for g.id == "" {
		_, p, err := conn.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ SID string }
		if text, ok := strings.CutPrefix(string(p), "40/chat,"); ok && json.Unmarshal([]byte(text), &answer) == nil {
			g.id = answer.SID
		}
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		g.read()
	}()
	t.Cleanup(func() {
		conn.CloseNow()
		<-over
	})
	return g
}

func (g *guest) write(packet string) error {
	return g.conn.Write(context.Background(), websocket.MessageText, []byte(packet))
}

// eventPacket is an event in /chat, with the number of its attachments and that of
// its ack.
var eventPacket = regexp.MustCompile(`(?s)^4(?:2|5(\d+)-)/chat,(\d*)(.*)$`)

// read takes what comes until the connection ends.
func (g *guest) read() {
	for {
		_, p, err := g.conn.Read(context.Background())
		if err != nil {
			return
		}
		m := eventPacket.FindSubmatch(p)
		switch {
		case string(p) == "2":
			g.write("3")
		case string(p) == "41/chat,":
			g.got <- "gone"
		case m == nil: // no event
		case strings.HasPrefix(string(m[3]), `["ready"`):
			select {
			case g.ready <- string(m[3]):
			default: // it asks again
			}
		case len(m[2]) > 0:
			g.write(fmt.Sprintf("43/chat,%s[%q]", m[2], g.name))
		default:
			event := string(m[3])
			for range len(m[1]) { // the tests send one at the most
				_, attachment, err := g.conn.Read(context.Background())
				if err != nil {
					return
				}
				event += fmt.Sprintf(" <% x>", attachment)
			}
			g.got <- event
		}
	}
}

// hears waits until those in a room are reached by the server that they are not at:
// who listens to a room says so to Redis a moment later.
func (h *hall) hears(room string) {
	h.t.Helper()
	for i, g := range h.guests {
		socket := h.peers[i/2].chat.Socket(g.id)
		if !slices.Contains(socket.Rooms(), room) {
			continue
		}
		other := h.peers[1-i/2].chat
		h.asked++
		err := until(h.t.Context(), patience, 10*time.Millisecond, func() error {
			other.To(room).Emit("ready", h.asked)
			for {
				select {
				case p := <-g.ready:
					if p == fmt.Sprintf(`["ready",%d]`, h.asked) {
						return nil
					}
				default:
					return errors.New("nothing came")
				}
			}
		})
		if err != nil {
			h.t.Fatalf("%s in %s: %v", g.name, room, err)
		}
	}
}

// get waits until each of the guests has got exactly this as the next event. What
// others get that should not shows when they are to get something else.
func (h *hall) get(names, event string) {
	h.t.Helper()
	for _, g := range h.guests {
		if !strings.Contains(names, g.name) {
			continue
		}
		select {
		case got := <-g.got:
			if got != event {
				h.t.Errorf("%s got %s, want %s", g.name, got, event)
			}
		case <-time.After(patience):
			h.t.Fatalf("%s did not get %s", g.name, event)
		}
	}
}

// quiet reports what guests have got that was for others.
func (h *hall) quiet(names string) {
	h.t.Helper()
	for from, p := range h.peers {
		p.chat.Emit("last", from)
		h.get(names, fmt.Sprintf(`["last",%d]`, from))
	}
}

// fetch returns the names of the chosen guests.
func (h *hall) fetch(b socketio.Broadcast) string {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	sockets, err := b.FetchSockets(ctx)
	if err != nil {
		h.t.Error(err)
	}
	var names []string
	for _, s := range sockets {
		for _, g := range h.guests {
			if g.id == s.ID {
				names = append(names, g.name)
			}
		}
	}
	slices.Sort(names)
	return strings.Join(names, "")
}

// fetched waits until the chosen guests are these.
func (h *hall) fetched(names string, b socketio.Broadcast) {
	h.t.Helper()
	err := until(h.t.Context(), patience, 10*time.Millisecond, func() error {
		if got := h.fetch(b); got != names {
			return fmt.Errorf("fetched %q, want %q", got, names)
		}
		return nil
	})
	if err != nil {
		h.t.Error(err)
	}
}
