//go:build unix

package shell_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/handlers/shell"
	"github.com/everwire/everwire/session"
)

func TestSlowClientGetsAllOutputInOrder(t *testing.T) {
	need(t, "seq")
	const last = 750_000
	c := start(t, script(fmt.Sprintf("stty -opost; seq 1 %d; exit 4", last)))
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for n := 0; c.next(); n++ {
		if n%4 == 0 {
			<-tick.C
		}
	}
	c.finish(session.Normal, `{"type":"exit","code":4}`)

	var want bytes.Buffer
	for i := 1; i <= last; i++ {
		fmt.Fprintln(&want, i)
	}
	if want.Len() < 5_000_000 {
		t.Fatalf("the test is too small: %d bytes", want.Len())
	}
	if !bytes.Equal(c.output, want.Bytes()) {
		t.Errorf("got %d bytes, want %d; they differ", len(c.output), want.Len())
	}
}

func TestClientThatTakesNothingBlocksTheProgram(t *testing.T) {
	need(t, "yes")
	c := start(t, script("yes | head -c 50000000; echo; echo done"))
	// Nobody takes output now. The shell still hears its client.
	for i := range 3 {
		select {
		case c.in <- session.Message{Data: fmt.Appendf(nil, `{"type":"resize","cols":%d,"rows":9}`, 70+i)}:
		case <-time.After(patience):
			t.Fatal("the handler does not receive while its output waits")
		}
	}
	c.leave()
	c.await(c.served, "the handler's return")
	if len(c.output) > 0 {
		t.Errorf("%d bytes came", len(c.output))
	}
}

func TestLargePasteArrivesWhole(t *testing.T) {
	need(t, "sha256sum")
	paste := bytes.Repeat([]byte("0123456789abcdef\x00\x01\x02\x03\x04\xff\r\n"), shell.MaxInput/24+1)[:shell.MaxInput]
	want := fmt.Sprintf("%x", sha256.Sum256(paste))
	for _, size := range []int{len(paste), 10_000} {
		t.Run(fmt.Sprintf("in messages of %d", size), func(t *testing.T) {
			c := start(t, script(fmt.Sprintf("stty raw -echo; echo ready; head -c %d | sha256sum", len(paste))))
			c.expect("ready")
			for b := paste; len(b) > 0; {
				n := min(size, len(b))
				c.send(session.Binary, string(b[:n]))
				b = b[n:]
			}
			c.expect(want)
			c.finish(session.Normal, `{"type":"exit","code":0}`)
		})
	}
}

func TestProgramThatDoesNotReadSlowsItsClient(t *testing.T) {
	c := start(t, script("stty raw -echo; echo ready; sleep 1000"))
	c.expect("ready")
	chunk := session.Message{Kind: session.Binary, Data: make([]byte, 64<<10)}
	sent, blocked := 0, false
	for end := time.Now().Add(patience); !blocked && sent < 8*shell.MaxQueue; {
		select {
		case c.in <- chunk:
			sent += len(chunk.Data)
		case <-time.After(500 * time.Millisecond):
			blocked = sent >= shell.MaxQueue || time.Now().After(end) // or the machine is busy
		}
	}
	// Besides the queue, one chunk is being written and one waits for room;
	// the kernel holds some too.
	if kernel := 256 << 10; sent < shell.MaxQueue || sent > shell.MaxQueue+2*len(chunk.Data)+kernel {
		t.Errorf("%d bytes were taken, want little more than %d", sent, shell.MaxQueue)
	}
	c.leave() // which the handler does not see: it does not receive
	c.over(session.ErrClosed)
	c.await(c.served, "the handler's return")
}

func TestOutputThatHasPiledUpComesInFewMessages(t *testing.T) {
	file := filepath.Join(t.TempDir(), "written")
	c := start(t, script(fmt.Sprintf("stty -opost; head -c 10000 /dev/zero; echo >%s; read x", file)))
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		if _, err := os.Stat(file); err == nil {
			break // all is in the kernel's buffer or on its way to us
		}
	}
	for len(c.output) < 10000 && c.next() {
	}
	// One message was on its way, the other holds the rest; a read alone
	// gives less than a page.
	if n := c.kinds[session.Binary]; n > 2 {
		t.Errorf("%d messages for %d bytes", n, len(c.output))
	}
}

func TestClientWithoutBinaryGetsWholeCharacters(t *testing.T) {
	c := serve(t, shell.New(script(`stty -opost -echo; echo ready
		printf 'a\303'; read x; printf '\244|\342'; read x; printf '\202'; read x; printf '\254|\377|\360\237\230'`)), session.Peer{})
	c.send(session.Text, openMessage)
	c.expect("ready\n")
	for range 3 {
		c.send(session.JSON, `{"type":"in","data":"\n"}`)
	}
	c.finish(session.Normal, `{"type":"exit","code":0}`)
	if want := "aä|€|\ufffd|\ufffd\ufffd\ufffd"; string(c.output) != want {
		t.Errorf("output %q, want %q", c.output, want)
	}
	if c.kinds[session.Binary] > 0 || c.kinds[session.Text] > 0 {
		t.Errorf("messages by kind: %v, want JSON only", c.kinds)
	}
}

func TestInputOfACharacterAtATimeKeepsItsOrder(t *testing.T) {
	c := start(t, script("stty raw -echo; echo ready; head -c 3000"))
	c.expect("ready\n")
	var want strings.Builder
	for i := range 3000 {
		b := string(rune('!' + i%90))
		want.WriteString(b)
		c.send(session.Binary, b)
	}
	c.finish(session.Normal, `{"type":"exit","code":0}`)
	if got := strings.TrimLeft(string(c.output), "\r\n"); got != want.String() {
		t.Errorf("got %.100q..., want %.100q...", got, want.String())
	}
}
