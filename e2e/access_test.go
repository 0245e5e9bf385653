package e2e_test

import (
	"strings"
	"testing"
)

// What assistive technology needs at the least. Each expression lists the
// elements that lack it.
var accessRules = []struct{ name, offenders string }{
	{"html has lang", `document.documentElement.lang ? [] : ["html"]`},
	{"one visible h1", `(() => {
		const seen = [...document.querySelectorAll("h1")].filter((e) => e.checkVisibility());
		return seen.length === 1 ? [] : [seen.length + " h1"];
	})()`},
	{"title", `document.title.trim() ? [] : ["title"]`},
	{"one main", `document.querySelectorAll("main").length === 1 ? [] : ["main"]`},
	{"fields have labels", `[...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
		.filter((e) => !e.labels?.length && !e.getAttribute("aria-label") && !e.getAttribute("aria-labelledby")).map((e) => e.outerHTML)`},
	{"buttons and links have names", `[...document.querySelectorAll("button, a[href]")]
		.filter((e) => !(e.getAttribute("aria-label") || e.textContent).trim()).map((e) => e.outerHTML)`},
	{"images have alternatives", `[...document.querySelectorAll("img:not([alt]), svg:not([aria-hidden=true]):not([aria-label])")].map((e) => e.outerHTML)`},
	{"ids are unique", `(() => {
		const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
		return ids.filter((id, i) => ids.indexOf(id) !== i);
	})()`},
	{"references lead somewhere", `["for", "aria-labelledby", "aria-describedby", "aria-controls"].flatMap((name) =>
		[...document.querySelectorAll("[" + name + "]")].filter((e) =>
			e.getAttribute(name).split(/\s+/).some((id) => !document.getElementById(id))).map((e) => e.outerHTML))`},
	{"no positive tabindex", `[...document.querySelectorAll("[tabindex]")].filter((e) => e.tabIndex > 0).map((e) => e.outerHTML)`},
}

func TestAccess(t *testing.T) {
	p := everwire(t)
	pages := []struct {
		name, path string
		tabs       []string // what Tab must reach, in this order among others
	}{
		{"login", "/", []string{".skip", "#token", "#login-button"}},
		{"landing", "/", []string{".skip", ".brand", "nav a[href='/shell']", "nav a[href='/chat']", "[data-choice='polling']", ".card a[href='/shell']", "#echo-text", "#echo-form button"}},
		{"chat", "/chat", []string{".skip", "nav a", "#join-name", "#join-room", "#join-button"}},
		{"shell", "/shell", []string{".skip", "nav a", "#find-button", "#reader-button", ".xterm-helper-textarea"}},
		{"lite", "/lite", []string{".skip", "nav a", "#echo-text", "#chat-name", "#chat-room", "#chat-text"}},
	}
	for _, page := range pages {
		t.Run(page.name, func(t *testing.T) {
			b := newTab(t)
			b.expect("status of 401")
			if page.name != "login" {
				b.logIn(p)
			}
			b.open(p.origin + page.path)
			b.wait("document.readyState === 'complete' && document.body.dataset.page === " + js(page.name))
			for _, rule := range accessRules {
				for _, offender := range eval[[]string](b, rule.offenders) {
					t.Errorf("%s: %s", rule.name, offender)
				}
			}
			b.expectTabs(page.tabs)
			b.resize(320, 640, true)
			if over := eval[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
				wide := eval[[]string](b, `[...document.querySelectorAll("body *")]
					.filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML.slice(0, 80))`)
				t.Errorf("320 pixels wide, the page scrolls sideways by %d: %q", over, wide)
			}
		})
	}
}

// expectTabs presses Tab through the page, and wants to come by the elements
// in their order.
func (b *tab) expectTabs(want []string) {
	b.t.Helper()
	eval[bool](b, "document.activeElement.blur(), window.getSelection().removeAllRanges(), true")
	// Blurring keeps the place in the order; a new start is in the first element.
	eval[bool](b, "document.body.tabIndex = -1, document.body.focus(), document.body.removeAttribute('tabindex'), true")
	var seen []string
	for range 40 {
		b.keys("\t")
		if eval[bool](b, "document.activeElement.matches("+js(want[0])+")") {
			if want = want[1:]; len(want) == 0 {
				return
			}
		}
		seen = append(seen, eval[string](b, "document.activeElement.outerHTML.slice(0, 60)"))
	}
	b.t.Errorf("Tab does not reach %s; it came by\n%s", want[0], strings.Join(seen, "\n"))
}
