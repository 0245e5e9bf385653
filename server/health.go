package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/everwire/everwire/transports"
)

// report is the body of /healthz. It names nothing that helps a stranger.
type report struct {
	Status     string   `json:"status"` // "ok" or "draining"
	Version    string   `json:"version,omitempty"`
	Sessions   int      `json:"sessions"`
	Handlers   []string `json:"handlers"`
	Transports []string `json:"transports"`
	Protocols  []string `json:"protocols"`
	Dialects   []string `json:"dialects"`
	// HTTP2WebSocket is whether browsers may open WebSockets over HTTP/2.
	HTTP2WebSocket bool     `json:"http2_websocket"`
	Flash          flash    `json:"flash"`
	Warnings       []string `json:"warnings,omitempty"`
}

// flash says where Flash's socket policy is served, and whether the sockets of
// Ruffle are.
type flash struct {
	Ports  []int `json:"policy_ports"`
	Inline bool  `json:"inline_policy"`
	Tunnel bool  `json:"tunnel"`
}

// serveHealth answers 200 while the server takes sessions, 503 when it drains.
func (s *Server) serveHealth(w http.ResponseWriter, _ *http.Request) {
	s.mu.RLock()
	handlers := append([]string{}, s.names...) // an empty list, not null
	s.mu.RUnlock()
	rep := report{Status: "ok", Version: s.opts.Version, Sessions: s.manager.Len(), Handlers: handlers,
		Transports: s.opts.Transports,
		Protocols:  []string{"Engine.IO 4", "Socket.IO 5"}, Dialects: []string{},
		HTTP2WebSocket: s.opts.Health.HTTP2WebSocket,
		Flash: flash{Ports: append([]int{}, s.opts.Health.PolicyPorts...), Inline: s.opts.Health.InlinePolicy,
			Tunnel: s.opts.Health.FlashTunnel},
		Warnings: slices.Clone(s.opts.Health.Warnings)}
	if slices.Contains(s.opts.Transports, transports.WebSocket) {
		rep.Protocols = append(rep.Protocols, "raw")
	}
	if !slices.Equal(s.opts.Transports, []string{transports.Polling}) {
		rep.Dialects = strings.Fields(s.opts.Dialects.String())
	}
	if s.opts.Guard.AnyOrigin {
		rep.Warnings = append(rep.Warnings, "pages of every origin may connect")
	}
	status := http.StatusOK
	if s.draining.Load() {
		rep.Status, status = "draining", http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(rep)
}
