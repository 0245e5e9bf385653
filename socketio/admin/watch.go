package admin

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/everwire/everwire/socketio"
)

// entry is what is known of a socket that is shown.
type entry struct {
	client    string // stands for the connection
	transport string // that the page knows of
}

// watched is a namespace that is watched.
type watched struct {
	ns    *socketio.Namespace
	stops []func() // take the listeners away
}

// watch begins to watch a namespace, unless that is done already. It takes the
// place of one of its name that was given up.
func (ui *UI) watch(ns *socketio.Namespace) {
	name := ns.Name()
	w := &watched{ns: ns}
	ui.mu.Lock()
	if old := ui.namespaces[name]; ui.closed || old != nil && old.ns == ns {
		ui.mu.Unlock()
		return
	}
	ui.namespaces[name] = w
	crowded := len(ui.namespaces) > ui.crowded
	ui.mu.Unlock()
	if crowded {
		ui.forget()
	}

	stops := []func(){ns.OnRoom(func(c socketio.RoomChange) { ui.roomChanged(ns, c) })}
	ns.OnDisconnect(ui.disconnected)
	if ns != ui.ns && !ui.cfg.Production {
		stops = append(stops,
			socketio.OnAny(ns, func(_ context.Context, s *socketio.Socket, event string, args socketio.Args) {
				ui.eventPassed("event_received", s, event, args)
			}),
			socketio.OnAnyOutgoing(ns, func(_ context.Context, s *socketio.Socket, event string, args socketio.Args) {
				ui.eventPassed("event_sent", s, event, args)
			}))
	}
	ui.mu.Lock()
	kept := ui.namespaces[name] == w
	if kept {
		w.stops = stops
	}
	ui.mu.Unlock()
	if !kept { // closed, or given up
		for _, stop := range stops {
			stop()
		}
		return
	}
	for s := range ns.Sockets() {
		ui.connected(s)
	}
}

// forget drops the namespaces that were given up, with what was registered
// there: clients can make others for ever.
func (ui *UI) forget() {
	ui.mu.Lock()
	candidates := slices.Collect(maps.Values(ui.namespaces))
	ui.mu.Unlock()
	exists := make(map[*socketio.Namespace]bool)
	for _, ns := range ui.srv.Namespaces() { // later, so that none is too new for it
		exists[ns] = true
	}
	ui.mu.Lock()
	defer ui.mu.Unlock()
	for _, w := range candidates {
		if name := w.ns.Name(); !exists[w.ns] && ui.namespaces[name] == w {
			delete(ui.namespaces, name)
		}
	}
	ui.crowded = 2*len(ui.namespaces) + 16
}

// roomChanged shows who joins and leaves. That a socket joins the room of its
// own id is how it begins, in namespaces of every kind.
func (ui *UI) roomChanged(ns *socketio.Namespace, c socketio.RoomChange) {
	switch c.Kind {
	case socketio.JoinRoom:
		ui.show("room_joined", ns.Name(), c.Room, c.SocketID, now())
		if c.Room == c.SocketID {
			if s := ns.Socket(c.SocketID); s != nil {
				ui.connected(s)
			}
		}
	case socketio.LeaveRoom:
		ui.show("room_left", ns.Name(), c.Room, c.SocketID, now())
	}
}

// show queues an event for the page, unless it gets numbers only.
func (ui *UI) show(event string, args ...any) {
	if !ui.cfg.Production {
		ui.queue.put(notice{event: event, args: args})
	}
}

func (ui *UI) connected(s *socketio.Socket) {
	e := entry{client: ui.clientID(s), transport: s.Peer().Transport}
	shown := ui.serialize(s, e)
	ui.mu.Lock()
	defer ui.mu.Unlock()
	// That a socket has ended may have been told before that it has begun.
	if _, known := ui.sockets[s]; known || ui.closed || s.Context().Err() != nil {
		return
	}
	ui.sockets[s] = e
	if ui.clients[e.client]++; ui.clients[e.client] == 1 {
		ui.count("rawConnection", "", 1)
	}
	ui.show("socket_connected", shown, now()) // under the lock, for the order
}

func (ui *UI) disconnected(s *socketio.Socket, reason socketio.DisconnectReason) {
	ui.mu.Lock()
	defer ui.mu.Unlock()
	e, known := ui.sockets[s]
	if !known {
		return
	}
	delete(ui.sockets, s)
	if ui.clients[e.client]--; ui.clients[e.client] == 0 {
		delete(ui.clients, e.client)
		ui.count("rawDisconnection", string(reason), 1)
	}
	ui.show("socket_disconnected", s.Namespace().Name(), s.ID(), reason, now())
}

// eventPassed shows an event of a socket, in or out.
func (ui *UI) eventPassed(kind string, s *socketio.Socket, event string, args socketio.Args) {
	elements, attachments := args.Raw()
	size := len(event)
	list := make([]byte, 0, 64)
	name, _ := json.Marshal(event)
	list = append(append(list, '['), name...)
	for _, raw := range elements {
		list = append(append(list, ','), raw...)
		size += len(raw)
	}
	list = append(list, ']')
	for _, b := range attachments {
		size += len(b)
	}
	ui.countEvent(kind, size)
	id, _ := json.Marshal(s.ID())
	ns, _ := json.Marshal(s.Namespace().Name())
	at, _ := json.Marshal(now())
	shown, err := socketio.RawArgs([][]byte{ns, id, list, at}, attachments)
	if err != nil {
		ui.cfg.Logger.Warn("admin: event cannot be shown", slog.String("event", event), slog.Any("err", err))
		return
	}
	ui.queue.put(notice{event: kind, args: []any{shown}, size: size + 1})
}

// now is a time as JavaScript has it.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
