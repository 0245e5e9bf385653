package ws_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/everwire/everwire/protocol/ws"
)

// span is a stretch of a client's bytes in which one message or frame is
// unfinished: from behind its first byte to before its last.
type span struct{ from, to int }

// spans joins parts, each a message in as many frames as it likes or a frame
// outside of messages, and says where each of them lies.
func spans(parts ...[]byte) (stream []byte, all []span) {
	for _, p := range parts {
		from := len(stream)
		stream = append(stream, p...)
		all = append(all, span{from, len(stream)})
	}
	return stream, all
}

// unfinishedAt is what Unfinished says once n bytes were decoded.
func unfinishedAt(all []span, n int) int64 {
	for _, s := range all {
		if s.from < n && n < s.to {
			return int64(s.from)
		}
	}
	return -1
}

func hybiParts() ([]byte, []span) {
	return spans(
		client(0x81, "whole"),
		client(0x89, "ping"),
		join(client(0x01, "one "), client(0x89, "ping inside"), client(0x00, ""), client(0x8a, ""), client(0x80, "two")),
		client(0x82, ""),
		join(client(0x02, ""), client(0x80, "late")),
		client(0x8a, "pong"),
		client(0x82, string(bytes.Repeat([]byte("x"), 200))),
		client(0x81, string(bytes.Repeat([]byte("y"), 70_000))),
		client(0x88, "\x03\xe8"),
	)
}

func hixieParts() ([]byte, []span) {
	return spans(
		[]byte("\x00text\xff"),
		[]byte("\x00\xff"),
		[]byte("\x01reserved\xff"),
		[]byte("\x7f\xff"),
		[]byte("\x80\x04skip"),
		[]byte("\x80\x80\x00"),
		[]byte("\xff\x81\x00"+string(bytes.Repeat([]byte("s"), 128))),
		[]byte("\x00after\xff"),
		[]byte("\xff\x00"),
	)
}

// TestUnfinishedBetweenAndInside: however the bytes are cut.
func TestUnfinishedBetweenAndInside(t *testing.T) {
	for _, d := range allDialects {
		stream, all := hybiParts()
		if d == ws.Hixie75 || d == ws.Hixie76 {
			stream, all = hixieParts()
		}
		for _, step := range []int{1, 2, 3, 7, 64, 1000, len(stream)} {
			t.Run(fmt.Sprint(d, " by ", step), func(t *testing.T) {
				dec := ws.NewDecoder(ws.DecoderOptions{Dialect: d})
				if got := dec.Unfinished(); got != -1 {
					t.Fatalf("%d before the first byte", got)
				}
				for at := 0; at < len(stream); at += step {
					piece := bytes.Clone(stream[at:min(at+step, len(stream))])
					done := at
					for {
						n, ev, err := dec.Decode(piece)
						if err != nil {
							t.Fatal(err)
						}
						done += n
						inside := unfinishedAt(all, done)
						if got := dec.Unfinished(); got != inside {
							t.Fatalf("%d behind %d bytes and %v, want %d", got, done, ev.Type, inside)
						}
						piece = piece[n:]
						if ev.Type == ws.None {
							break
						}
					}
				}
				dec.Decode([]byte{0x00})
				if got := dec.Unfinished(); got != -1 {
					t.Errorf("%d behind the end", got)
				}
			})
		}
	}
}

// TestUnfinishedAfterAnError is -1: nothing will end it.
func TestUnfinishedAfterAnError(t *testing.T) {
	for name, tt := range map[string]struct {
		dialect ws.Dialect
		stream  []byte
	}{
		"in a frame":         {ws.RFC6455, []byte("\x81\x01a")},
		"in a message":       {ws.RFC6455, join(client(0x01, "one"), []byte("\x81"))},
		"in its text":        {ws.RFC6455, client(0x01, "\xff")},
		"in a length":        {ws.Hixie76, []byte("\x00ok\xff\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")},
		"in the hixie text":  {ws.Hixie75, []byte("\x00\xc3(")},
		"in a close frame":   {ws.RFC6455, client(0x88, "x")},
		"in a pong's header": {ws.RFC6455, []byte("\x8a\xfe")},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []func(int) int{allAtOnce, byteByByte} {
				d := ws.NewDecoder(ws.DecoderOptions{Dialect: tt.dialect})
				if _, err := feed(d, tt.stream, size); err == nil {
					t.Fatal("no error")
				}
				if got := d.Unfinished(); got != -1 {
					t.Errorf("%d", got)
				}
			}
		})
	}
}

func TestUnfinishedAfterRelease(t *testing.T) {
	d := ws.NewDecoder(ws.DecoderOptions{})
	feed(d, client(0x01, "one"), allAtOnce)
	if got := d.Unfinished(); got != 0 {
		t.Errorf("%d before", got)
	}
	d.Release()
	if got := d.Unfinished(); got != -1 {
		t.Errorf("%d behind", got)
	}
}
