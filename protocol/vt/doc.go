// Package vt is a terminal emulator: the bytes that a program writes go in, what
// is on the screen and what the program is to read come out. It does no input or
// output, starts no goroutine and reads no clock, so it fits behind a pty, a
// recording, a test.
//
//	program ──bytes──▶ Write ──▶ screen, history, modes ──▶ Row, Cell, Cursor
//	        ◀─replies─ AppendReplies                    ──▶ AppendANSI, AppendDiff,
//	        ◀──input── AppendKey, AppendMouse,              AppendRowJSON, AppendText
//	                   AppendPaste, AppendFocus         ──▶ AppendEvents
//
// It understands what xterm does as far as text goes: the VT100 to VT420 with
// margins on all sides and rectangles, 256 and 24-bit colours, all kinds of
// underlines, wide and combining characters, hyperlinks, the alternate screen,
// mouse, bracketed paste, synchronized output, the marks of shells. The table of
// sequences is in docs/protocols/vt.md, and each stands literally in the comment
// where it is done. As TERM, xterm-256color fits.
//
// # Use
//
// A Terminal is for one goroutine at a time:
//
//	t := vt.New(vt.Options{Cols: 80, Rows: 24, Scrollback: 1000})
//	for {
//		n, err := pty.Read(buf)
//		if err != nil {
//			break
//		}
//		t.Write(buf[:n])                        // never fails
//		pty.Write(t.AppendReplies(nil))         // answers to the program's questions
//		for _, e := range t.AppendEvents(nil) { // bell, title, clipboard, prompts
//			handle(e)
//		}
//	}
//
// What was captured without a terminal has bare line feeds, where a pty would
// have put a carriage return before each: write "\x1b[20h" first, which makes
// every LF a new line. To print the screen, os.Stdout.Write(t.AppendText(nil)).
//
// Nothing is called back: replies and events wait until they are taken, within
// bounds. Keys, mouse and pasted text become bytes by the modes that the program
// has set, with AppendKey and its like.
//
// # Viewers
//
// Every Write has a Generation, and every row knows the one in which it last
// changed. So a viewer needs no queue: it remembers the generation that it has
// seen, and whenever it is ready again, after a millisecond or an hour, it asks
// for the rest. Rows that were scrolled are not new, they have moved:
// AppendScrolls tells where to.
//
//	seen := uint64(0)
//	for range ready {
//		send(t.AppendDiff(nil, seen)) // or AppendANSI for a terminal
//		seen = t.Generation()
//	}
//
// AppendDiff and Apply make one Terminal the mirror of another. AppendANSI does
// the same for any terminal, AppendSnapshot brings a new one up with the history
// in its scrollback. AppendRowJSON, AppendText and AppendAccessible are for
// those that show rows in their own way. A program that draws in steps sets mode
// 2026: while Mode(true, 2026) is on, a viewer should wait, but not for long.
//
// # Hostile output
//
// What a program writes may come from anywhere. Whatever it is, Write does not
// panic, takes time in proportion to the bytes (a sequence that concerns the
// screen costs at most as much as the screen is large), and all memory is
// bounded: see Options. Replies are made of numbers and fixed words, never of
// text that the program chose, or else output could type commands. So titles,
// the clipboard and an answerback are never told. Titles, links, and the text
// itself are for a viewer to escape.
//
// # Memory and time
//
// A cell takes eight bytes: a character or the number of a cluster of them, and
// its style, or the number of one that does not fit. Rows are rotated by index,
// not copied. A screen of 120×40 takes about 48 KiB with all its tables, also
// when each cell has a colour of its own, and 60 once rows have scrolled: those
// that come are kept as they will be in the history, and become cells when they
// are looked at. Only where a cell has two colours of which one has 24 bits, a
// hyperlink or a coloured underline, its style takes more: a picture in which no
// two cells have the same two colours takes 127 KiB, with as many links 175 KiB,
// until it is gone. Rows of the history are packed to about a byte per character.
// In the steady state Write does not allocate.
//
// Widths are those of Unicode 17: two columns for East Asian Wide and Fullwidth,
// none for marks and format characters, else one; characters of ambiguous width
// take one. With mode 2027, or Options.Graphemes, flags, families and emoji with
// U+FE0F take one cell of two columns.
package vt
