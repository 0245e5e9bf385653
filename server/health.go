package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/transports"
)

// report is the body of /healthz. It names nothing that helps a stranger.
type report struct {
	Status     string   `json:"status"` // "ok" or "draining"
	Version    string   `json:"version,omitempty"`
	Sessions   int      `json:"sessions"`
	Handlers   []string `json:"handlers"`
	Transports []string `json:"transports"`
	// Generations of Socket.IO, and the protocols that they and others speak.
	Generations []string `json:"generations"`
	Protocols   []string `json:"protocols"`
	Dialects    []string `json:"dialects"`
	// HTTP2WebSocket is whether browsers may open WebSockets over HTTP/2.
	HTTP2WebSocket bool  `json:"http2_websocket"`
	Flash          flash `json:"flash"`
	// Redis is nil unless others have it in common with this server.
	Redis    *RedisHealth `json:"redis,omitempty"`
	Warnings []string     `json:"warnings,omitempty"`
}

// flash says where Flash's socket policy is served, and whether the sockets of
// Ruffle are.
type flash struct {
	Ports  []int `json:"policy_ports"`
	Inline bool  `json:"inline_policy"`
	Tunnel bool  `json:"tunnel"`
}

// protocols are what the clients of a generation speak, as people name it.
var protocols = map[socketio.Generation][]string{
	socketio.Gen4:  {"Engine.IO 4", "Socket.IO 5"},
	socketio.Gen3:  {"Engine.IO 3", "Socket.IO 4"},
	socketio.Gen09: {"Socket.IO 0.7 to 0.9"},
	socketio.Gen06: {"Socket.IO 0.5 and 0.6"},
	socketio.Gen04: {"Socket.IO 0.1 to 0.4"},
}

// serveHealth answers 200 while the server takes sessions, 503 when it drains.
func (s *Server) serveHealth(w http.ResponseWriter, _ *http.Request) {
	s.mu.RLock()
	handlers := append([]string{}, s.names...) // an empty list, not null
	s.mu.RUnlock()
	rep := report{Status: "ok", Version: s.opts.Version, Sessions: s.manager.Len(), Handlers: handlers,
		Transports:  s.opts.Transports,
		Generations: []string{}, Protocols: []string{}, Dialects: []string{},
		HTTP2WebSocket: s.opts.Health.HTTP2WebSocket,
		Flash: flash{Ports: append([]int{}, s.opts.Health.PolicyPorts...), Inline: s.opts.Health.InlinePolicy,
			Tunnel: s.opts.Health.FlashTunnel},
		Warnings: slices.Clone(s.opts.Health.Warnings)}
	if s.opts.Health.Redis != nil {
		joined := s.opts.Health.Redis()
		rep.Redis = &joined
	}
	for _, g := range s.opts.Generations {
		rep.Generations = append(rep.Generations, g.String())
		rep.Protocols = append(rep.Protocols, protocols[g]...)
	}
	if slices.Contains(s.opts.Transports, transports.WebSocket) {
		rep.Protocols = append(rep.Protocols, "raw")
	}
	if s.opts.serves(transports.WebSocket) || s.opts.serves(transports.FlashSocket) {
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
