package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

const pictures = root + "/docs/img"

// scene is typed before a picture of the shell is taken. What it shows is the
// same on every machine: the project's own folder, under a made-up prompt.
const scene = ` cd %s; PS1='\[\e[1;32m\]you@everwire\[\e[0m\]:\[\e[1;34m\]~/everwire\[\e[0m\]$ '; clear` + "\r"

// search shows a program that colours its output.
const search = `grep -rn --color=always "^// Package" --include=doc.go . | sort | head -9` + "\r"

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
			ctx, cancel := context.WithTimeout(b.ctx, patience)
			defer cancel()
			picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
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
	folder, err := filepath.Abs(root)
	if err != nil {
		b.t.Fatal(err)
	}
	b.openShell(p)
	ready := screenText + ".endsWith('you@everwire:~/everwire$')"
	b.keys(fmt.Sprintf(scene, folder))
	b.wait(screenText + ".startsWith('you@everwire') && " + ready)
	for _, command := range []string{"ls --color\r", "echo $((6*7))\r", search} {
		lines := eval[int](b, screenText+".split('\\n').length")
		b.keys(command)
		b.wait(fmt.Sprintf("%s.split('\\n').length > %d && %s", screenText, lines, ready))
	}
	b.wait("document.querySelector('#status-rtt').textContent !== ''")
}
