package session_test

import (
	"testing"

	"github.com/everwire/everwire/session"
)

func TestOfferHereWritesOnTheCaller(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		b := &bell{c: c}
		l, err := c.Attach(stream, b.ring)
		if err != nil {
			t.Fatal(err)
		}
		written := 0
		l.WriteHere(func() {
			written++
			expect(t, l, "a") // no lock is held
			expectErr(t, l, session.ErrIdle)
		})
		expectErr(t, l, session.ErrIdle)
		if err := c.OfferHere(message("a")); err != nil || written != 1 {
			t.Fatalf("error %v, written %d times", err, written)
		}
		b.expect(t, 0)
		if err := c.Offer(message("b")); err != nil || written != 1 {
			t.Fatalf("error %v, Offer has written %d times", err, written-1)
		}
		b.expect(t, 1)
		// The carrier is at work: it will see this too.
		if err := c.OfferHere(message("c")); err != nil || written != 1 {
			t.Fatalf("error %v, written %d times", err, written)
		}
		expect(t, l, "b c")
		// While the reader holds the lease it is the reader that writes.
		expectErr(t, l, session.ErrIdle)
		l.Hold()
		if err := c.OfferHere(message("d")); err != nil || written != 1 {
			t.Fatalf("error %v, written %d times", err, written)
		}
		expectFlush(t, l, true)
		expect(t, l, "d")
	})
}

func TestOfferHereWakesCarriersThatCannot(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _ := newConn(t, &session.Config{})
		b := &bell{c: c}
		l, err := c.Attach(stream, b.ring)
		if err != nil {
			t.Fatal(err)
		}
		expectErr(t, l, session.ErrIdle)
		if err := c.OfferHere(message("a")); err != nil {
			t.Fatal(err)
		}
		b.expect(t, 1)
		expect(t, l, "a")
	})
}
