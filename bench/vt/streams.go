//go:build linux

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// The size of the screen, and of each write, as a pty's reader hands it on.
const (
	cols, rows = 120, 40
	pieceSize  = 32 << 10
)

// streamSize is about how long a stream is; it is played again and again.
const streamSize = 1 << 20

// A stream is the output of a program, the same in every run.
type stream struct {
	name, title string
	write       func(b *bytes.Buffer, r *rand.Rand) // writes a piece of it
}

var streams = []stream{
	{"plain", "Plain text", plainText},
	{"ls", "Lists in the form of `ls -lR --color`", listing},
	{"wide", "Chinese, Japanese and Korean text, emoji and combining characters", wideText},
	{"regions", "Scroll regions, inserted and deleted lines and characters", regions},
	{"colours", "A true-colour SGR for every cell", colours},
}

// file returns where a stream is.
func (s stream) file(folder string) string { return filepath.Join(folder, s.name) }

func (s stream) bytes() []byte {
	var b bytes.Buffer
	r := rand.New(rand.NewPCG(1, 2))
	for b.Len() < streamSize {
		s.write(&b, r)
	}
	return b.Bytes()
}

// writeStreams writes all streams into a new folder.
func writeStreams() (folder string, err error) {
	if folder, err = os.MkdirTemp("", "vt"); err != nil {
		return "", err
	}
	for _, s := range streams {
		if err := os.WriteFile(s.file(folder), s.bytes(), 0o600); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// word returns letters, mostly a few.
func word(r *rand.Rand) string {
	b := make([]byte, 1+r.IntN(5)+r.IntN(6))
	for i := range b {
		b[i] = "eeetttaaooiinnsshhrrddlcumwfgypbvk"[r.IntN(34)]
	}
	return string(b)
}

// plainText is a line, sometimes longer than the screen is wide.
func plainText(b *bytes.Buffer, r *rand.Rand) {
	for range r.IntN(26) {
		b.WriteString(word(r))
		b.WriteString([]string{" ", " ", " ", " ", ", ", ". ", " = ", "("}[r.IntN(8)])
	}
	b.WriteString("\r\n")
}

// listing is a folder: its name, and its entries with GNU's default colours.
func listing(b *bytes.Buffer, r *rand.Rand) {
	fmt.Fprintf(b, "\r\n./%s/%s:\r\ntotal %d\r\n", word(r), word(r), r.IntN(5000))
	for range 1 + r.IntN(30) {
		fmt.Fprintf(b, "%s %d root root %*d Nov %2d %02d:%02d ", []string{"-rw-r--r--", "-rw-r--r--", "drwxr-xr-x", "-rwxr-xr-x", "lrwxrwxrwx"}[r.IntN(5)],
			1+r.IntN(3), 4+r.IntN(4), r.IntN(100000), 1+r.IntN(30), r.IntN(24), r.IntN(60))
		switch colour := []string{"", "", "01;34", "01;32", "01;36", "01;31", "01;35"}[r.IntN(7)]; colour {
		case "":
			fmt.Fprintf(b, "%s.%s\r\n", word(r)+word(r), word(r))
		case "01;36":
			fmt.Fprintf(b, "\x1b[0m\x1b[%sm%s\x1b[0m -> %s/%s\r\n", colour, word(r), word(r), word(r))
		default:
			fmt.Fprintf(b, "\x1b[0m\x1b[%sm%s\x1b[0m\r\n", colour, word(r)+word(r))
		}
	}
}

var (
	ideographs = []rune("的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长")
	kana       = []rune("あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをんアイウエオカキクケコサシスセソタチツテト")
	hangul     = []rune("가나다라마바사아자차카타파하한국어말글사람시간학교나라집물불산강")
	emoji      = []string{"😀", "😂", "👍", "🎉", "🚀", "🔥", "🌍", "💡", "📦", "✅", "🐛", "⚡"}
	combined   = []string{"é", "e\u0301", "a\u0308", "o\u0302", "n\u0303", "u\u0308\u0301", "ề"}
)

// wideText is a line in one of the scripts.
func wideText(b *bytes.Buffer, r *rand.Rand) {
	n := 10 + r.IntN(60)
	switch r.IntN(5) {
	case 0:
		letters(b, r, ideographs, n)
		b.WriteString("。")
	case 1:
		letters(b, r, kana, n)
		b.WriteString("、")
	case 2:
		for range n / 4 {
			letters(b, r, hangul, 1+r.IntN(5))
			b.WriteByte(' ')
		}
	case 3:
		for range n / 3 {
			b.WriteString(word(r) + " " + emoji[r.IntN(len(emoji))])
		}
	case 4:
		for range n / 3 {
			b.WriteString(word(r) + combined[r.IntN(len(combined))] + " ")
		}
	}
	b.WriteString("\r\n")
}

func letters(b *bytes.Buffer, r *rand.Rand, of []rune, n int) {
	for range n {
		b.WriteRune(of[r.IntN(len(of))])
	}
}

// regions is what an editor sends to scroll windows and to type within lines.
func regions(b *bytes.Buffer, r *rand.Rand) {
	top := 1 + r.IntN(rows-4)
	bottom := top + 2 + r.IntN(rows-top-1)
	fmt.Fprintf(b, "\x1b[%d;%dr", top, bottom)
	for range 1 + r.IntN(8) {
		switch r.IntN(6) {
		case 0:
			fmt.Fprintf(b, "\x1b[%d;1H\n", bottom)
		case 1:
			fmt.Fprintf(b, "\x1b[%d;1H\x1bM", top)
		case 2:
			fmt.Fprintf(b, "\x1b[%d;1H\x1b[%dL", top+r.IntN(bottom-top), 1+r.IntN(3))
		case 3:
			fmt.Fprintf(b, "\x1b[%d;1H\x1b[%dM", top+r.IntN(bottom-top), 1+r.IntN(3))
		case 4:
			fmt.Fprintf(b, "\x1b[%d;%dH\x1b[%d@", top, 1+r.IntN(cols-10), 1+r.IntN(8))
		case 5:
			fmt.Fprintf(b, "\x1b[%d;%dH\x1b[%dP", top, 1+r.IntN(cols-10), 1+r.IntN(8))
		}
		line := make([]string, 1+r.IntN(12))
		for i := range line {
			line[i] = word(r)
		}
		b.WriteString(strings.Join(line, " ") + "\x1b[K")
	}
}

// colours is a picture as big as the screen.
func colours(b *bytes.Buffer, r *rand.Rand) {
	shift := r.IntN(256)
	b.WriteString("\x1b[H")
	for y := range rows {
		for x := range cols {
			fmt.Fprintf(b, "\x1b[38;2;%d;%d;%dm%c", (2*x+shift)&255, (6*y+shift)&255, (x*y)&255, 'a'+(x+y)%26)
		}
		if y < rows-1 {
			b.WriteString("\r\n")
		}
	}
}
