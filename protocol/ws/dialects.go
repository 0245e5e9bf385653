package ws

import "strings"

// Dialects is a set of dialects. The zero value is the empty set.
type Dialects uint8

// AllDialects has every dialect of this package.
const AllDialects = Dialects(1<<len(dialects) - 1)

// DialectsOf returns the set of the given dialects. A value that is not one of
// the constants is left out.
func DialectsOf(list ...Dialect) Dialects {
	var s Dialects
	for _, d := range list {
		s |= 1 << d
	}
	return s & AllDialects
}

// Has reports whether d is in the set.
func (s Dialects) Has(d Dialect) bool { return s&AllDialects&(1<<d) != 0 }

// String returns the names of the set's dialects, separated by spaces.
func (s Dialects) String() string {
	var names []string
	for i, d := range dialects {
		if s.Has(Dialect(i)) {
			names = append(names, d.name)
		}
	}
	return strings.Join(names, " ")
}

// versions returns what a refused client is told in Sec-WebSocket-Version (RFC
// 6455 section 4.4), best first. The hixie dialects have no version.
func (s Dialects) versions() string {
	var list []string
	for _, d := range []Dialect{RFC6455, Hybi08, Hybi07} {
		if s.Has(d) {
			list = append(list, dialects[d].version)
		}
	}
	return strings.Join(list, ", ")
}
