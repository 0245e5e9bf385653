package chat

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/everwire/everwire/socketio"
)

// Config configures a Chat. The zero value is good: a number that is not
// positive means the default that its field names, if the field does not say
// otherwise.
type Config struct {
	// History is how many lines of each room are kept. Zero means 50, negative
	// none: then whoever joins sees only what comes afterwards.
	History int
	// MaxRooms is how many rooms there may be, with those that are empty and
	// remembered; 1,000. Together with History and MaxTextLen it bounds the
	// memory: 400 MB at the very worst, if every line of every room is full of
	// four-byte characters.
	MaxRooms int
	// MaxPeople is how many may be in one room; 250.
	MaxPeople int
	// MaxNameLen bounds names and rooms' names, in characters; 40.
	MaxNameLen int
	// MaxTextLen bounds what is said at once, in characters; 2,000.
	MaxTextLen int
	// Clock tells the time of lines. Nil means time.Now.
	Clock func() time.Time
	// Logger gets errors of the adapter. Nil: nothing is logged.
	Logger *slog.Logger
}

func (c *Config) setDefaults() {
	switch {
	case c.History == 0:
		c.History = 50
	case c.History < 0:
		c.History = 0
	}
	for _, d := range []struct {
		v *int
		d int
	}{{&c.MaxRooms, 1000}, {&c.MaxPeople, 250}, {&c.MaxNameLen, 40}, {&c.MaxTextLen, 2000}} {
		if *d.v <= 0 {
			*d.v = d.d
		}
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

// Kind is what a line tells.
type Kind string

// The kinds, as on the wire.
const (
	Say   Kind = "say"
	Join  Kind = "join"
	Leave Kind = "leave"
)

// Line is one line of a room.
type Line struct {
	Seq  uint64 // counts the lines of a room from 1
	At   time.Time
	Kind Kind
	Name string // who says something, joins or leaves
	Text string // empty unless Kind is Say
}

// Chat holds the rooms. Use New. Its methods may be called concurrently and do
// not block.
type Chat struct {
	cfg Config

	// mu guards below. It is held while a line is emitted: that is what makes
	// the order of the numbers the order on every wire. Emit, Join and Leave of
	// a socket do not block and call no handler; their locks come after this
	// one.
	mu         sync.Mutex
	namespaces []*socketio.Namespace
	rooms      map[string]*room
	members    map[*socketio.Socket]*member
	uses       uint64 // counts the uses of rooms, for room.used
}

// New returns a Chat without rooms. They come to be when somebody joins.
func New(cfg Config) *Chat {
	cfg.setDefaults()
	return &Chat{cfg: cfg, rooms: make(map[string]*room), members: make(map[*socketio.Socket]*member)}
}

// Post says something in a room for somebody who is not in it, such as the
// reader of a page without script. The room need not exist. A name that
// somebody in the room has is refused. The error, if any, is a *Refusal that
// wraps ErrName, ErrRoom, ErrText, ErrNameTaken or ErrTooManyRooms.
func (c *Chat) Post(room, name, text string) error {
	room, err := c.label(ErrRoom, "room", room)
	if err != nil {
		return err
	}
	if name, err = c.label(ErrName, "name", name); err != nil {
		return err
	}
	if err := c.text(text); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.rooms[room]; r != nil && r.find(name) != nil {
		return taken(name)
	}
	r := c.open(room)
	if r == nil {
		return tooMany()
	}
	c.add(r, Say, name, text)
	return nil
}

// Lines returns the last lines of a room, the oldest first. For a room that
// does not exist there are none.
func (c *Chat) Lines(room string) []Line {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.rooms[strings.TrimSpace(room)]; r != nil {
		return slices.Clone(r.lines)
	}
	return nil
}

func taken(name string) error {
	return refuse(ErrNameTaken, "Somebody in this room is called %s. Choose another name.", name)
}

func tooMany() error {
	return refuse(ErrTooManyRooms, "There are too many rooms. Join one that exists, or try again later.")
}
