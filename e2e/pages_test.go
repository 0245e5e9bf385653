package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestPrintedAddressLogsIn(t *testing.T) {
	p := everwire(t)
	b := newTab(t)
	b.logIn(p)
	if got := eval[string](b, "location.href"); got != p.origin+"/" {
		t.Errorf("the address is %s", got)
	}
	if n := eval[int](b, "history.length"); n > 2 {
		t.Errorf("%d entries in the history", n)
	}
	b.wait("document.querySelector('#transport').dataset.transport === 'websocket'")
	b.wait("/^[0-9]+(\\.[0-9])?$/.test(document.querySelector('#rtt').textContent)")
	if got := eval[[]string](b, "[...document.querySelectorAll('[data-moment]')].map((e) => e.dataset.moment)"); strings.Join(got, " ") != "connecting connected upgraded" {
		t.Errorf("what happened: %q", got)
	}

	urls, sockets := b.requests()
	if len(urls) < 5 || len(sockets) != 1 {
		t.Errorf("saw %d requests and the WebSockets %q", len(urls), sockets)
	}
	for _, u := range urls {
		if strings.Contains(u, p.token) {
			t.Errorf("the token is in the request %s", u)
		}
	}
	logged := strings.Replace(p.output(), p.address, "", 1) // as it was printed
	if strings.Contains(logged, p.token) {
		t.Error("the token is in the log")
	}
	if cookies := eval[string](b, "document.cookie"); cookies != "" {
		t.Errorf("scripts see the cookies %q", cookies)
	}
}

func TestLandingWithoutWebSocket(t *testing.T) {
	b := newTab(t)
	b.withoutWebSocket()
	b.logIn(everwire(t))
	b.wait("document.querySelector('#transport').dataset.transport === 'polling'")
	b.wait("/^[0-9]+(\\.[0-9])?$/.test(document.querySelector('#rtt').textContent)")
	if _, sockets := b.requests(); len(sockets) > 0 {
		t.Errorf("WebSockets %q", sockets)
	}
}

func TestLandingEcho(t *testing.T) {
	b := newTab(t)
	b.logIn(everwire(t))
	b.wait("document.querySelector('#transport').dataset.state === 'connected'")
	b.click("#echo-text")
	b.keys("<b>hello</b>\r")
	b.wait("document.querySelector('#echo-log li span') !== null")
	if got := b.text("#echo-log li span"); got != "<b>hello</b>" {
		t.Errorf("came back: %q", got)
	}
}

func TestWrongTokenIsExplained(t *testing.T) {
	p := everwire(t)
	b := newTab(t)
	b.expect("status of 401")
	b.open(p.origin + "/#t=wrong")
	b.wait("!document.querySelector('#login-error').hidden")
	if got := b.text("#login-error"); !strings.Contains(got, "token") {
		t.Errorf("the page says %q", got)
	}
	if got := eval[string](b, "location.href"); got != p.origin+"/" {
		t.Errorf("the address is %s", got)
	}
	// The form takes the printed address as a whole, too.
	b.click("#token")
	b.keys(p.address + "\r")
	b.wait("document.body.dataset.page === 'landing'")
}

func TestSignedOutPageSaysSo(t *testing.T) {
	p := everwire(t)
	b := newTab(t)
	b.expect("status of 401")
	b.logIn(p)
	b.wait("document.querySelector('#transport').dataset.transport === 'websocket'")
	status := eval[int](b, `(() => {
		const request = new XMLHttpRequest();
		request.open("POST", "/logout", false);
		request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
		request.setRequestHeader("Accept", "application/json");
		request.send();
		return request.status;
	})()`)
	if status != http.StatusNoContent {
		t.Fatalf("logout: status %d", status)
	}
	b.expect("WebSocket connection to") // a browser's own words for the refused reconnection
	b.wait("!document.querySelector('#notice').hidden")
	b.wait("document.querySelector('#notice').textContent.includes('signed out')")
	if got := b.text("#transport"); !strings.Contains(got, "igned out") {
		t.Errorf("the headline says %q", got)
	}
	b.click("#notice a")
	b.wait("document.body.dataset.page === 'login'")
}

func TestServerGoesAndComesBack(t *testing.T) {
	between := newCutter(t)
	p := ownEverwire(t, "--allow-origin", "http://"+between.addr)
	target := strings.TrimPrefix(p.origin, "http://")
	between.pass(target)
	b := newTab(t)
	b.expect("status of 401")
	b.expect("net::ERR_")
	b.open("http://" + between.addr + "/#t=" + p.token)
	b.wait("document.querySelector('#transport')?.dataset.transport === 'websocket'")
	between.pass("")
	between.cut()
	b.wait("document.querySelector('#transport').dataset.state === 'reconnecting'")
	b.wait("document.querySelector('#notice').textContent.includes('does not answer')")
	between.pass(target)
	b.wait("document.querySelector('#transport').dataset.transport === 'websocket'")
	b.wait("document.querySelector('#notice').hidden")
}
