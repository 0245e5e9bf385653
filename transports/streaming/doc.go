// Package streaming is the transports whose receive channel is one HTTP answer
// that does not end: each packet is another piece of it.
//
//	htmlfile       a document in a hidden frame, a script for each packet (Socket.IO 0.1 to 0.9)
//	xhr-multipart  multipart/x-mixed-replace, a part for each packet (Socket.IO 0.1 to 0.6)
//	eventsource    server-sent events: additions of our own, for proxies
//	xhr-streaming  lines               that pass neither WebSockets nor upgrades
//
// There is one implementation of all. What differs between them stands in a
// framer: the answer's header, what comes first, how a packet is written, and
// what is sent when there is nothing to say. What the clients send comes by
// POST, as with polling, and does not concern this package.
//
// A stream's goroutine is that of its request, and it pulls: a reader that takes
// its time holds up nobody else, and one that takes nothing for
// transports.WriteTimeout is gone. What is flushed is committed. A stream that
// breaks is lost with all that was committed, and so is its session, unless its
// family lets it wait for another stream (Config.DetachGrace).
//
// The answers of our own transports end in good order after 4 MiB or an hour: a
// proxy that keeps what it has passed, and a script that keeps what it has
// read, keep no more than that. The last words tell the client to open the next
// one, before which nothing is taken out of the session (session.Lease.Yield).
// docs/protocols/streaming.md is what authors of clients need.
package streaming
