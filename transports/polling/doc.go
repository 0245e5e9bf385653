// Package polling is the long-polling transport of Engine.IO: the client
// always has one GET pending, which is answered with a payload as soon as there
// is something to say, and sends its own payloads by POST (Engine.IO protocol
// 4, "HTTP long-polling").
//
// A poll is a carrier for one batch. A second GET while one waits, or a poll
// whose client goes away unanswered, ends the session: a retry cannot be told
// from the next poll, so what was in a lost answer cannot be sent again
// without the risk of sending it twice.
package polling
