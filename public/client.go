package public

import "io/fs"

// clientDir is where the build step puts Socket.IO's client.
const clientDir = "dist/client"

// clientNames are its files, without the source maps, which have ".map" behind
// the name.
var clientNames = []string{"socket.io.esm.min.js", "socket.io.js", "socket.io.min.js", "socket.io.msgpack.min.js"}

// oldClientNames are files of the clients of former generations; each has more.
var oldClientNames = []string{"0.6.3/WebSocketMain.swf", "0.6.3/socket.io.js", "0.9.17/WebSocketMain.swf", "0.9.17/socket.io.js",
	"2.5.0/socket.io.js"}

// Client returns the files of Socket.IO's own client for browsers, as the npm
// package socket.io-client has them in its folder dist: socket.io.js,
// socket.io.min.js, socket.io.esm.min.js, socket.io.msgpack.min.js, and their
// source maps, and in folders named after their versions one client of each
// generation before that is on npm: 0.6.3, 0.9.17 and 2.5.0. A binary that was built without the bundles has none of them; see
// [Missing].
func Client() fs.FS { return embedded().client }

func clientOf(files fs.FS) fs.FS {
	client, err := fs.Sub(files, clientDir)
	if err != nil {
		panic("public: " + err.Error()) // the path is not valid
	}
	return client
}

// missingClient returns what a Client lacks.
func missingClient(client fs.FS) []string {
	var names []string
	need := func(name string) {
		if _, err := fs.Stat(client, name); err != nil {
			names = append(names, "client/"+name)
		}
	}
	for _, name := range clientNames {
		need(name)
		need(name + ".map")
	}
	for _, name := range oldClientNames {
		need(name)
	}
	return names
}
