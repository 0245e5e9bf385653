// Package shell gives a session's client a shell in a pseudo-terminal.
//
//	h := shell.New(shell.Config{})
//	// mount h wherever a session.Handler goes
//
// # Protocol
//
// The client speaks first and asks for a terminal of its size:
//
//	{"type":"open","mode":"stream","cols":80,"rows":24}
//
// From then on Binary messages carry bytes both ways, cut anywhere: what the
// user types to the shell, what programs write to the client. Everything else
// is a control message, one JSON object:
//
//	client  {"type":"resize","cols":132,"rows":43}
//	client  {"type":"in","data":"ls\r"}
//	server  {"type":"out","data":"total 0\r\n"}
//	server  {"type":"exit","code":0}
//	server  {"type":"error","message":"cols must be 1 to 1000, not 0"}
//
// Sizes are 1 to 1000. A control message is taken as Text or as JSON, so a
// Socket.IO client may emit a string or an object. The server answers in the
// kind of the open message. Control messages are at most 4 KiB, input at most
// 1 MiB a message.
//
// A client without binary messages (session.Peer.Binary is false) gets "out"
// messages of kind JSON in place of Binary ones, cut between characters, with
// U+FFFD for bytes that are not UTF-8. Any client may send "in".
//
// After exit the session closes with session.Normal. A shell that a signal
// ended has code 128 plus the signal's number. After error it closes with
//
//	1008 PolicyViolated    the client broke this protocol
//	1009 MessageTooBig     a message over the limits above
//	1011 InternalError     the shell could not be started
//	1013 TryAgainLater     too many shells: see Config.MaxSessions
//	3003 HandshakeTimeout  no open message in time
//
// # Flow
//
// Nothing is buffered without a bound. A client that takes output slowly
// blocks the program that writes it, as a slow terminal does. Input that the
// program does not read waits in a queue of 1 MiB; while it is full no further
// message is received, and that in turn slows the client down. As in every
// terminal, a ^C behind lines that the program does not read waits with them.
//
// # Lifecycle
//
// The shell leads a process session of its own (setsid) and ends with the
// client's session, however that ends; and what it started ends with it:
//
//  1. every process of the shell's session gets SIGHUP and SIGCONT, so that
//     stopped jobs hear it too, and the terminal is hung up;
//  2. a process that left for a session of its own (setsid, a daemon, tmux)
//     gets SIGTERM. It is found as a descendant, or by EVERWIRE_SESSION in its
//     environment. Config.KeepDetached leaves such processes alone;
//  3. what is alive after Config.KillGrace gets SIGKILL. That includes
//     programs under nohup.
//
// A process that has left the session, lost its parent and cleaned its
// environment cannot be told from others and stays; only a container or a
// control group around the server can hold that one. On systems other than
// Linux steps 2 and 3 reach the shell's own process group only.
//
// When the shell exits by itself, its last output is delivered before the exit
// message, and what it left in the background is ended in the same way.
//
// # Environment
//
// The shell's environment is built from nothing: PATH, HOME, USER, LOGNAME,
// SHELL, LANG, TERM, COLORTERM, TERM_PROGRAM, TERM_PROGRAM_VERSION,
// EVERWIRE_SESSION and Config.Env. Nothing of the server's own environment,
// where secrets live, is passed on but a UTF-8 LANG. Nothing that a client
// sends reaches the command line or the environment.
package shell
