//go:build linux

package main

import (
	"testing"

	"github.com/everwire/everwire/bench/internal/soak"
	"github.com/everwire/everwire/bench/socketio/load"
)

// Servers have lost the CONNECT of one client in some thousands, above all of
// those that do not wait for the open packet. Whoever is not answered ends the
// test after 20 s.
func TestNoConnectIsLost(t *testing.T) {
	total := soak.Times(1000, 100_000)
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
		{Transport: load.WebSocket, Protocol: load.V3},
		{Transport: load.Polling, Protocol: load.V3},
	}
	n := 0
	for ; n < total || n < batch*len(kinds); n += batch {
		cfg := kinds[n/batch%len(kinds)]
		cfg.Addr, cfg.Clients = proc.Addr, batch
		c, err := load.Dial(cfg)
		if err != nil {
			t.Fatalf("after %d clients: %v", n, err)
		}
		c.Close()
	}
	soak.Note(t, "%d clients have come by WebSocket and by polling, with Engine.IO 4 and 3: each has entered", n)
}
