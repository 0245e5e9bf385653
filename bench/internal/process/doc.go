// Package process runs a server under test as a process of its own and says
// what it has used.
//
// The program prints one line "listening on HOST:PORT" when it is ready, takes
// commands as lines of its standard input, and ends when that ends, so that no
// server outlives the one who measures it. To the command "gc" it collects its
// garbage and answers with the line "done"; other commands are its own and have
// no answer.
//
// Linux only: the figures come from /proc and from the process's CPU clock.
package process
