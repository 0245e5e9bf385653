// Package vt is a terminal emulator: the bytes that a program writes go in, the
// state of the screen and the replies to the program come out. It does no input
// or output, starts no goroutine and reads no clock.
package vt
