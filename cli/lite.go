package cli

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/everwire/everwire/handlers/chat"
	"github.com/everwire/everwire/public"
	"github.com/everwire/everwire/server"
)

const (
	// liteBody is how large a form may be, in bytes. The guard, which may have
	// to look for the CSRF value in it, reads no more either.
	liteBody = 64 << 10
	// liteRoom is the room that /lite shows if none is named.
	liteRoom = "lobby"
)

// lite serves echo and chat by form, for browsers without script.
type lite struct {
	chat *chat.Chat // nil if it is switched off
	data func(*http.Request) public.Data
}

// mountLite registers /lite and the targets of its forms. data returns what all
// pages have in common; c may be nil if its Handlers do not name the chat.
func mountLite(srv *server.Server, c *chat.Chat, data func(*http.Request) public.Data) {
	l := &lite{chat: c, data: data}
	srv.Page("/lite", http.HandlerFunc(l.page))
	srv.Action("/lite/echo", l.form("echo", l.echo))
	srv.Action("/lite/chat", l.form("chat", l.say))
}

func (l *lite) page(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query() // what can be read of it
	l.show(w, r, q.Get("room"), q.Get("name"), "")
}

// echo answers with the page itself: there is nothing that a reload could do
// twice.
func (l *lite) echo(w http.ResponseWriter, r *http.Request) {
	l.show(w, r, "", "", r.PostForm.Get("text"))
}

// say posts a line and leads back to the page by GET, so that a reload does not
// post it again. Without a text it only goes to the room.
func (l *lite) say(w http.ResponseWriter, r *http.Request) {
	room, name := r.PostForm.Get("room"), r.PostForm.Get("name")
	// Forms send line ends as CR LF.
	text := strings.ReplaceAll(r.PostForm.Get("text"), "\r\n", "\n")
	if strings.TrimSpace(text) != "" {
		if err := l.chat.Post(room, name, text); err != nil {
			l.refuse(w, r, err)
			return
		}
	}
	query := url.Values{"room": {strings.TrimSpace(room)}, "name": {strings.TrimSpace(name)}}
	w.Header().Set("Location", "/lite?"+query.Encode())
	w.WriteHeader(http.StatusSeeOther)
}

// show writes the page.
func (l *lite) show(w http.ResponseWriter, r *http.Request, room, name, echo string) {
	d := l.data(r)
	d.CSRF = server.Grant(r).CSRF
	d.Room, d.Name, d.Echo = printable(room), printable(name), strings.ToValidUTF8(echo, "\ufffd")
	if d.Room == "" {
		d.Room = liteRoom
	}
	if l.chat != nil {
		for _, line := range l.chat.Lines(d.Room) {
			d.Lines = append(d.Lines, public.Line{At: line.At, Kind: string(line.Kind), Name: line.Name, Text: line.Text})
		}
	}
	public.Page(w, r, "lite", d)
}

// printable is what of a query is worth showing.
func printable(s string) string { return strings.TrimSpace(strings.ToValidUTF8(s, "\ufffd")) }

// form returns the handler of a form that belongs to the named handler of the
// server. It has read the form before next is called.
func (l *lite) form(handler string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		switch {
		case !l.data(r).Has(handler):
			l.fail(w, r, http.StatusNotFound, "The "+handler+" is switched off on this server.")
			return
		case r.Method != http.MethodPost:
			w.Header().Set("Allow", http.MethodPost)
			l.fail(w, r, http.StatusMethodNotAllowed, "This address takes a form. Open /lite to fill it in.")
			return
		case kind != "application/x-www-form-urlencoded":
			l.fail(w, r, http.StatusUnsupportedMediaType, "The form has to be sent as application/x-www-form-urlencoded.")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, liteBody)
		if err := r.ParseForm(); err != nil {
			if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
				l.fail(w, r, http.StatusRequestEntityTooLarge, "The form is larger than 64 KB.")
				return
			}
			l.fail(w, r, http.StatusBadRequest, "The form cannot be read.")
			return
		}
		next(w, r)
	})
}

// refuse answers with the chat's reason.
func (l *lite) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, message := http.StatusBadRequest, "The chat did not take the message."
	if why, ok := errors.AsType[*chat.Refusal](err); ok {
		message = why.Message
	}
	switch {
	case errors.Is(err, chat.ErrNameTaken):
		status = http.StatusConflict
	case errors.Is(err, chat.ErrTooManyRooms):
		status = http.StatusServiceUnavailable
	}
	l.fail(w, r, status, message)
}

// fail answers with a page that says what is wrong.
func (l *lite) fail(w http.ResponseWriter, r *http.Request, status int, message string) {
	d := l.data(r)
	d.Status, d.Title, d.Message = status, "This was not sent", message
	d.Remedy = "Go back in your browser: what you typed is still there."
	public.Page(w, r, "error", d)
}
