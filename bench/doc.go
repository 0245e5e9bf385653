// Package bench measures Everwire beside others of its kind, on one
// machine and in one run.
//
//	internal/measure   medians, ratios, percentiles; what is compared takes turns
//	internal/contest   cases measured with several servers; tables and marks
//	internal/process   a server in a process of its own: its CPU time and memory
//	internal/report    tables in Markdown, and the machine they come from
//	internal/wire      sockets and frames of the loads
//	websocket          WebSocket servers: echo, handshakes, idle memory, broadcast
//	socketio           Socket.IO servers: acks, broadcast, connects, idle memory
//	vt                 terminal emulators: output per CPU second, memory of a screen
//	rfb                encodings of VNC: MB per second and allocations, compared with no others
//
// A server is never measured inside the program that puts the load on it: each
// is a process of its own, and what it costs is what the kernel says that this
// process has used. The figure to look at is CPU time per operation, relative to
// another server's in the same run. Rates and latencies depend on what else the
// machine does; they stand beside it for orientation.
package bench
