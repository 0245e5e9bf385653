package cli

import "net"

// Seams for the tests.
var (
	UntilSignal = untilSignal
	MountLite   = mountLite
	Serve       = serve
	NotServed   = notServed
	ServeOn     = serveOn
	ShowDemo    = showDemo
)

// ActivatedFrom is activatedFrom, with the names beside the listeners.
func ActivatedFrom(env func(string) string, first int) (lns []net.Listener, names []string, err error) {
	all, err := activatedFrom(env, first)
	for _, a := range all {
		lns, names = append(lns, a.Listener), append(names, a.name)
	}
	return lns, names, err
}
