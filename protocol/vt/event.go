package vt

import "strconv"

// EventKind says what an Event is about.
type EventKind uint8

// The kinds of events.
const (
	EventBell      EventKind = iota + 1 // BEL
	EventTitle                          // OSC 0 and 2: Text is the title
	EventIconName                       // OSC 0 and 1: Text is the name of the icon
	EventDirectory                      // OSC 7: Text is the URL of the working directory
	EventClipboard                      // OSC 52: Text is to be put into Selection
	EventPrompt                         // OSC 133;A: a prompt begins
	EventCommand                        // OSC 133;B: the prompt ends, the user's command begins
	EventOutput                         // OSC 133;C: the command's output begins
	EventDone                           // OSC 133;D: the command has ended, Exit is its status or -1
	EventImage                          // an image came, see Terminal.AppendImages
)

// eventNames are the kinds in words.
var eventNames = [...]string{
	EventBell: "bell", EventTitle: "title", EventIconName: "icon name", EventDirectory: "directory",
	EventClipboard: "clipboard", EventPrompt: "prompt", EventCommand: "command", EventOutput: "output",
	EventDone: "done", EventImage: "image",
}

// String returns the kind in words, such as "title", or "EventKind(n)" if there
// is no such kind.
func (k EventKind) String() string {
	if k == 0 || int(k) >= len(eventNames) {
		return "EventKind(" + strconv.Itoa(int(k)) + ")"
	}
	return eventNames[k]
}

// An Event is something that a program did and that is not part of the screen.
type Event struct {
	Kind      EventKind
	Text      string // what the program sent: hostile, as everything on a screen
	Selection string // EventClipboard: letters of OSC 52, such as "c"; empty is "s0"
	Exit      int    // EventDone
	Line      uint64 // of the cursor, for the marks of a shell: see Terminal.Line
}

// The limits of events that wait to be taken.
const (
	maxEvents     = 256
	maxEventBytes = 4 << 20
)

// addEvent keeps an event. An event that only repeats the last one replaces it,
// and the oldest ones go if there are too many.
func (t *Terminal) addEvent(e Event) {
	if n := len(t.events); n > 0 {
		switch last := &t.events[n-1]; {
		case e.Kind == EventBell && last.Kind == EventBell:
			return
		case e.Kind == last.Kind && (e.Kind == EventTitle || e.Kind == EventIconName || e.Kind == EventDirectory):
			t.eventBytes += len(e.Text) - len(last.Text)
			*last = e
			return
		}
	}
	t.eventBytes += len(e.Text)
	for len(t.events) >= maxEvents || t.eventBytes > maxEventBytes && len(t.events) > 0 {
		t.eventBytes -= len(t.events[0].Text)
		copy(t.events, t.events[1:])
		t.events = t.events[:len(t.events)-1]
	}
	t.events = append(t.events, e)
}

// AppendEvents appends the events since the last call, oldest first, and forgets
// them. Repeated bells are one event. If nobody takes them the last 256 are
// kept.
func (t *Terminal) AppendEvents(dst []Event) []Event {
	dst = append(dst, t.events...)
	clear(t.events)
	t.events, t.eventBytes = t.events[:0], 0
	return dst
}
