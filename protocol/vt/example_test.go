package vt_test

import (
	"fmt"
	"os"

	"github.com/everwire/everwire/protocol/vt"
)

// A program writes, asks where the cursor is, and gets its answer.
func Example() {
	t := vt.New(vt.Options{Cols: 20, Rows: 3})
	fmt.Fprint(t, "\x1b]2;greeting\x07\x1b[1;32mhello\x1b[m world\r\n\x1b[6n")

	fmt.Printf("%s\n", t.Row(0).AppendText(nil))
	fmt.Println(t.Title(), t.Cell(0, 0).Style.Attr&vt.Bold != 0)
	fmt.Printf("%q\n", t.AppendReplies(nil))
	// Output:
	// hello world
	// greeting true
	// "\x1b[2;1R"
}

// A viewer that is slow sees the last state, not all that has happened.
func ExampleTerminal_AppendDiff() {
	t := vt.New(vt.Options{Cols: 20, Rows: 3})
	viewer := vt.New(vt.Options{})
	seen := uint64(0)

	update := func() {
		diff := t.AppendDiff(nil, seen)
		seen = t.Generation()
		if err := viewer.Apply(diff); err != nil {
			fmt.Println(err)
		}
	}
	update()
	for i := range 1000 {
		fmt.Fprintf(t, "\r\nline %d", i)
	}
	update()
	fmt.Print(string(viewer.AppendText(nil)))
	// Output:
	// line 997
	// line 998
	// line 999
}

// A terminal is brought up to date: one row has changed.
func ExampleTerminal_AppendANSI() {
	t := vt.New(vt.Options{Cols: 20, Rows: 3})
	fmt.Fprint(t, "one\r\ntwo\r\nthree")
	seen := t.Generation()
	fmt.Fprint(t, "\x1b[2;1H\x1b[31mzwei")
	fmt.Printf("%q\n", t.AppendANSI(nil, seen))
	// Output:
	// "\x1b[?25l\x1b[2H\x1b[m\x1b[0\"q\x1b]8;;\x1b\\\x1b[K\x1b[0;31mzwei\x1b[2;5H\x1b[?25h"
}

func ExampleTerminal_AppendRowJSON() {
	t := vt.New(vt.Options{Cols: 20, Rows: 3})
	fmt.Fprint(t, "total \x1b[1;31m42")
	_, _ = os.Stdout.Write(append(t.AppendRowJSON(nil, 0), '\n'))
	// Output:
	// {"y":0,"runs":[{"text":"total ","cols":6},{"text":"42","cols":2,"fg":1,"bold":true}]}
}

// What a key sends depends on what the program has asked for.
func ExampleTerminal_AppendKey() {
	t := vt.New(vt.Options{})
	up := vt.Key{Code: vt.KeyUp}
	fmt.Printf("%q\n", t.AppendKey(nil, up))
	fmt.Fprint(t, "\x1b[?1h") // application cursor keys
	fmt.Printf("%q\n", t.AppendKey(nil, up))
	// Output:
	// "\x1b[A"
	// "\x1bOA"
}

func ExampleTerminal_AppendPaste() {
	t := vt.New(vt.Options{})
	fmt.Fprint(t, "\x1b[?2004h") // bracketed paste
	fmt.Printf("%q\n", t.AppendPaste(nil, "ls\x1b[201~rm\n"))
	// Output:
	// "\x1b[200~ls[201~rm\r\x1b[201~"
}

func ExampleTerminal_AppendEvents() {
	t := vt.New(vt.Options{})
	fmt.Fprint(t, "\x1b]133;A\x07$ \x1b]133;B\x07false\r\n\x1b]133;C\x07\x1b]133;D;1\x07")
	for _, e := range t.AppendEvents(nil) {
		switch e.Kind {
		case vt.EventPrompt:
			fmt.Println("a prompt in line", e.Line)
		case vt.EventDone:
			fmt.Println("the command ended with", e.Exit)
		}
	}
	// Output:
	// a prompt in line 0
	// the command ended with 1
}
