package polling_test

import (
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/everwire/everwire/session"
)

// threshold is the smallest answer that is compressed in these tests.
const threshold = 100

// compressing polls for the given packets and returns the answer and its text.
func compressing(w *world, accept string, ps ...session.Packet) (*httptest.ResponseRecorder, string) {
	w.t.Helper()
	w.family.CompressPolls, w.family.CompressionThreshold = true, threshold
	if err := w.conn.Offer(ps...); err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", accept)
	rec := <-w.serve(r)
	var body io.Reader = strings.NewReader(rec.Body.String())
	var err error
	switch rec.Header().Get("Content-Encoding") {
	case "gzip":
		body, err = gzip.NewReader(body)
	case "deflate":
		body, err = zlib.NewReader(body)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return rec, string(text)
}

func message(text string, compress bool) session.Packet {
	return session.Packet{Type: session.PacketMessage, Data: []byte(text), Compress: compress}
}

func TestCompressedPolls(t *testing.T) {
	long := strings.Repeat("a", threshold-1) // and one byte for the packet's type
	for name, tt := range map[string]struct {
		accept string
		ps     []session.Packet
		want   string
	}{
		"gzip":               {"gzip, deflate, br", []session.Packet{message(long, true)}, "gzip"},
		"deflate":            {"deflate", []session.Packet{message(long, true)}, "deflate"},
		"weights":            {"gzip;q=0.1, deflate;q=0.2", []session.Packet{message(long, true)}, "deflate"},
		"not taken":          {"br", []session.Packet{message(long, true)}, ""},
		"below threshold":    {"gzip", []session.Packet{message(long[1:], true)}, ""},
		"not allowed":        {"gzip", []session.Packet{message(long, false)}, ""},
		"one is not allowed": {"gzip", []session.Packet{message(long, true), message("secret", false)}, ""},
		"several":            {"gzip", []session.Packet{message(long, true), message(long, true)}, "gzip"},
		"would grow":         {"gzip", []session.Packet{message(incompressible, true)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(w *world) {
				var texts []string
				for _, p := range tt.ps {
					texts = append(texts, "4"+string(p.Data))
				}
				want := strings.Join(texts, "\x1e")
				// Twice: the second time with a compressor that was used.
				for range 2 {
					rec, text := compressing(w, tt.accept, tt.ps...)
					h := rec.Header()
					if text != want || h.Get("Content-Encoding") != tt.want || h.Get("Vary") != "Accept-Encoding" {
						t.Errorf("%v, text %.20q...", h, text)
					}
					if n := rec.Body.Len(); tt.want != "" && n >= len(want) || h.Get("Content-Length") != strconv.Itoa(n) {
						t.Errorf("%d bytes of %d, Content-Length %s", n, len(want), h.Get("Content-Length"))
					}
				}
			})
		})
	}
}

func TestPollsAreNotCompressedUnlessAskedFor(t *testing.T) {
	bubble(t, func(w *world) {
		w.conn.Offer(message(strings.Repeat("a", 10_000), true))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		if h := (<-w.serve(r)).Header(); h.Get("Content-Encoding") != "" || h.Get("Vary") != "" {
			t.Errorf("%v", h)
		}
	})
}

// incompressible is text in which hardly anything comes twice.
var incompressible = func() string {
	var b strings.Builder
	for i := range threshold {
		b.WriteByte('!' + byte(i*37%94))
	}
	return b.String()
}()
