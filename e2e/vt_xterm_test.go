package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// A vtXterm is a Node process that plays streams to @xterm/headless; see
// vt/xterm.mjs.
type vtXterm struct {
	in  io.WriteCloser
	out *bufio.Reader
}

func startVTXterm(t *testing.T) *vtXterm {
	t.Helper()
	need(t, "node", "clients")
	cmd := exec.Command("node", "vt/xterm.mjs")
	cmd.Stderr = os.Stderr
	endWithParent(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the process of @xterm/headless: %v", err)
		}
	})
	return &vtXterm{in, bufio.NewReaderSize(out, 1<<20)}
}

// ask sends a stream without waiting for its screen.
func (x *vtXterm) ask(s vtStream) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = x.in.Write(append(text, '\n'))
	return err
}

// answer returns the screen of the oldest stream asked for.
func (x *vtXterm) answer() (*vtScreen, error) {
	line, err := x.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("@xterm/headless has ended: %w", err)
	}
	var s vtScreen
	if err := json.Unmarshal(line, &s); err != nil {
		return nil, err
	}
	return &s, nil
}

func (x *vtXterm) play(s vtStream) (*vtScreen, error) {
	if err := x.ask(s); err != nil {
		return nil, err
	}
	return x.answer()
}
