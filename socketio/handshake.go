package socketio

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// Handshake is what a client brought along when it came. Its maps and Auth are
// shared and must not be modified.
type Handshake struct {
	// Generation is the client's.
	Generation Generation
	// Header has the fields of the request that opened the connection, as far
	// as the server keeps them (see session.Peer), and Host.
	Header http.Header
	// Query has the parameters of that request, without those of the transport
	// itself and without secrets. For clients of 0.7 to 2.x those are added that
	// stand behind the name of the namespace that they enter; they are in Auth,
	// too.
	Query url.Values
	// Auth is what the client sent for this namespace, as JSON; see Socket.Auth.
	Auth json.RawMessage
	// Address is the client's as host:port, after trusted proxies.
	Address string
	// Issued is when the client asked to enter the namespace.
	Issued time.Time
	// URL is the path and Query of the request.
	URL string
	// Secure says that the request came over TLS.
	Secure bool
	// CrossDomain says that the request had an Origin, as those of browsers do
	// that are from another site, or for a WebSocket.
	CrossDomain bool
}

// Handshake returns what the client brought along when it came. It is put
// together at each call from what the connection keeps.
func (s *Socket) Handshake() Handshake {
	p := s.client.conn.Peer()
	h := Handshake{
		Generation: s.client.generation,
		Header:     make(http.Header, len(p.Header)+1), Query: p.Query, Auth: s.Auth(), Address: p.RemoteAddr,
		Issued: time.Unix(0, s.issued), URL: p.Path, Secure: p.Secure, CrossDomain: len(p.Header["Origin"]) > 0,
	}
	for name, values := range p.Header {
		h.Header[name] = values
	}
	if p.Host != "" {
		h.Header["Host"] = []string{p.Host}
	}
	if len(p.Query) > 0 {
		h.URL += "?" + p.Query.Encode()
	}
	if s.client.queryIsAuth && s.auth != nil {
		own := authQuery(s.auth)
		h.Query = maps.Clone(p.Query)
		if h.Query == nil {
			h.Query = own
		}
		maps.Copy(h.Query, own)
	}
	return h
}
