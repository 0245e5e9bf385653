package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// upgradesOfABatch is how many upgrades each case of clients/upgrades.mjs has.
const upgradesOfABatch = 25

// Nothing is lost, doubled or reordered while clients of 2.x and 4.x move to a
// WebSocket, wherever in that a connection is cut. See clients/upgrades.mjs.
func TestUpgradesUnderCuts(t *testing.T) {
	need(t, "node", "clients")
	server := conformance(t, "-ping-timeout", "2s", "-connect-timeout", "10s")
	for _, version := range []string{"2", "4"} {
		t.Run("socket.io-client "+version, func(t *testing.T) {
			t.Parallel()
			between := newCutter(t)
			between.pass(server.Host)
			between.fickle(func() (time.Duration, bool) {
				return rand.N(40 * time.Millisecond), rand.N(6) == 0
			})
			sum := make(map[string]int)
			// A script has some seconds for each case, and two minutes for all.
			const each = 10
			for left := soakTimes(250, 10_000) / upgradesOfABatch; left > 0 && !t.Failed(); left -= each {
				batches := min(left, each)
				var want []string
				for n := range batches {
					want = append(want, fmt.Sprint("batch ", n+1))
				}
				results, counts := tallies(t, nil, "node", "clients/upgrades.mjs", version, fmt.Sprint(batches), "http://"+between.addr, server.String())
				report(t, want, results)
				for what, n := range counts {
					sum[what] += n
				}
			}
			for _, what := range []string{"upgrades", "midway", "cut"} {
				if sum[what] == 0 {
					t.Errorf("counted %v, and none %s", sum, what)
				}
			}
			soakNote(t, "socket.io-client %s: %d clients under random cuts, %d upgrades completed (%d of them while numbers arrived), %d failed, %d connections lost: 0 messages lost, doubled or reordered where the connection lasted, no gap where it did not",
				version, sum["clients"], sum["upgrades"], sum["midway"], sum["failed"], sum["cut"])
			t.Log(sum)
		})
	}
}
