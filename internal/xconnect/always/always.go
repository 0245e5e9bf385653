// Package always turns extended CONNECT on, whatever the environment says: a
// test imports it for that alone. Its path sorts before "net/http" too; see
// package xconnect.
package always

import "github.com/everwire/everwire/internal/xconnect"

func init() {
	xconnect.Enable()
}
