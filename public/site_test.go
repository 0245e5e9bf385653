package public_test

import (
	"io/fs"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/everwire/everwire/public"
)

// newSite returns the embedded pages with made-up bundles, or with none: so the
// tests do not depend on whether Node built the real ones.
func newSite(t *testing.T, bundled bool) public.Site {
	t.Helper()
	files := fstest.MapFS{"dist/.gitkeep": {}}
	err := fs.WalkDir(public.Files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(name, "dist/") {
			return err
		}
		data, err := fs.ReadFile(public.Files, name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if bundled {
		for _, name := range public.Bundles {
			files["dist/"+name] = &fstest.MapFile{Data: []byte("bundle " + name)}
		}
		for _, name := range public.ClientNames {
			files["dist/client/"+name] = &fstest.MapFile{Data: []byte("client " + name)}
			files["dist/client/"+name+".map"] = &fstest.MapFile{Data: []byte("map of " + name)}
		}
		for _, name := range public.OldClientNames {
			files["dist/client/"+name] = &fstest.MapFile{Data: []byte("client " + name)}
		}
	}
	site, err := public.NewSite(files)
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// render returns the answer with a page.
func render(t *testing.T, site public.Site, target, name string, d public.Data) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	site.Page(w, httptest.NewRequest("GET", target, nil), name, d)
	return w
}
