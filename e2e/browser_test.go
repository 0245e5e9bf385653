package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long a page may take to show what a test waits for.
const patience = 20 * time.Second

// browser is the one Chromium of all tests.
var browser struct {
	once sync.Once
	ctx  context.Context
	stop context.CancelFunc
	err  error
}

func startBrowser() {
	dir, err := os.MkdirTemp(scratch, "chromium")
	if err != nil {
		browser.err = err
		return
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"),
		chromedp.Flag("headless", "new"),
		// Of no use as root, and the only pages are our own.
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.UserDataDir(dir),
		chromedp.WindowSize(1100, 720),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Env("LANG=en_US.UTF-8", "TZ=UTC"),
	)
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), opts...)
	browser.ctx, browser.stop = chromedp.NewContext(allocator)
	stopContext := browser.stop
	browser.stop = func() { stopContext(); stopAllocator() }
	browser.err = chromedp.Do(browser.ctx)
}

func stopBrowser() error {
	if browser.ctx == nil {
		return nil
	}
	defer browser.stop()
	ctx, cancel := context.WithTimeout(browser.ctx, 10*time.Second)
	defer cancel()
	return chromedp.Cancel(ctx)
}

// tab is a page in a browser context of its own: it shares no cookie with
// others. What goes wrong in it fails the test at the end, unless expected.
type tab struct {
	t   *testing.T
	ctx context.Context
	// transport is what the pages should come to use.
	transport string

	mu       sync.Mutex // guards below
	urls     []string   // of all requests
	sockets  []string   // of all WebSockets
	problems []string   // errors in the console, and what was blocked
	expected []string
}

// newTab opens an empty page.
func newTab(t *testing.T) *tab {
	t.Helper()
	need(t, "chromium")
	browser.once.Do(startBrowser)
	if browser.err != nil {
		t.Fatalf("chromium does not start: %v", browser.err)
	}
	ctx, cancel := chromedp.NewContext(browser.ctx, chromedp.WithNewBrowserContext())
	b := &tab{t: t, ctx: ctx, transport: "websocket"}
	t.Cleanup(func() {
		b.checkProblems()
		cancel()
	})
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.urls = append(b.urls, e.Request.URL)
	case *network.EventWebSocketCreated:
		b.urls = append(b.urls, e.URL)
		b.sockets = append(b.sockets, e.URL)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.problems = append(b.problems, fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, "exception: "+(&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			text, _ := json.Marshal(e.Args)
			b.problems = append(b.problems, fmt.Sprintf("console.%s: %s", e.Type, text))
		}
	}
}

// expect allows problems that contain the text.
func (b *tab) expect(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, text)
}

func (b *tab) checkProblems() {
	b.mu.Lock()
	defer b.mu.Unlock()
problems:
	for _, problem := range b.problems {
		for _, text := range b.expected {
			if strings.Contains(problem, text) {
				continue problems
			}
		}
		b.t.Errorf("in the console: %s", problem)
	}
}

func (b *tab) requests() (urls, sockets []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.urls...), append([]string(nil), b.sockets...)
}

// do runs actions, each within the tests' patience.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for _, action := range actions {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		err := chromedp.Do(ctx, action)
		cancel()
		if err != nil {
			b.t.Fatalf("%v\n%s", err, b.state())
		}
	}
}

// open goes to an address and waits until it has been loaded.
func (b *tab) open(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate(address))
}

// click clicks on the middle of an element, once it can be seen.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// call sends a command of the browser's protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, command, params); err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
}

// keys presses and releases keys, one after the other, wherever the focus is.
// A keydown that the page cancels types nothing, as with a real keyboard;
// chromedp.KeyEvent would type all the same.
func (b *tab) keys(text string) {
	b.t.Helper()
	for _, r := range text {
		events := kb.Encode(r)
		down, up := events[0], events[len(events)-1]
		down.Type, up.Type = input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp
		for _, e := range events {
			if e.Type == input.DispatchKeyEventTypeChar {
				down.Text, down.UnmodifiedText = e.Text, e.UnmodifiedText
			}
		}
		for _, e := range []*input.DispatchKeyEventParams{down, up} {
			call(b, input.DispatchKeyEvent, *e)
		}
	}
}

// beforeScripts runs a script in each document before its own.
func (b *tab) beforeScripts(source string) {
	b.t.Helper()
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
}

// withoutWebSocket makes a browser that has none, before any script runs.
func (b *tab) withoutWebSocket() {
	b.t.Helper()
	b.beforeScripts("delete window.WebSocket")
	b.transport = "polling"
}

// withoutScript makes a browser that runs no script.
func (b *tab) withoutScript() {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// resize makes the window's inside that large, in CSS pixels.
func (b *tab) resize(width, height int64, mobile bool) {
	b.t.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: mobile})
}

// prefer sets a media feature, such as prefers-color-scheme.
func (b *tab) prefer(feature, value string) {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: feature, Value: value}}})
}

// eval returns the value of a JavaScript expression in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := tryEval[T](b, expression)
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func tryEval[T any](b *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// wait waits until a JavaScript expression is true; it may lead over several
// pages.
func (b *tab) wait(expression string) {
	b.t.Helper()
	if !b.becomes(expression, patience) {
		b.t.Fatalf("not within %v: %s\n%s", patience, expression, b.state())
	}
}

func (b *tab) becomes(expression string, limit time.Duration) bool {
	return nil == until(b.ctx, limit, 25*time.Millisecond, func() error {
		// Between two pages there is nothing to evaluate it in.
		ok, err := tryEval[bool](b, "Boolean("+expression+")")
		if err == nil && !ok {
			err = errors.New("it is false")
		}
		return err
	})
}

// text is what can be seen of an element.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return eval[string](b, fmt.Sprintf("(document.querySelector(%s) || {innerText: ''}).innerText", js(selector)))
}

// state describes the page for a failed test.
func (b *tab) state() string {
	where, _ := tryEval[string](b, "location.href.split('#')[0]")
	what, _ := tryEval[string](b, "document.body.innerText.slice(0, 2000)")
	screen, _ := tryEval[string](b, screenText)
	focus, _ := tryEval[string](b, "document.activeElement.outerHTML.slice(0, 100)")
	return fmt.Sprintf("page %s:\n%s\nterminal:\n%s\nfocus: %s", where, what, screen, focus)
}

// js is a JavaScript literal.
func js(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// screenText is an expression: the lines of the page's terminal.
const screenText = `(() => {
	if (!window.everwire) return "";
	const buffer = everwire.term.buffer.active;
	let text = "";
	for (let i = 0; i < buffer.length; i++) {
		const line = buffer.getLine(i);
		text += (i === 0 || line.isWrapped ? "" : "\n") + line.translateToString(true);
	}
	return text.trimEnd();
})()`

// logIn opens the address that the program printed and waits until the first
// page has its connection.
func (b *tab) logIn(p *program) {
	b.t.Helper()
	b.expect("status of 401") // the page that asks for the token has that status
	b.open(p.address)
	b.wait("document.querySelector('#transport')?.dataset.transport === " + js(b.transport))
}
