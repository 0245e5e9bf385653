package e2e_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// formLogIn signs in without script.
func (b *tab) formLogIn(p *program) {
	b.t.Helper()
	b.withoutScript()
	b.expect("status of 401")
	b.open(p.origin + "/")
	b.submit(chromedp.SendKeys(chromedp.CSS("#token"), p.token+"\r"))
	b.waitText("body", "What runs here")
}

// submit does what leads to another page, and waits for that.
func (b *tab) submit(action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, action); err != nil {
		b.t.Fatal(err)
	}
}

// waitText is for pages without script: the text is there or it never comes.
func (b *tab) waitText(selector, text string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		b.t.Fatal(err)
	}
	if !strings.Contains(got, text) {
		b.t.Fatalf("%s is without %q:\n%s", selector, text, got)
	}
}

func TestPagesWithoutScript(t *testing.T) {
	p := everwire(t)
	b := newTab(t)
	b.formLogIn(p)
	for _, path := range []string{"/", "/shell", "/chat"} {
		b.open(p.origin + path)
		b.waitText("noscript p", "script is off here")
		b.submit(chromedp.Click(chromedp.CSS("noscript a")))
		b.waitText("h1", "Without script")
	}
}

func TestWrongTokenWithoutScript(t *testing.T) {
	p := everwire(t)
	b := newTab(t)
	b.withoutScript()
	b.expect("status of 401")
	b.open(p.origin + "/")
	b.submit(chromedp.SendKeys(chromedp.CSS("#token"), "wrong\r"))
	b.waitText("body", "token")
}

func TestLite(t *testing.T) {
	p := everwire(t)
	b := newTab(t)
	b.formLogIn(p)
	b.open(p.origin + "/lite")
	hostile := `<b onclick="x()">grün & ☃</b>`
	b.submit(chromedp.SendKeys(chromedp.CSS("#echo-text"), hostile+"\r"))
	b.waitText("#echo-answer", hostile)

	live := newTab(t)
	live.join(p, "Live", "lite")
	for selector, text := range map[string]string{"#chat-name": "Paper", "#chat-room": "lite", "#chat-text": hostile} {
		eval[string](b, "document.querySelector("+js(selector)+").value = "+js(text))
	}
	b.submit(chromedp.Submit(chromedp.CSS("#chat-text")))
	b.waitText("#lines", "Paper "+hostile)
	live.waitSaid("Paper " + hostile)
	live.keys("seen\r")
	live.waitSaid("Live seen")
	b.open(p.origin + "/lite?room=lite&name=Paper")
	b.waitText("#lines", "Live seen")
}
