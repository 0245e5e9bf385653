package public_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/public"
)

var assetURL = regexp.MustCompile(`/assets/[A-Za-z0-9._-]+`)

// styleURL returns where a page finds the style sheet.
func styleURL(t *testing.T, site public.Site) string {
	t.Helper()
	body := render(t, site, "/", "error", public.Data{}).Body.String()
	for _, url := range assetURL.FindAllString(body, -1) {
		if strings.HasSuffix(url, ".css") {
			return url
		}
	}
	t.Fatal("the page names no style sheet")
	return ""
}

func get(h http.Handler, method, url string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAssetNamesContainTheHashOfTheirBytes(t *testing.T) {
	site := newSite(t, true)
	for _, page := range public.PageNames {
		body := render(t, site, "/", page, public.Data{Handlers: []string{"shell", "chat", "echo"}}).Body.String()
		urls := assetURL.FindAllString(body, -1)
		if len(urls) < 2 {
			t.Fatalf("page %s: %d assets, want a style sheet and an icon at least", page, len(urls))
		}
		for _, url := range urls {
			w := get(site.Assets(), "GET", url, nil)
			if w.Code != http.StatusOK {
				t.Errorf("page %s names %s, which answers %d", page, url, w.Code)
				continue
			}
			sum := sha256.Sum256(w.Body.Bytes())
			parts := strings.Split(url, ".")
			if got, want := parts[len(parts)-2], hex.EncodeToString(sum[:])[:10]; got != want {
				t.Errorf("%s: hash %s, want %s", url, got, want)
			}
		}
	}
}

func TestAssetIsTheFileOnDisk(t *testing.T) {
	want, err := os.ReadFile("css/everwire.css")
	if err != nil {
		t.Fatal(err)
	}
	site := newSite(t, true)
	w := get(site.Assets(), "GET", styleURL(t, site), nil)
	if !bytes.Equal(w.Body.Bytes(), want) {
		t.Error("the style sheet that is served is not the one on disk")
	}
}

func TestAssetHeaders(t *testing.T) {
	site := newSite(t, true)
	h := get(site.Assets(), "GET", styleURL(t, site), nil).Header()
	for name, want := range map[string]string{
		"Content-Type":                 "text/css; charset=utf-8",
		"Cache-Control":                "public, max-age=31536000, immutable",
		"Vary":                         "Accept-Encoding",
		"X-Content-Type-Options":       "nosniff",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Content-Encoding":             "",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestAssetInGzip(t *testing.T) {
	site := newSite(t, true)
	url := styleURL(t, site)
	plain := get(site.Assets(), "GET", url, nil)
	packed := get(site.Assets(), "GET", url, http.Header{"Accept-Encoding": {"br, gzip"}})
	if got := packed.Header().Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("Content-Encoding %q, want gzip", got)
	}
	if packed.Body.Len() >= plain.Body.Len() {
		t.Errorf("%d bytes in gzip, %d without", packed.Body.Len(), plain.Body.Len())
	}
	if packed.Header().Get("ETag") == plain.Header().Get("ETag") {
		t.Error("both representations have the same ETag (RFC 9110 section 8.8.3)")
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(unpacked, plain.Body.Bytes()) {
		t.Error("the bytes in gzip are not the plain ones")
	}
}

// RFC 9110 section 12.5.3.
func TestAssetEncodingFollowsAcceptEncoding(t *testing.T) {
	site := newSite(t, true)
	url := styleURL(t, site)
	for header, want := range map[string]string{
		"":                      "",
		"gzip":                  "gzip",
		"GZIP":                  "gzip",
		"x-gzip":                "gzip",
		"deflate, gzip;q=0.5":   "gzip",
		"gzip;q=0":              "",
		"gzip; q=0.000":         "",
		"gzip;q=0.001":          "gzip",
		"*":                     "gzip",
		"*;q=0":                 "",
		"*, gzip;q=0":           "",
		"identity":              "",
		"gzipped":               "",
		"br;q=1.0, *;q=0.1":     "gzip",
		"identity;q=0.5, *;q=0": "",
	} {
		w := get(site.Assets(), "GET", url, http.Header{"Accept-Encoding": {header}})
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q, want %q", header, got, want)
		}
	}
}

func TestAssetIsNotSentTwice(t *testing.T) {
	site := newSite(t, true)
	url := styleURL(t, site)
	for _, encoding := range []string{"", "gzip"} {
		header := http.Header{"Accept-Encoding": {encoding}}
		tag := get(site.Assets(), "GET", url, header).Header().Get("ETag")
		header.Set("If-None-Match", tag)
		w := get(site.Assets(), "GET", url, header)
		if w.Code != http.StatusNotModified || w.Body.Len() != 0 {
			t.Errorf("encoding %q: status %d with %d bytes, want 304 without", encoding, w.Code, w.Body.Len())
		}
		header.Set("If-None-Match", `"another"`)
		if w := get(site.Assets(), "GET", url, header); w.Code != http.StatusOK {
			t.Errorf("encoding %q, another ETag: status %d, want 200", encoding, w.Code)
		}
	}
}

func TestAssetHead(t *testing.T) {
	site := newSite(t, true)
	url := styleURL(t, site)
	w := get(site.Assets(), "HEAD", url, nil)
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: status %d, %d bytes, Content-Length %q", w.Code, w.Body.Len(), w.Header().Get("Content-Length"))
	}
}

