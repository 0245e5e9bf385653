package admin

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/everwire/everwire/socketio"
)

// socket is a socket as the page knows it.
type socket struct {
	ID        string          `json:"id"`
	ClientID  string          `json:"clientId"`
	Transport string          `json:"transport"`
	Namespace string          `json:"nsp"`
	Data      json.RawMessage `json:"data"`
	Handshake handshake       `json:"handshake"`
	Rooms     []string        `json:"rooms"`
}

type handshake struct {
	Address     string            `json:"address"`
	Headers     map[string]string `json:"headers"`
	Query       map[string]string `json:"query"`
	Issued      int64             `json:"issued"` // ms
	Secure      bool              `json:"secure"`
	Time        string            `json:"time"`
	URL         string            `json:"url"`
	CrossDomain bool              `json:"xdomain"`
}

// secret are the fields of a header that nobody gets to see.
var secret = []string{"Authorization", "Cookie", "Proxy-Authorization"}

func newKey() (key [32]byte) {
	rand.Read(key[:]) // never fails
	return key
}

// clientID stands for a socket's connection. The session id, which authorises,
// is not for the page, so it is made of what else is the connection's own.
func (ui *UI) clientID(s *socketio.Socket) string {
	p := s.Peer()
	mac := hmac.New(sha256.New, ui.key[:])
	fmt.Fprintf(mac, "%s %d", p.RemoteAddr, p.Opened.UnixNano())
	return hex.EncodeToString(mac.Sum(nil)[:6])
}

func (ui *UI) serialize(s *socketio.Socket, e entry) socket {
	return socket{
		ID: s.ID(), ClientID: e.client, Transport: e.transport, Namespace: s.Namespace().Name(),
		Data: data(s.Data()), Rooms: s.Rooms(), Handshake: shown(s.Handshake()),
	}
}

// shown is what the page may see of a handshake.
func shown(h socketio.Handshake) handshake {
	out := handshake{
		Address: host(h.Address), Headers: make(map[string]string), Query: make(map[string]string), Issued: h.Issued.UnixMilli(),
		Secure: h.Secure, Time: h.Issued.Format(time.RFC1123Z), URL: h.URL, CrossDomain: h.CrossDomain,
	}
	for name, values := range h.Header {
		if !slices.Contains(secret, name) {
			out.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	for name, values := range h.Query {
		out.Query[name] = strings.Join(values, ", ")
	}
	return out
}

// data is what a socket's data is as JSON: an object, unless it is something
// else.
func data(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if v == nil || err != nil {
		return json.RawMessage("{}")
	}
	return raw
}

// fetchTimeout bounds the wait for other servers while a page connects.
const fetchTimeout = 5 * time.Second

// allSockets returns the sockets of all servers. Of those of other servers the
// connection and its transport are not known.
func (ui *UI) allSockets(ctx context.Context) []socket {
	ui.mu.Lock()
	local := maps.Clone(ui.sockets)
	ui.mu.Unlock()
	all := make([]socket, 0, min(len(local), ui.cfg.MaxSockets))
	for s, e := range local {
		if len(all) < ui.cfg.MaxSockets {
			all = append(all, ui.serialize(s, e))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	for _, ns := range ui.current() {
		remote, err := ns.FetchSockets(ctx)
		if err != nil {
			ui.cfg.Logger.Warn("admin: not all servers have answered", slog.String("ns", ns.Name()), slog.Any("err", err))
		}
		for _, r := range remote {
			if len(all) >= ui.cfg.MaxSockets || ns.Socket(r.ID) != nil {
				continue // enough, or one of this server
			}
			all = append(all, socket{ID: r.ID, ClientID: r.ID, Namespace: ns.Name(), Data: data(r.Data), Rooms: r.Rooms,
				Handshake: shown(r.Handshake)})
		}
	}
	slices.SortFunc(all, func(a, b socket) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.ID, b.ID))
	})
	return all
}

// host is an address without its port.
func host(address string) string {
	if h, _, err := net.SplitHostPort(address); err == nil {
		return h
	}
	return address
}
