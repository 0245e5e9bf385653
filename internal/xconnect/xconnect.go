package xconnect

import "os"

// Variable is the environment variable that turns extended CONNECT on, with the
// value 1.
const Variable = "EVERWIRE_H2_WEBSOCKET"

const (
	variable = "GODEBUG"
	setting  = "http2xconnect=1"
)

var (
	enabled bool
	// before is what GODEBUG was, and had whether it was there.
	before string
	had    bool
)

func init() {
	if os.Getenv(Variable) == "1" {
		Enable()
	}
}

// Enable adds the setting to GODEBUG. It is for the init function of a package
// that is initialised before net/http, and does nothing when called again.
func Enable() {
	if enabled {
		return
	}
	enabled = true
	before, had = os.LookupEnv(variable)
	value := setting
	if before != "" {
		value = before + "," + setting
	}
	os.Setenv(variable, value) // fails for bad names only
}

// Enabled reports whether this package has turned extended CONNECT on.
func Enabled() bool { return enabled }

// Restore gives GODEBUG its old value back, so that no child process inherits
// another. It must not be called concurrently; a second call does nothing that
// the first has not done.
func Restore() {
	switch {
	case !enabled:
	case had:
		os.Setenv(variable, before)
	default:
		os.Unsetenv(variable)
	}
}
