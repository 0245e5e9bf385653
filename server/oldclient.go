package server

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// versionName is a folder of Options.Client with the client of one version.
var versionName = regexp.MustCompile(`^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$`)

// swfNames are where the servers of a generation had the Flash program of their
// client's WebSocket.
var swfNames = map[string][]string{
	"0.6": {"/lib/vendor/web-socket-js/WebSocketMain.swf", "/WebSocketMain.swf"},
	"0.9": {"/static/flashsocket/WebSocketMain.swf"},
}

// addVersions adds the clients that files has in folders which are named after
// their version: /<version>/socket.io.js and so on. Flash programs are served
// only if there is a transport for them.
func (c *client) addVersions(files fs.FS, flash bool) {
	if files == nil {
		return
	}
	folders, _ := fs.ReadDir(files, ".") // what cannot be listed has none
	for _, folder := range folders {
		v := folder.Name()
		if !folder.IsDir() || !versionName.MatchString(v) {
			continue
		}
		names, _ := fs.ReadDir(files, v)
		for _, entry := range names {
			c.addVersion(files, v, entry.Name(), flash)
		}
	}
}

func (c *client) addVersion(files fs.FS, v, name string, flash bool) {
	generation := v[:strings.LastIndexByte(v, '.')]
	switch {
	case name == "WebSocketMain.swf":
		for _, path := range swfNames[generation] {
			if flash {
				c.files[path] = sync.OnceValue(func() *clientFile { return readFlash(files, v+"/"+name) })
			}
		}
	case !strings.HasPrefix(name, "socket.io."), !strings.HasSuffix(name, ".js") && !strings.HasSuffix(name, ".js.map"):
	case strings.HasPrefix(v, "0."):
		read := sync.OnceValue(func() *clientFile { return readOld(files, v, name) })
		c.files["/"+v+"/"+name] = read
		if name == "socket.io.js" && generation == "0.9" {
			c.bundled, c.bundledVersion = read, v
		}
	default:
		c.files["/"+v+"/"+name] = sync.OnceValue(func() *clientFile { return readClient(files, v+"/"+name) })
	}
}

// readOld returns a file of a client before 1.0, whose servers tagged it with the
// bare version.
func readOld(files fs.FS, v, name string) *clientFile {
	f := readClient(files, v+"/"+name)
	if f == nil {
		return nil
	}
	f.etag, f.bare = v, true
	if strings.HasPrefix(v, "0.6.") {
		f.contentType = "text/javascript"
	}
	return f
}

// readFlash returns a Flash program.
func readFlash(files fs.FS, name string) *clientFile {
	f := readClient(files, name)
	if f != nil {
		f.contentType = "application/x-shockwave-flash"
		f.gzipped, f.plain = nil, true
	}
	return f
}

// bundleName is what pages of 0.7 to 0.9 ask for to get a client of some
// transports only, of one version only, or both. The version lets it be cached
// for ever.
var bundleName = regexp.MustCompile(`^/socket\.io((?:\+[a-z-]{1,16}){0,5})(?:\.v([0-9.]{5,11}))?\.js$`)

// bundleParts are the transports of a client of 0.7 to 0.9.
var bundleParts = []string{"websocket", "flashsocket", "htmlfile", "xhr-polling", "jsonp-polling"}

// forEver is how the servers of 0.9 had a versioned client cached: Internet
// Explorer keeps what is compressed only with the extension.
const (
	forEver = `private, x-gzip-ok="", max-age=315360000`
	ages    = 315360000 * time.Second
)

// bundle returns what makes the client of 0.9 at a path, or nil. A client of some
// transports is the whole one, told to use no other: its parts would gain a few
// KiB and nothing else.
func (c *client) bundle(rest string) func() *clientFile {
	m := bundleName.FindStringSubmatch(rest)
	if m == nil || c.bundled == nil || m[2] != "" && m[2] != c.bundledVersion {
		return nil
	}
	parts := strings.Split(m[1], "+")[1:]
	for _, p := range parts {
		if !slices.Contains(bundleParts, p) {
			return nil
		}
	}
	return func() *clientFile {
		whole := c.bundled()
		if whole == nil {
			return nil
		}
		f := *whole
		if m[2] != "" {
			f.cache, f.lasts = forEver, ages
		}
		if len(parts) > 0 {
			f.data = slices.Concat(whole.data, []byte(";io.transports=[\""+strings.Join(parts, `","`)+"\"];\n"))
			f.gzipped = nil
			sum := sha256.Sum256([]byte(m[1]))
			f.etag += ":" + hex.EncodeToString(sum[:8])
		}
		return &f
	}
}
