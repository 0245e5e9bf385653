package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/everwire/everwire/server/guard"
	"github.com/everwire/everwire/transports"
)

// clientNames are the files of npm's socket.io-client that are served below
// Options.Path, each with its source map.
var clientNames = []string{"socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"}

// client serves Socket.IO's client for browsers.
type client struct {
	files map[string]func() *clientFile // by path below Options.Path
	// bundled is a client of 0.7 to 0.9, which is served in parts too, and its
	// version; nil if there is none. See oldclient.go.
	bundled        func() *clientFile
	bundledVersion string
}

// clientFile is a file that was read.
type clientFile struct {
	data        []byte
	contentType string
	cache       string        // Cache-Control
	lasts       time.Duration // until it expires; 0 if the header is not to say
	plain       bool          // nobody may add a query
	etag        string        // without quotes
	bare        bool          // on the wire too
	gzipped     func() []byte // nil if that saves nothing
}

// newClient returns the handler of what files has, which may be nothing, or nil.
// A file is read when it is first asked for.
func newClient(files fs.FS, flash bool) *client {
	c := &client{files: make(map[string]func() *clientFile)}
	for _, name := range clientNames {
		for _, n := range []string{name, name + ".map"} {
			c.files["/"+n] = sync.OnceValue(func() *clientFile { return readClient(files, n) })
		}
	}
	c.addVersions(files, flash)
	return c
}

// version finds the version in the comment with which each script begins.
var version = regexp.MustCompile(`^/\*!\s*\*\s*Socket\.IO v([0-9A-Za-z.+-]{1,40})\s`)

// readClient returns a file, or nil if there is none.
func readClient(files fs.FS, name string) *clientFile {
	if files == nil {
		return nil
	}
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil
	}
	f := &clientFile{data: data, contentType: "application/javascript; charset=utf-8", cache: "public, max-age=0",
		gzipped: sync.OnceValue(func() []byte { return gzipped(data) })}
	head := data
	if script, isMap := strings.CutSuffix(name, ".map"); isMap {
		f.contentType = "application/json; charset=utf-8"
		head, _ = fs.ReadFile(files, script)
	}
	if m := version.FindSubmatch(head); m != nil {
		f.etag = string(m[1])
	} else {
		sum := sha256.Sum256(data)
		f.etag = hex.EncodeToString(sum[:8])
	}
	return f
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	w.Write(data)                                         // a bytes.Buffer never fails
	w.Close()
	if b.Len() >= len(data) {
		return nil
	}
	return b.Bytes()
}

// serve answers a request for one of the files and reports whether it is for
// one. rest is the path below Options.Path.
func (c *client) serve(s *Server, w http.ResponseWriter, r *http.Request, rest string) bool {
	if c == nil {
		return false
	}
	read := c.find(rest)
	if read == nil {
		return false
	}
	gr, why := s.admit(w, r, guard.Public)
	switch {
	case why == answered:
		return true
	case why != nil:
		s.logRefusal(r, gr, why)
		why.SetHeader(w.Header())
		http.Error(w, why.Message, why.Status)
		return true
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "This file is only for reading.", http.StatusMethodNotAllowed)
		return true
	}
	f := read()
	if f == nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "This server has no such Socket.IO client to give away. Load the npm package socket.io-client from elsewhere, "+
			"or have the server built with it.", http.StatusNotFound)
		return true
	}
	if f.plain && r.URL.RawQuery != "" {
		// A query would be parameters of the program.
		http.Error(w, "This file has no parameters.", http.StatusBadRequest)
		return true
	}
	f.serve(w, r)
	return true
}

// clientName is what files of clients are called, of whatever version.
var clientName = regexp.MustCompile(`^/(?:[0-9.]{5,11}/)?socket\.io[a-z0-9.+-]{0,80}\.js(?:\.map)?$`)

// find returns what reads the file of a client at a path below Options.Path, which
// need not be there; nil if the path is none of a client's.
func (c *client) find(rest string) func() *clientFile {
	if read := c.files[rest]; read != nil {
		return read
	}
	if read := c.bundle(rest); read != nil || !clientName.MatchString(rest) {
		return read
	}
	return func() *clientFile { return nil }
}

func (f *clientFile) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.cache)
	if f.lasts > 0 {
		h.Set("Expires", time.Now().Add(f.lasts).UTC().Format(http.TimeFormat))
	}
	h.Add("Vary", "Accept-Encoding")
	// There is nothing secret in it, and pages of other sites load it too.
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	data, etag := f.data, f.etag
	if !f.bare {
		etag = `"` + etag + `"`
	}
	if transports.AcceptedEncoding(r.Header, "gzip") != "" && f.gzipped != nil {
		if z := f.gzipped(); z != nil {
			h.Set("Content-Encoding", "gzip")
			data = z
			if !f.bare {
				// The same file, but not the same bytes (RFC 9110 section 8.8.1).
				etag = "W/" + etag
			}
		}
	}
	h["Etag"] = []string{etag}
	if f.bare && r.Header.Get("If-None-Match") == etag {
		// http.ServeContent knows only tags in quotes.
		h.Del("Content-Type")
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}
