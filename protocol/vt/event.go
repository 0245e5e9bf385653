package vt

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

// An Event is something that a program did and that is not part of the screen.
type Event struct {
	Kind      EventKind
	Text      string // what the program sent: hostile, as everything on a screen
	Selection string // EventClipboard: letters of OSC 52, such as "c"
	Exit      int    // EventDone
	Line      uint64 // the line of the cursor, see Terminal.Line
}
