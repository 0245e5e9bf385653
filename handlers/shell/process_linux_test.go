package shell_test

import (
	"fmt"
	"testing"

	"github.com/everwire/everwire/handlers/shell"
)

func TestStatLineIsParsed(t *testing.T) {
	const rest = " S 17 4711 4712 34816 4711 4194304 1 0 0 0 0 0 0 0 20 0 1 0 98765 3133440 390"
	for _, line := range []string{
		"4711 (sh)" + rest,
		"4711 (a) Z 1 2 (b c)" + rest, // a name made to deceive
		"4711 ()" + rest + "\n",
	} {
		parent, session, start, ok := shell.ParseStat([]byte(line))
		if !ok || parent != 17 || session != 4712 || start != 98765 {
			t.Errorf("%q: %d %d %d %v", line, parent, session, start, ok)
		}
	}
	for _, line := range []string{
		"", "4711 (sh", "4711 (sh) S 17", "4711 (sh) S x 4711 4712 34816 4711 4194304 1 0 0 0 0 0 0 0 20 0 1 0 98765 3",
		"4711 (sh) Z 17 4711 4712 34816 4711 4194304 1 0 0 0 0 0 0 0 20 0 1 0 98765 3", // a zombie
	} {
		if _, _, _, ok := shell.ParseStat([]byte(line)); ok {
			t.Errorf("%q passed", line)
		}
	}
}

// FuzzParseStat: a process may have any name that fits, and its line be cut
// anywhere.
func FuzzParseStat(f *testing.F) {
	f.Add([]byte("sh"), 17, 4712, uint64(98765), []byte("1 (a) S 1 2"))
	f.Add([]byte("a) Z 1 2 (b"), 1, 1, uint64(0), []byte(")"))
	f.Add([]byte(")"), -1, 0, ^uint64(0), []byte("\x00) R"))
	f.Fuzz(func(t *testing.T, name []byte, parent, session int, start uint64, line []byte) {
		shell.ParseStat(line)
		line = fmt.Appendf(nil, "4711 (%s) R %d 4711 %d 34816 4711 4194304 1 0 0 0 0 0 0 0 20 0 1 0 %d 3133440 390\n", name, parent, session, start)
		p, s, at, ok := shell.ParseStat(line)
		if !ok || p != parent || s != session || at != start {
			t.Errorf("%q: %d %d %d %v", line, p, s, at, ok)
		}
	})
}
