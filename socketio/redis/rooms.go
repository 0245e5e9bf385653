package redis

import "github.com/everwire/everwire/socketio"

// watchRooms lets n listen where its rooms have channels of their own.
func (n *node) watchRooms() {
	if _, has := n.form.room("a"); !has {
		return
	}
	n.stop = n.ns.OnRoom(func(c socketio.RoomChange) {
		if c.Kind != socketio.CreateRoom && c.Kind != socketio.DeleteRoom {
			return
		}
		if s, has := n.form.room(c.Room); has {
			n.hub.ears.set(n, s, c.Kind == socketio.CreateRoom)
		}
	})
}
