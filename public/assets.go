package public

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// assetPrefix is where assets live on the server.
const assetPrefix = "/assets/"

// immutable tells caches that the bytes behind a hashed name never change
// (RFC 8246).
const immutable = "public, max-age=31536000, immutable"

// assetDirs are the folders whose files are served. Names are unique across
// them.
var assetDirs = []string{"css", "img", "age1", "age3", "dist"}

// bundles are the files that the build step puts into dist.
var bundles = []string{"chat.js", "landing.js", "shell.js", "third-party.txt", "xterm.css"}

var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
}

// asset is one embedded file, ready to be served.
type asset struct {
	url       string // "/assets/name.hash.ext"
	sum       string // first ten hexadecimal digits of the SHA-256
	mediaType string
	data      []byte
	gzipped   func() []byte // compresses once; nil if that saves nothing
}

// catalog finds assets by their plain names and by their URLs.
type catalog struct {
	byName map[string]*asset
	byURL  map[string]*asset
}

// newCatalog reads every file of assetDirs that has a known extension.
func newCatalog(files fs.FS) (*catalog, error) {
	c := &catalog{byName: map[string]*asset{}, byURL: map[string]*asset{}}
	for _, dir := range assetDirs {
		entries, err := fs.ReadDir(files, dir)
		if err != nil {
			return nil, fmt.Errorf("reading assets: %w", err)
		}
		for _, e := range entries {
			if e.IsDir() || mediaTypes[path.Ext(e.Name())] == "" {
				continue
			}
			data, err := fs.ReadFile(files, path.Join(dir, e.Name()))
			if err != nil {
				return nil, fmt.Errorf("reading assets: %w", err)
			}
			if c.byName[e.Name()] != nil {
				return nil, fmt.Errorf("reading assets: two files are called %s", e.Name())
			}
			a := newAsset(e.Name(), data)
			c.byName[e.Name()] = a
			c.byURL[a.url] = a
		}
	}
	return c, nil
}

func newAsset(name string, data []byte) *asset {
	full := sha256.Sum256(data)
	sum := hex.EncodeToString(full[:])[:10]
	ext := path.Ext(name)
	return &asset{
		url:       assetPrefix + strings.TrimSuffix(name, ext) + "." + sum + ext,
		sum:       sum,
		mediaType: mediaTypes[ext],
		data:      data,
		gzipped:   sync.OnceValue(func() []byte { return compress(data) }),
	}
}

// compress returns data in gzip format, or nil if that is not smaller.
func compress(data []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = w.Write(data)                                  // a bytes.Buffer never fails
	_ = w.Close()
	if b.Len() >= len(data) {
		return nil
	}
	return b.Bytes()
}

// url is the template function "asset".
func (c *catalog) url(name string) (string, error) {
	a := c.byName[name]
	if a == nil {
		return "", fmt.Errorf("no asset %q", name)
	}
	return a.url, nil
}

func (c *catalog) missing() []string {
	var names []string
	for _, name := range bundles {
		if c.byName[name] == nil {
			names = append(names, name)
		}
	}
	return names
}

// ServeHTTP answers GET and HEAD of hashed names, with 304 where the client has
// the bytes already and with gzip where it takes that.
func (c *catalog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	a := c.byURL[r.URL.Path]
	if a == nil {
		h.Set("Cache-Control", "no-store")
		http.Error(w, "no such asset", http.StatusNotFound)
		return
	}
	h.Set("Content-Type", a.mediaType)
	h.Set("Cache-Control", immutable)
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Vary", "Accept-Encoding")
	data, tag := a.data, a.sum
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		if z := a.gzipped(); z != nil {
			data, tag = z, a.sum+"-gzip"
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// acceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3). A weight of zero
// refuses; the wildcard counts only where gzip itself is not named.
func acceptsGzip(headers []string) bool {
	wildcard := false
	for _, header := range headers {
		for item := range strings.SplitSeq(header, ",") {
			coding, params, _ := strings.Cut(item, ";")
			refused := zeroWeight(params)
			switch strings.ToLower(strings.TrimSpace(coding)) {
			case "gzip", "x-gzip":
				return !refused
			case "*":
				wildcard = !refused
			}
		}
	}
	return wildcard
}

// zeroWeight reports whether a parameter list says q=0, q=0.0 and so on.
func zeroWeight(params string) bool {
	name, value, _ := strings.Cut(strings.TrimSpace(params), "=")
	if !strings.EqualFold(strings.TrimSpace(name), "q") {
		return false
	}
	value = strings.TrimSpace(value)
	return value != "" && strings.Trim(value, "0.") == ""
}

// Assets returns the handler for every path below /assets/. Names contain a
// hash of the bytes; answers may be cached for ever and carry an ETag, and text
// is compressed with gzip where the client takes it. Other names get 404. The
// handler may be used concurrently.
func Assets() http.Handler { return embedded().catalog }

// Missing returns the names of the bundle files that this binary was built
// without, those of the pages first, each sorted; nil means that it is complete.
// The pages say so themselves.
func Missing() []string { return embedded().missing() }

func (s *site) missing() []string { return append(s.catalog.missing(), missingClient(s.client)...) }
