package shell

// ParseStat is parseStat with its result in parts.
func ParseStat(b []byte) (parent, session int, start uint64, ok bool) {
	p, ok := parseStat(0, b)
	return p.parent, p.session, p.start, ok
}
