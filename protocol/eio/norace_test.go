//go:build !race

package eio_test

const raced = false
