//go:build linux

package process

var Field = field
