package public

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed pages/*.html css/*.css img/*.svg age1/*.js age3/login.js all:dist
var files embed.FS

// pageNames are the pages there are; each has a file of its name.
var pageNames = []string{"chat", "error", "landing", "lite", "login", "shell"}

// Data is what a page shows. The zero value is valid: fields that a page does
// not use are ignored, and what is empty is left out or has the default named
// here. All text may come from strangers; it is escaped.
type Data struct {
	// Status is the HTTP status of the answer; 0 means 200.
	Status int
	// Title stands in the window's title and, on the error page, above the
	// message; empty means the page's own.
	Title string
	// CSRF is the value that proves to the server that a request comes from
	// its own page. Scripts find it in a meta element, forms send it as the
	// field "csrf".
	CSRF string
	// Version of the program, shown at the foot.
	Version string
	// Principal is who is signed in, beside a button that posts to /logout;
	// empty shows nobody and no button.
	Principal string
	// Handlers are the names of what runs here, such as "shell", "chat" and
	// "echo". Pages link only to these.
	Handlers []string

	// Next is the path to go to after signing in. Empty means the address of
	// a GET request, else "/". A value that is not a path on this server
	// becomes "/".
	Next string
	// Message says what went wrong, in a sentence; for login and error.
	Message string
	// Remedy says what to do about it; for error.
	Remedy string

	// Name and Room of the chat, Lines its history with the oldest first, and
	// Echo the text that came back; for lite.
	Name, Room string
	Lines      []Line
	Echo       string
}

// Line is one line of a chat.
type Line struct {
	At   time.Time
	Kind string // "say", "join" or "leave"; others are shown like "say"
	Name string
	Text string // of "say"
}

// Has reports whether the handler of that name runs here.
func (d Data) Has(name string) bool { return slices.Contains(d.Handlers, name) }

// view is what templates see: the caller's data and what Page adds.
type view struct {
	Data
	Page    string
	Bundled bool
	Refresh int // seconds between automatic reloads of lite; 0 is never
}

// Page writes the page of that name: "landing", "shell", "chat", "lite",
// "login" or "error". It sets the content type, the Content-Security-Policy and
// the other headers that protect a page, forbids caching, and sends the status
// of d. Headers that the caller set before stay, unless they are among these.
// An unknown name is answered with 500. It may be called concurrently.
func Page(w http.ResponseWriter, r *http.Request, name string, d Data) {
	embedded().page(w, r, name, d)
}

// site is a catalog of assets with the pages that use them.
type site struct {
	catalog *catalog
	pages   map[string]*template.Template
	bundled bool
	client  fs.FS
}

// embedded is the site in this binary. The files are fixed at compile time, so
// an error is a mistake in them that every test of this package shows.
var embedded = sync.OnceValue(func() *site {
	s, err := newSite(files)
	if err != nil {
		panic("public: " + err.Error())
	}
	return s
})

func newSite(files fs.FS) (*site, error) {
	c, err := newCatalog(files)
	if err != nil {
		return nil, err
	}
	s := &site{catalog: c, pages: map[string]*template.Template{}, bundled: len(c.missing()) == 0, client: clientOf(files)}
	for _, name := range pageNames {
		t, err := template.New("layout.html").
			Option("missingkey=error").
			Funcs(template.FuncMap{"asset": c.url}).
			ParseFS(files, "pages/layout.html", "pages/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parsing page %s: %w", name, err)
		}
		s.pages[name] = t
	}
	return s, nil
}

func (s *site) page(w http.ResponseWriter, r *http.Request, name string, d Data) {
	t := s.pages[name]
	if t == nil {
		http.Error(w, "no such page", http.StatusInternalServerError)
		return
	}
	v := view{Data: d, Page: name, Bundled: s.bundled}
	switch name {
	case "login":
		v.Next = nextPath(r, d.Next)
	case "lite":
		v.Refresh = refreshSeconds(r)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		http.Error(w, "the page could not be written", http.StatusInternalServerError)
		return
	}
	setPageHeaders(w.Header(), name)
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	if d.Status != 0 {
		w.WriteHeader(d.Status)
	}
	_, _ = w.Write(b.Bytes()) // a client that went away needs no page
}

// nextPath returns a path on this server. A value that a browser would take for
// another host, such as "//host" or "/\host", becomes "/".
func nextPath(r *http.Request, next string) string {
	if next == "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		next = r.URL.RequestURI()
	}
	local := strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "//")
	if !local || strings.ContainsFunc(next, func(c rune) bool { return c == '\\' || c < ' ' || c == 0x7f }) {
		return "/"
	}
	if next == "/login" || strings.HasPrefix(next, "/login?") {
		return "/" // the form itself is no place to go to
	}
	return next
}

// refreshSeconds reads the query field "refresh" of lite: from 5 to 300.
func refreshSeconds(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("refresh"))
	if err != nil || n < 5 || n > 300 {
		return 0
	}
	return n
}
