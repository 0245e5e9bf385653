// Everwire serves a shell, a chat and an echo to any browser, and is a
// Socket.IO server. Package cli has the program; see the server package for
// the library.
package main

import (
	"context"
	"os"

	"github.com/everwire/everwire/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}
