package cli

// Seams for the tests.
var (
	UntilSignal = untilSignal
	MountLite   = mountLite
	Serve       = serve
	ServeOn     = serveOn
)
