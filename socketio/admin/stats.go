package admin

import (
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/everwire/everwire/socketio"
)

// serverStats is the argument of server_stats.
type serverStats struct {
	ServerID       string           `json:"serverId"`
	Hostname       string           `json:"hostname"`
	PID            int              `json:"pid"`
	Uptime         float64          `json:"uptime"` // seconds
	Clients        int              `json:"clientsCount"`
	PollingClients int              `json:"pollingClientsCount"`
	Aggregated     []aggregated     `json:"aggregatedEvents"`
	Namespaces     []namespaceStats `json:"namespaces"`
}

type namespaceStats struct {
	Name    string `json:"name"`
	Sockets int    `json:"socketsCount"`
}

// aggregated is how often something happened within a second.
type aggregated struct {
	Timestamp int64  `json:"timestamp"` // ms
	Type      string `json:"type"`
	SubType   string `json:"subType,omitempty"`
	Count     int    `json:"count"`
}

// countKey is what counts separately.
type countKey struct {
	second        int64
	kind, subtype string
}

// count adds to a count. The caller holds mu.
func (ui *UI) count(kind, subtype string, n int) {
	ui.counts[countKey{time.Now().Unix(), kind, subtype}] += n
}

// countEvent counts an event of a client and its bytes: of the arguments, as the
// bytes on the wire are not known here.
func (ui *UI) countEvent(kind string, size int) {
	ui.mu.Lock()
	defer ui.mu.Unlock()
	direction := "In"
	if kind == "event_sent" {
		direction = "Out"
	}
	ui.count("packets"+direction, "", 1)
	ui.count("bytes"+direction, "", size)
}

// tick looks after what nobody tells of, and shows the numbers.
func (ui *UI) tick() {
	if slices.Contains(ui.srv.Names(), "/") {
		ui.watch(ui.srv.Of("/")) // may have been made by now
	}
	ui.noteTransports()
	ui.emit("server_stats", ui.stats(true))
}

// noteTransports shows which sockets have moved to another transport.
func (ui *UI) noteTransports() {
	ui.mu.Lock()
	sockets := maps.Clone(ui.sockets)
	ui.mu.Unlock()
	for s, e := range sockets {
		if t := s.Peer().Transport; t != e.transport && t != "" {
			ui.mu.Lock()
			if _, here := ui.sockets[s]; here {
				ui.sockets[s] = entry{e.client, t}
			}
			ui.mu.Unlock()
			ui.show("socket_updated", map[string]any{"id": s.ID(), "nsp": s.Namespace().Name(), "transport": t})
		}
	}
}

// stats returns the numbers. Counts that are taken will not be shown again.
func (ui *UI) stats(take bool) serverStats {
	hostname, _ := os.Hostname()
	st := serverStats{
		ServerID: ui.cfg.ServerID, Hostname: hostname, PID: os.Getpid(),
		Uptime: time.Since(ui.started).Seconds(), Clients: ui.srv.Len(), Aggregated: []aggregated{},
	}
	for _, ns := range ui.current() {
		st.Namespaces = append(st.Namespaces, namespaceStats{ns.Name(), ns.Len()})
	}
	slices.SortFunc(st.Namespaces, func(a, b namespaceStats) int { return strings.Compare(a.Name, b.Name) })
	ui.mu.Lock()
	defer ui.mu.Unlock()
	polling := make(map[string]bool)
	for _, e := range ui.sockets {
		if e.transport == "polling" {
			polling[e.client] = true
		}
	}
	st.PollingClients = len(polling)
	if take {
		for k, n := range ui.counts {
			st.Aggregated = append(st.Aggregated, aggregated{k.second * 1000, k.kind, k.subtype, n})
		}
		clear(ui.counts)
		slices.SortFunc(st.Aggregated, func(a, b aggregated) int {
			return strings.Compare(a.Type+a.SubType, b.Type+b.SubType)
		})
	}
	return st
}

// current returns the namespaces that are watched.
func (ui *UI) current() []*socketio.Namespace {
	ui.forget()
	ui.mu.Lock()
	defer ui.mu.Unlock()
	all := make([]*socketio.Namespace, 0, len(ui.namespaces))
	for _, w := range ui.namespaces {
		all = append(all, w.ns)
	}
	return all
}
