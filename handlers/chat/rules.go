package chat

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a Refusal wraps.
var (
	// ErrName says that a name breaks the rules.
	ErrName = errors.New("chat: invalid name")
	// ErrRoom says that the name of a room breaks the rules.
	ErrRoom = errors.New("chat: invalid room")
	// ErrText says that a text breaks the rules.
	ErrText = errors.New("chat: invalid text")
	// ErrNameTaken says that somebody of that name is in the room.
	ErrNameTaken = errors.New("chat: name is taken")
	// ErrRoomFull says that Config.MaxPeople are in the room.
	ErrRoomFull = errors.New("chat: room is full")
	// ErrTooManyRooms says that there are Config.MaxRooms rooms and somebody
	// is in each.
	ErrTooManyRooms = errors.New("chat: too many rooms")
	// ErrNoRoom says that somebody without a room has said something.
	ErrNoRoom = errors.New("chat: not in a room")
)

// Refusal is the error of everything that the chat refuses.
type Refusal struct {
	Err error // one of the errors above
	// Message is a sentence for the person, which says what to do.
	Message string
}

// Error returns the text of Err.
func (e *Refusal) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *Refusal) Unwrap() error { return e.Err }

func refuse(err error, format string, args ...any) error {
	return &Refusal{Err: err, Message: fmt.Sprintf(format, args...)}
}

// label checks and trims a name or a room's name; what says which.
func (c *Chat) label(err error, what, s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case !utf8.ValidString(s):
		return "", refuse(err, "The %s is not valid UTF-8.", what)
	case strings.ContainsFunc(s, hidden):
		return "", refuse(err, "The %s contains a character that cannot be shown.", what)
	case strings.TrimSpace(fold(s)) == "":
		return "", refuse(err, "The %s is missing.", what)
	case utf8.RuneCountInString(s) > c.cfg.MaxNameLen:
		return "", refuse(err, "The %s is longer than %d characters.", what, c.cfg.MaxNameLen)
	}
	return s, nil
}

// text checks what somebody says.
func (c *Chat) text(s string) error {
	switch {
	case !utf8.ValidString(s):
		return refuse(ErrText, "The message is not valid UTF-8.")
	case strings.TrimSpace(s) == "":
		return refuse(ErrText, "The message is empty.")
	case utf8.RuneCountInString(s) > c.cfg.MaxTextLen:
		return refuse(ErrText, "The message is longer than %d characters.", c.cfg.MaxTextLen)
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\n' }):
		// Lines also reach terminals, where control characters do things.
		return refuse(ErrText, "The message contains a control character.")
	}
	return nil
}

// hidden reports whether a character has no place in a name: controls, line
// separators, changes of direction, tags. The joiners are part of emoji and of
// several scripts.
func hidden(r rune) bool { return !unicode.IsGraphic(r) && !joiner(r) }

func joiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// fold returns what names are compared by: case and joiners, which cannot be
// seen, do not make two names of one.
func fold(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if joiner(r) {
			return -1
		}
		return r
	}, name))
}
