package chat

import (
	"context"
	"errors"
	"log/slog"

	"github.com/everwire/everwire/socketio"
)

// The shapes of what is emitted and acknowledged; see the package comment.
type (
	wireLine struct {
		Seq  uint64 `json:"seq"`
		At   int64  `json:"at"`
		Kind Kind   `json:"kind"`
		Name string `json:"name"`
		Text string `json:"text"`
	}
	liveLine struct {
		Room string `json:"room"`
		wireLine
	}
	peopleNow struct {
		Room   string   `json:"room"`
		People []string `json:"people"`
	}
	welcome struct {
		OK     bool       `json:"ok"`
		Name   string     `json:"name"`
		Room   string     `json:"room"`
		Lines  []wireLine `json:"lines"`
		People []string   `json:"people"`
	}
	verdict struct {
		OK    bool   `json:"ok"`
		Error string `json:"error,omitempty"`
	}
)

func onWire(l Line) wireLine {
	return wireLine{l.Seq, l.At.UnixMilli(), l.Kind, l.Name, l.Text}
}

// maxKey is the length in bytes that a join's key may have.
const maxKey = 64

// no is the ack of what was refused.
func no(err error) verdict {
	if why, ok := errors.AsType[*Refusal](err); ok {
		return verdict{Error: why.Message}
	}
	return verdict{Error: "Something went wrong."}
}

// Mount serves the chat in a namespace. Sockets of all namespaces that a Chat
// is mounted in meet in the same rooms. Mount it before the first client comes.
func (c *Chat) Mount(ns *socketio.Namespace) {
	c.mu.Lock()
	c.namespaces = append(c.namespaces, ns)
	c.mu.Unlock()
	socketio.OnAck(ns, "join", c.onJoin)
	// Listeners are called in the order in which they were added: when this
	// one is, the ack of the one above is queued.
	socketio.On(ns, "join", c.onJoined)
	socketio.OnAck(ns, "say", c.onSay)
	socketio.OnAck(ns, "leave", c.onLeave)
	ns.OnDisconnect(func(s *socketio.Socket, _ socketio.DisconnectReason) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.exit(s)
	})
}

// Handlers take their arguments undecoded, so that those of the wrong type are
// answered in the form that all refusals have.

func (c *Chat) onJoin(_ context.Context, s *socketio.Socket, args socketio.Args) (any, error) {
	var in struct{ Name, Room, Key string }
	if args.Decode(0, &in) != nil {
		return no(refuse(ErrName, "The event needs an object with name and room.")), nil
	}
	name, err := c.label(ErrName, "name", in.Name)
	if err != nil {
		return no(err), nil
	}
	room, err := c.label(ErrRoom, "room", in.Room)
	if err != nil {
		return no(err), nil
	}
	if len(in.Key) > maxKey {
		return no(refuse(ErrName, "The key is too long.")), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := c.enter(s, name, room, in.Key)
	if err != nil {
		return no(err), nil
	}
	w := welcome{OK: true, Name: name, Room: room, Lines: make([]wireLine, len(m.room.lines)), People: m.room.names()}
	for i, l := range m.room.lines {
		w.Lines[i] = onWire(l)
	}
	return w, nil
}

// onJoined completes a join that onJoin has let in.
func (c *Chat) onJoined(_ context.Context, s *socketio.Socket, _ struct{}) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.members[s]
	if m == nil || !m.joining {
		return nil
	}
	err := c.arrive(m)
	if errors.Is(err, socketio.ErrDisconnected) {
		return nil // the disconnect handler follows
	}
	if err != nil {
		s.Disconnect(false) // it was told that it is in the room
	}
	return err
}

func (c *Chat) onSay(_ context.Context, s *socketio.Socket, args socketio.Args) (any, error) {
	var in struct{ Text string }
	if args.Decode(0, &in) != nil {
		return no(refuse(ErrText, "The event needs an object with text.")), nil
	}
	if err := c.text(in.Text); err != nil {
		return no(err), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.members[s]
	if m == nil {
		return no(refuse(ErrNoRoom, "Join a room first.")), nil
	}
	c.add(m.room, Say, m.name, in.Text)
	return verdict{OK: true}, nil
}

func (c *Chat) onLeave(_ context.Context, s *socketio.Socket, _ struct{}) (any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.exit(s)
	return verdict{OK: true}, nil
}

// check logs an adapter's error.
func (c *Chat) check(err error) {
	if err != nil {
		c.cfg.Logger.Error("the chat's adapter failed", slog.Any("err", err))
	}
}
