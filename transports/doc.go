// Package transports routes a request to the dialect and the transport that
// its client speaks.
//
// All generations of Socket.IO share one path. Resolve reads the request
// target as the client wrote it (a double slash matters) and returns a Route:
// the family of sessions (Engine.IO 4, or raw), the transport, and the id of
// the session if it exists already. Engine.Serve then hands the request, as an
// Exchange, to the Transport of that name:
//
//	request ──Resolve──▶ Route ──Engine.Serve──▶ Exchange ──▶ Transport
//	                                                              │ Attach, Deliver
//	                                                              ▼
//	                                                        session.Conn
//
// The transports themselves live in packages below this one. Each knows how
// messages travel and nothing of what they mean: the Family says which codec
// writes the packets, and who takes the messages of a new session.
//
// Host, Origin, login and limits are not checked here: whoever calls
// Engine.Serve has admitted the request.
package transports
