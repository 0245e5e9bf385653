// Package e2e tests Everwire from outside: the built program in a real browser,
// its library (as the program in conformance) with the clients of others.
//
// The tests start what they need on free ports of the loopback interface and
// end it again. A test whose tool is missing is skipped with the line that
// installs it; with E2E=require in the environment it fails instead.
//
//	need_test.go      which tools there are
//	process_test.go   builds and runs the two programs
//	until_test.go     waits for what other processes do
//	cutter_test.go    a connection that can be cut
//	browser_test.go   one Chromium for all tests, and what a test does in it
//	clients_test.go   npm's Socket.IO and Engine.IO clients, see clients/
//	generations_test.go  clients of every generation, alone and in one room
//	features_test.go  what the same clients see of each Socket.IO feature
//	recovery_test.go  clients that come back after their connection was cut
//	upgrades_test.go  clients that are cut off while they move to a WebSocket
//	soak_test.go      how much more the longer tests do in "make soak"
//	oldpages_test.go  pages of 2010 and later, and our own streams, see pages/
//	flash_test.go     a Flash program in Ruffle, on the page of docs/flash.md
//	peers_test.go     plain Go clients and refusals
//	http2_test.go     WebSocket over HTTP/2, in the program and the browser
//	proxies_test.go   proxies in between, see docs/proxies.md
//	rfbserver*_test.go  viewers of VNC look at our servers
//	vt_test.go        protocol/vt beside xterm.js over generated streams; the other
//	                  vt_ files: how they may differ, recorded programs, vttest
//	pictures_test.go  writes the pictures in docs/img with EVERWIRE_SHOTS=1
package e2e
