//go:build linux

package main

import (
	"testing"

	"github.com/everwire/everwire/bench/internal/soak"
	"github.com/everwire/everwire/bench/socketio/load"
)

// Where a write waits for its reader, clients that send and are sent to at the
// same time can stop each other: of 420 acks, some servers have then given 20.
func TestNoAckIsLostInAStorm(t *testing.T) {
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
	c, err := load.Dial(load.Config{Addr: proc.Addr, Clients: 20, Protocol: load.V3})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const want = 20 * stormTimes
	times, acks := soak.Times(1, 100), 0
	for range times {
		got, err := c.Storm(size, stormTimes, stormPace, stormGrace)
		if err != nil || got != (load.Stormed{Sent: want, Acks: want, News: want * c.Len()}) {
			t.Fatalf("%+v of %d, %v", got, want, err)
		}
		acks += got.Acks
	}
	soak.Note(t, "%d storms of 20 clients of Engine.IO 3, each with an event that wants an ack and one that goes to all, every %v: %d of %d acks",
		times, stormPace, acks, times*want)
}
