package public

import (
	"io/fs"
	"net/http"
)

// Site is a set of pages and assets that need not be the embedded one.
type Site struct{ s *site }

func NewSite(files fs.FS) (Site, error) {
	s, err := newSite(files)
	return Site{s}, err
}

func (s Site) Page(w http.ResponseWriter, r *http.Request, name string, d Data) {
	s.s.page(w, r, name, d)
}

func (s Site) Assets() http.Handler { return s.s.catalog }

func (s Site) Missing() []string { return s.s.missing() }

func (s Site) Client() fs.FS { return s.s.client }

var (
	Files          fs.FS = files
	PageNames            = pageNames
	Bundles              = bundles
	ClientNames          = clientNames
	OldClientNames       = oldClientNames
)
