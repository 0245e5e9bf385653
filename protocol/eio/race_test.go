//go:build race

package eio_test

// raced: pools throw some of what they get away, so that it is allocated again.
const raced = true