func TestAssetRefusals(t *testing.T) {
	site := newSite(t, true)
	style := styleURL(t, site)
	for _, c := range []struct {
		method, url string
		want        int
	}{
		{"GET", "/assets/everwire.css", 404},
		{"GET", "/assets/everwire.0000000000.css", 404},
		{"GET", "/assets/", 404},
		{"GET", "/assets/pages/login.html", 404},
		{"GET", "/assets/../pages/login.html", 404},
		{"GET", style + "/", 404},
		{"POST", style, 405},
		{"DELETE", "/assets/none", 405},
	} {
		w := get(site.Assets(), c.method, c.url, nil)
		if w.Code != c.want {
			t.Errorf("%s %s: status %d, want %d", c.method, c.url, w.Code, c.want)
		}
		if w.Header().Get("Cache-Control") == "public, max-age=31536000, immutable" {
			t.Errorf("%s %s: a refusal may be cached for ever", c.method, c.url)
		}
	}
}

func TestMissing(t *testing.T) {
	if got := newSite(t, true).Missing(); got != nil {
		t.Errorf("complete: missing %q, want nil", got)
	}
	got := newSite(t, false).Missing()
	want := []string{"chat.js", "landing.js", "shell.js", "third-party.txt", "xterm.css",
		"client/socket.io.esm.min.js", "client/socket.io.esm.min.js.map", "client/socket.io.js", "client/socket.io.js.map",
		"client/socket.io.min.js", "client/socket.io.min.js.map", "client/socket.io.msgpack.min.js", "client/socket.io.msgpack.min.js.map",
		"client/0.6.3/WebSocketMain.swf", "client/0.6.3/socket.io.js", "client/0.9.17/WebSocketMain.swf", "client/0.9.17/socket.io.js",
		"client/2.5.0/socket.io.js"}
	if !slices.Equal(got, want) {
		t.Errorf("without bundles: missing %q, want %q", got, want)
	}
	for _, name := range public.Missing() {
		if !slices.Contains(want, name) {
			t.Errorf("embedded: %q is missing, which is no bundle", name)
		}
	}
}

// The client is served by the server's front door, which knows its names, and
// not as an asset.
func TestClient(t *testing.T) {
	site := newSite(t, true)
	data, err := fs.ReadFile(site.Client(), "socket.io.min.js")
	if err != nil || string(data) != "client socket.io.min.js" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := fs.ReadFile(newSite(t, false).Client(), "socket.io.js"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without bundles: %v", err)
	}
	if _, err := fs.ReadFile(site.Client(), "../chat.js"); err == nil {
		t.Error("a file beside the client's is in it")
	}
}
