// Package wire has what the loads on servers have in common: sockets, and the
// client's side of RFC 6455 as far as it takes to measure one. What it is given
// to parse is in memory already; it keeps nothing.
package wire
