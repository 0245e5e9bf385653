package admin

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/everwire/everwire/socketio"
)

// obey registers what a page may do to a writable server. Each event names a
// namespace and, as a filter, a room or the id of a socket: null means all.
func (ui *UI) obey() {
	ui.on("emit", func(args socketio.Args) error {
		var event string
		target, err := ui.target(args, 1)
		if err == nil {
			err = args.Decode(2, &event)
		}
		if err != nil {
			return err
		}
		rest, err := tail(args, 3)
		if err != nil {
			return err
		}
		return target.Emit(event, rest)
	})
	ui.onRoom("join", socketio.Broadcast.SocketsJoin)
	ui.onRoom("leave", socketio.Broadcast.SocketsLeave)
	ui.on("_disconnect", func(args socketio.Args) error {
		var closeConnection bool
		target, err := ui.target(args, 2)
		if err == nil {
			err = args.Decode(1, &closeConnection)
		}
		if err != nil {
			return err
		}
		return target.DisconnectSockets(closeConnection)
	})
}

// onRoom takes an event with a namespace, a room, and a filter.
func (ui *UI) onRoom(event string, act func(b socketio.Broadcast, rooms ...string) error) {
	ui.on(event, func(args socketio.Args) error {
		var room string
		target, err := ui.target(args, 2)
		if err == nil {
			err = args.Decode(1, &room)
		}
		if err != nil {
			return err
		}
		return act(target, room)
	})
}

func (ui *UI) on(event string, act func(args socketio.Args) error) {
	socketio.On(ui.ns, event, func(_ context.Context, s *socketio.Socket, args socketio.Args) error {
		err := act(args)
		ui.cfg.Logger.Info("admin: action", slog.String("event", event), slog.String("remote", s.Peer().RemoteAddr), slog.Any("err", err))
		return err
	})
}

// target returns the sockets that an event is about: its first argument is the
// namespace, and argument filter, if it is there, the room.
func (ui *UI) target(args socketio.Args, filter int) (b socketio.Broadcast, err error) {
	var name string
	if err := args.Decode(0, &name); err != nil {
		return b, err
	}
	ui.mu.Lock()
	w := ui.namespaces[name]
	ui.mu.Unlock()
	if w == nil {
		return b, fmt.Errorf("admin: no namespace %q", name) // and none shall be made
	}
	var room *string
	if filter < args.Len() {
		if err := args.Decode(filter, &room); err != nil {
			return b, err
		}
	}
	if room == nil || *room == "" {
		return w.ns.Except(), nil
	}
	return w.ns.To(*room), nil
}

// tail returns the arguments from the nth on.
func tail(args socketio.Args, n int) (socketio.Args, error) {
	elements, attachments := args.Raw()
	return socketio.RawArgs(elements[min(n, len(elements)):], attachments)
}
