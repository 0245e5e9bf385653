// Package echo answers every message with itself.
//
// It is the smallest useful session.Handler: a client of any transport and
// dialect can use it to see that messages arrive whole, in order and with
// their kind, and how long a round trip takes.
//
// A client that sends faster than it takes the answers is slowed down: while
// its outbox is full the next message is not received.
package echo
