package e2e_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

const pictures = root + "/docs/img"

// prompt is typed before a picture of the shell is taken: what it shows is
// then the same on every machine.
const prompt = ` PS1='\[\e[1;32m\]you@everwire\[\e[0m\]:\[\e[1;34m\]\w\[\e[0m\]$ '; cd /; clear` + "\r"

// TestPictures takes the pictures of the documentation, where one is missing or
// EVERWIRE_SHOTS is 1.
func TestPictures(t *testing.T) {
	p := everwire(t)
	for name, take := range map[string]func(*tab){
		"landing.png": func(b *tab) {
			b.logIn(p)
			b.wait("document.querySelector('#transport').dataset.transport === 'websocket'")
			b.wait("document.querySelector('#rtt-summary').textContent.includes('last 5')")
		},
		"shell.png":       func(b *tab) { b.showShell(p) },
		"shell-dark.png":  func(b *tab) { b.prefer("prefers-color-scheme", "dark"); b.showShell(p) },
		"shell-phone.png": func(b *tab) { b.resize(390, 844, true); b.showShell(p) },
		"chat.png": func(b *tab) {
			guest := newTab(b.t)
			guest.join(p, "Grace", "garden")
			guest.keys("The beans are up. Who waters them on Sunday?\r")
			guest.waitSaid("Grace The beans are up. Who waters them on Sunday?")
			b.join(p, "Ada", "garden")
			b.keys("I do. My phone is on a train, by polling, and it still works.\r")
			guest.keys("Wonderful, thank you!\r")
			b.waitSaid("Grace Wonderful, thank you!")
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(pictures, name)
			if _, err := os.Stat(file); err == nil && os.Getenv("EVERWIRE_SHOTS") != "1" {
				return // taken before: tests leave the source tree as it is
			}
			b := newTab(t)
			b.resize(1100, 720, false)
			take(b)
			picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
			if err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(pictures, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, picture, 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// showShell makes a colourful session.
func (b *tab) showShell(p *program) {
	b.t.Helper()
	b.openShell(p)
	b.keys(prompt)
	b.wait(screenText + ".startsWith('you@everwire:/$')")
	b.keys("ls --color /\r")
	b.wait(screenText + ".includes('usr')")
	b.keys("echo $((6*7))\r")
	b.waitLine("42")
	b.wait("document.querySelector('#status-rtt').textContent !== ''")
}
