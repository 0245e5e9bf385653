package server

import "github.com/everwire/everwire/session"

// OverflowCounts returns what has become of events for which clients were not
// ready, since the server was made and over all its sessions, those of raw
// WebSockets included; see Options.Overflow.
func (s *Server) OverflowCounts() session.OverflowCounts { return s.opts.overflows.Counts() }
