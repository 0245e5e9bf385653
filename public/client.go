package public

import "io/fs"

// clientDir is where the build step puts Socket.IO's client.
const clientDir = "dist/client"

// clientNames are its files, without the source maps, which have ".map" behind
// the name.
var clientNames = []string{"socket.io.esm.min.js", "socket.io.js", "socket.io.min.js", "socket.io.msgpack.min.js"}

// Client returns the files of Socket.IO's own client for browsers, as the npm
// package socket.io-client has them in its folder dist: socket.io.js,
// socket.io.min.js, socket.io.esm.min.js, socket.io.msgpack.min.js, and their
// source maps. A binary that was built without the bundles has none of them; see
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
	for _, name := range clientNames {
		for _, n := range []string{name, name + ".map"} {
			if _, err := fs.Stat(client, n); err != nil {
				names = append(names, "client/"+n)
			}
		}
	}
	return names
}
