//go:build linux

package main

import (
	"testing"

	"github.com/everwire/everwire/bench/internal/peertest"
)

// root is the folder of the module.
const root = ".."

// TestMain is an emulator under test if it was started as one.
func TestMain(m *testing.M) { peertest.Main(m, run) }
