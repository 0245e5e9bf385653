package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

const adminPassword = "open sesame"

func TestAdminProtocol(t *testing.T) {
	need(t, "node", "clients")
	server := conformance(t, "-admin-password", adminPassword, "-admin-writable")
	for _, mode := range []string{"polling", "websocket", "upgrade"} {
		t.Run(mode, func(t *testing.T) {
			report(t, []string{"wrong password", "config and session", "all sockets", "a client's life", "numbers", "emit, join, leave, disconnect"},
				script(t, nil, "admin.mjs", mode, server.String(), adminPassword))
		})
	}
}

// The page of @socket.io/admin-ui, from a web server of its own, logs in and
// shows who is there.
func TestAdminPage(t *testing.T) {
	need(t, "node", "clients")
	site := httptest.NewServer(http.FileServer(http.Dir(filepath.Join("node_modules", "@socket.io", "admin-ui", "ui", "dist"))))
	t.Cleanup(site.Close)
	// The page asks with credentials, which no answer to everybody allows.
	server := conformance(t, "-admin-password", adminPassword, "-origin", site.URL)
	// Somebody is there: of the namespaces that it learns of first, the page
	// shows the root.
	client := newTab(t)
	client.expect("fonts.googleapis.com")
	client.expect("cdn.jsdelivr.net")
	client.open(site.URL)
	eval[bool](client, enterByHand("ws"+strings.TrimPrefix(server.String(), "http")))
	client.wait("window.sid")
	id := eval[string](client, "sid")

	b := newTab(t)
	b.expect("fonts.googleapis.com") // the page wants fonts of other sites
	b.expect("cdn.jsdelivr.net")
	b.expect("WebSocket is closed before") // the first login's, given up
	b.open(site.URL)

	// The form, as a person fills it in: address, name, password.
	fill := func(n int, text string) {
		b.wait("document.querySelectorAll('form input').length > " + js(n))
		eval[bool](b, "document.querySelectorAll('form input')["+js(n)+"].focus() || true")
		b.keys(text)
	}
	fill(0, server.String())
	fill(1, "admin")
	fill(2, "wrong")
	b.click("form button[type=submit]")
	b.wait("document.body.innerText.includes('Invalid credentials')")
	eval[bool](b, "document.querySelectorAll('form input')[2].select() || true")
	b.keys(adminPassword)
	b.click("form button[type=submit]")
	b.wait("localStorage.getItem('session_id')")

	b.wait(seen(id))

	// It comes back without the password.
	b.open(site.URL)
	b.wait(seen(id))
}

// enterByHand is an expression that opens a connection, enters the root
// namespace and puts the id into sid.
func enterByHand(server string) string {
	return `(() => {
	const ws = new WebSocket(` + js(server+"/socket.io/?EIO=4&transport=websocket") + `);
	ws.onmessage = ({ data }) => {
		if (data[0] === "0") ws.send("40");
		if (data === "2") ws.send("3");
		if (data.startsWith("40{")) window.sid = JSON.parse(data.slice(2)).sid;
	};
	return true;
})()`
}

// seen is true when the page of all sockets shows this one.
func seen(id string) string {
	return "(location.hash = '#/sockets/') && document.body.innerText.includes(" + js(id) + ")"
}

// The program's own login comes first: the page, on another port of the same host,
// has the cookie of the browser that signed in.
func TestAdminPageOfTheProgram(t *testing.T) {
	need(t, "node", "clients")
	site := httptest.NewServer(http.FileServer(http.Dir(filepath.Join("node_modules", "@socket.io", "admin-ui", "ui", "dist"))))
	t.Cleanup(site.Close)
	const password = "a password of the operator"
	p := ownEverwire(t, "--admin-mode", "read-only", "--admin-password", password, "--allow-origin", site.URL)
	b := newTab(t)
	b.expect("fonts.googleapis.com")
	b.expect("cdn.jsdelivr.net")
	b.expect("WebSocket is closed before")
	b.logIn(p)
	b.open(site.URL)
	for n, text := range []string{p.origin, "admin", password} {
		b.wait("document.querySelectorAll('form input').length > " + js(n))
		eval[bool](b, "document.querySelectorAll('form input')["+js(n)+"].focus() || true")
		b.keys(text)
	}
	b.click("form button[type=submit]")
	b.wait("localStorage.getItem('session_id')")
	b.wait("(location.hash = '#/namespaces/') && document.body.innerText.includes('/chat')")
}
