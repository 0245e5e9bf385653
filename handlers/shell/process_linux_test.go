package shell_test

import (
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
