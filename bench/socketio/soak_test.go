//go:build linux

package main

import (
	"os"
	"testing"

	"github.com/everwire/everwire/bench/socketio/load"
)

// Servers have lost the CONNECT of one client in some thousands, above all of
// those that do not wait for the open packet. Whoever is not answered ends the
// test after 20 s.
func TestNoConnectIsLost(t *testing.T) {
	total := 1000
	if os.Getenv("EVERWIRE_TEST_SOAK") != "" {
		total = 100_000
	}
	p := plan{root: root}
	proc, err := p.start(ours, job{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := proc.Stop(); err != nil {
			t.Error("stop:", err)
		}
	}()
	const batch = 500
	kinds := []load.Config{
		{Transport: load.WebSocket},
		{Transport: load.WebSocket, Eager: true},
		{Transport: load.Polling},
		{Transport: load.Polling, Uplink: true},
	}
	for n := 0; n < total; n += batch {
		cfg := kinds[n/batch%len(kinds)]
		cfg.Addr, cfg.Clients = proc.Addr, batch
		c, err := load.Dial(cfg)
		if err != nil {
			t.Fatalf("after %d clients: %v", n, err)
		}
		c.Close()
	}
}
