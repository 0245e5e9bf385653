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
}

// clientFile is a file that was read.
type clientFile struct {
	data    []byte
	etag    string        // without quotes
	gzipped func() []byte // nil if that saves nothing
}

// newClient returns the handler of what files has, which may be nothing, or nil.
// A file is read when it is first asked for.
func newClient(files fs.FS) *client {
	c := &client{files: make(map[string]func() *clientFile)}
	for _, name := range clientNames {
		for _, n := range []string{name, name + ".map"} {
			c.files["/"+n] = sync.OnceValue(func() *clientFile { return readClient(files, n) })
		}
	}
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
	f := &clientFile{data: data, gzipped: sync.OnceValue(func() []byte { return gzipped(data) })}
	head := data
	if script, isMap := strings.CutSuffix(name, ".map"); isMap {
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
	read := c.files[rest]
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
		http.Error(w, "This server has no Socket.IO client to give away. Load the npm package socket.io-client from elsewhere, "+
			"or have the server built with it.", http.StatusNotFound)
		return true
	}
	f.serve(w, r, strings.HasSuffix(rest, ".map"))
	return true
}

func (f *clientFile) serve(w http.ResponseWriter, r *http.Request, isMap bool) {
	h := w.Header()
	h.Set("Content-Type", "application/javascript; charset=utf-8")
	if isMap {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	h.Set("Cache-Control", "public, max-age=0")
	h.Add("Vary", "Accept-Encoding")
	// There is nothing secret in it, and pages of other sites load it too.
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	data, etag := f.data, `"`+f.etag+`"`
	if transports.AcceptedEncoding(r.Header, "gzip") != "" {
		if z := f.gzipped(); z != nil {
			h.Set("Content-Encoding", "gzip")
			// The same file, but not the same bytes (RFC 9110 section 8.8.1).
			data, etag = z, "W/"+etag
		}
	}
	h.Set("ETag", etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}
