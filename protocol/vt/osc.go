package vt

import (
	"bytes"
	"strconv"
)

// osc does an operating system command: a number, a semicolon, text. bel says
// that BEL ended it, as then a reply does.
func (t *Terminal) osc(data []byte, bel bool) {
	name, text, _ := bytes.Cut(data, []byte{';'})
	n, err := strconv.Atoi(string(name))
	if err != nil || len(name) > 4 || name[0] == '+' || name[0] == '-' {
		return
	}
	switch n {
	case 0: // OSC 0 ; Pt ST   icon name and title
		t.setIcon(text)
		t.setTitle(text)
	case 1: // OSC 1 ; Pt ST   icon name
		t.setIcon(text)
	case 2: // OSC 2 ; Pt ST   title
		t.setTitle(text)
	case 4, 5: // OSC 4 ; c ; spec ST   palette;   OSC 5 ; c ; spec ST   colours of attributes
		t.oscPalette(n, text, bel)
	case 7: // OSC 7 ; URL ST   working directory
		if isText(text) && string(text) != t.dir {
			t.dir = string(text)
			t.addEvent(Event{Kind: EventDirectory, Text: t.dir})
		}
	case 8: // OSC 8 ; params ; URI ST   hyperlink
		t.oscLink(text)
	case 10, 11, 12: // OSC 10 ; spec ST   colours of text, background, cursor
		t.oscColors(n, text, bel)
	case 52: // OSC 52 ; Pc ; Pd ST   clipboard
		t.oscClipboard(text)
	case 104, 105: // OSC 104 ; c ST   palette as it was;   OSC 105 ; c ST   colours of attributes as they were
		t.oscResetPalette(n-100, text)
	case 110, 111, 112: // OSC 110 ST   colours as they were
		t.setColor(colorText+n-110, Default)
	case 133: // OSC 133 ; A ST   marks of the shell
		t.oscPrompt(text)
	case 1337: // OSC 1337 ; File=... : data ST   images of iTerm2
		t.oscImage(text)
	}
}

// maxTitle bounds titles, in bytes.
const maxTitle = 1024

// cleanText returns text that is shown outside of the screen, without control
// characters and bounded.
func cleanText(text []byte) string {
	text = bytes.ToValidUTF8(text[:min(len(text), maxTitle)], nil)
	return string(bytes.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, text))
}

func (t *Terminal) setTitle(text []byte) {
	t.title = cleanText(text)
	t.addEvent(Event{Kind: EventTitle, Text: t.title})
}

func (t *Terminal) setIcon(text []byte) {
	t.icon = cleanText(text)
	t.addEvent(Event{Kind: EventIconName, Text: t.icon})
}

// A titlePair is an entry of the stack of titles.
type titlePair struct{ title, icon string }

// maxTitles bounds the stack of titles.
const maxTitles = 10

// pushTitle is CSI 22 t, XTPUSHTITLE.
func (t *Terminal) pushTitle() {
	if len(t.titles) == maxTitles {
		copy(t.titles, t.titles[1:])
		t.titles = t.titles[:maxTitles-1]
	}
	t.titles = append(t.titles, titlePair{t.title, t.icon})
}

// popTitle is CSI 23 ; Ps t, XTPOPTITLE: 1 is the icon's name, 2 the title, 0
// both.
func (t *Terminal) popTitle() {
	if len(t.titles) == 0 {
		return
	}
	last := t.titles[len(t.titles)-1]
	t.titles = t.titles[:len(t.titles)-1]
	which := t.parser.par.get(1, 0)
	if which != 2 {
		t.setIcon([]byte(last.icon))
	}
	if which != 1 {
		t.setTitle([]byte(last.title))
	}
}

// oscClipboard is OSC 52 ; Pc ; Pd ST: Pd is text for the clipboard in base64,
// which becomes an event. A question, for which Pd is "?", has no answer: what
// a user has copied is not for a program on the other end.
func (t *Terminal) oscClipboard(text []byte) {
	selection, data, ok := bytes.Cut(text, []byte{';'})
	if !ok || t.opt.ClipboardBytes < 0 || len(selection) > 16 {
		return
	}
	for _, c := range selection {
		if !bytes.ContainsRune([]byte("cpqs01234567"), rune(c)) {
			return
		}
	}
	plain := make([]byte, 0, len(data)/4*3+3)
	plain, err := appendBase64(plain, data)
	if err != nil || len(plain) > t.opt.ClipboardBytes {
		return
	}
	t.addEvent(Event{Kind: EventClipboard, Selection: string(selection), Text: string(plain)})
}

// oscPrompt is OSC 133 ; A ST and so on, by which a shell marks its prompts and
// the output of commands.
func (t *Terminal) oscPrompt(text []byte) {
	what, rest, _ := bytes.Cut(text, []byte{';'})
	if len(what) != 1 {
		return
	}
	e := Event{Line: t.Line(t.y)}
	m := t.g.info(t.y)
	switch what[0] {
	case 'A': // a prompt begins
		e.Kind = EventPrompt
		m.mark, m.gen = MarkPrompt, t.gen
	case 'B': // a command begins
		e.Kind = EventCommand
	case 'C': // its output begins
		e.Kind = EventOutput
		if m.mark == MarkNone {
			m.mark, m.gen = MarkOutput, t.gen
		}
	case 'D': // its output ends
		e.Kind, e.Exit = EventDone, -1
		status, _, _ := bytes.Cut(rest, []byte{';'})
		if n, err := strconv.ParseUint(string(status), 10, 31); err == nil {
			e.Exit = int(n)
		}
	default:
		return
	}
	t.addEvent(e)
}
