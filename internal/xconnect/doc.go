// Package xconnect has net/http offer extended CONNECT (RFC 8441), by which
// browsers open WebSockets on an HTTP/2 connection that they have already.
//
// Go's switch for that is http2xconnect=1 in the variable GODEBUG. It concerns
// the whole process, is read once, when net/http is initialised, and is no
// setting for a //go:debug line. So it cannot be set by anything that runs
// after that. But Go initialises packages in the order of their import paths,
// each as soon as all that it imports is done, and this package comes first:
// its path sorts before "net/http", and it imports nothing that net/http does
// not need too.
//
//	environment                 init of this package       init of net/http
//	EVERWIRE_H2_WEBSOCKET=1 ──▶ GODEBUG=…,http2xconnect=1 ──▶ extended CONNECT
//
// Importing the package is what counts; the program does, the library does not:
// every endpoint of a process has to cope with an upgrade that is a CONNECT.
// Restore takes the addition out of the environment again.
package xconnect
