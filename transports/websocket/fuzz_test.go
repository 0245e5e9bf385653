package websocket_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/protocol/ws"
)

// FuzzConnection: any bytes behind a handshake of any dialect, in two parts. The
// session receives what the codec alone makes of them; what comes back is the
// head, the digest of the first eight where there is one, and then frames; and
// everything ends.
func FuzzConnection(f *testing.F) {
	requests := []string{
		"GET / HTTP/1.1\r\n" + upgrade + key + v13, "GET / HTTP/1.1\r\n" + upgrade + key + v8, "GET / HTTP/1.1\r\n" + upgrade + key + v7,
		hixie76, hixie75, hixie76 + "Content-Length: 8\r\n",
	}
	dialectOf := []ws.Dialect{ws.RFC6455, ws.Hybi08, ws.Hybi07, ws.Hixie76, ws.Hixie75, ws.Hixie76}
	f.Add([]byte(frame(ws.OpText, "hello")+frame(ws.OpPing, "p")+frame(ws.OpClose, "\x03\xe8")), uint8(0), uint8(7))
	f.Add([]byte("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff"), uint8(1), uint8(1))
	f.Add([]byte(frame(ws.OpBinary, "x")+"\x09"), uint8(2), uint8(3))
	f.Add([]byte(hixie76Nonce+"\x00hello\xff\x80\x02ab\xff\x00"), uint8(3), uint8(4))
	f.Add([]byte("GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n\xff\x00a\xff"), uint8(3), uint8(8))
	f.Add([]byte("\x00a\xff\x80"+strings.Repeat("\xff", 10)), uint8(4), uint8(2))
	f.Add([]byte(hixie76Nonce), uint8(5), uint8(0))
	f.Fuzz(func(t *testing.T, sent []byte, which, cut uint8) {
		i := int(which) % len(requests)
		d := dialectOf[i]
		synctest.Test(t, func(t *testing.T) {
			var p pipe
			p.request(t, requests[i]+"\r\n")
			head := p.head(t)
			if !strings.HasPrefix(head, "HTTP/1.1 101 ") {
				t.Fatalf("head %q", head)
			}
			back := make(chan []byte, 1)
			go func() {
				all, _ := io.ReadAll(p.client)
				back <- all
			}()
			n := min(int(cut), len(sent))
			for _, part := range [][]byte{sent[:n], sent[n:]} {
				p.client.SetWriteDeadline(time.Now().Add(time.Minute))
				if len(part) > 0 {
					p.client.Write(bytes.Clone(part)) // it fails where the server has closed
				}
				synctest.Wait()
			}
			p.end(t)
			got := <-back

			frames := sent
			if d == ws.Hixie76 {
				if len(sent) < 8 {
					if len(got) > 0 || p.got.String() != "" {
						t.Fatalf("before the nonce is whole: answered %q, received %q", got, p.got.String())
					}
					return
				}
				digest := digestOf(t, string(sent[:8]))
				if !bytes.HasPrefix(got, digest) {
					t.Fatalf("got %q, want the digest %q", got, digest)
				}
				frames, got = sent[8:], got[len(digest):]
			}
			if want := strings.Join(messages(frames, d), " "); p.got.String() != want {
				t.Fatalf("received %q, want %q", p.got.String(), want)
			}
			if rest := undecoded(got, d); len(rest) > 0 {
				t.Fatalf("the answer ends with %q", rest)
			}
		})
	})
}

// messages are what the codec finds up to a fault or a close.
func messages(p []byte, d ws.Dialect) (list []string) {
	dec := ws.NewDecoder(ws.DecoderOptions{Dialect: d, MaxMessage: 1000})
	for p = bytes.Clone(p); ; {
		n, ev, err := dec.Decode(p)
		if err != nil || ev.Type == ws.None || ev.Type == ws.Close {
			return list
		}
		p = p[n:]
		if ev.Type == ws.Text || ev.Type == ws.Binary {
			list = append(list, string(ev.Data))
		}
	}
}

// undecoded is what is no whole frame of a server.
func undecoded(p []byte, d ws.Dialect) []byte {
	dec := ws.NewDecoder(ws.DecoderOptions{Dialect: d, Role: ws.Client, MaxMessage: 1000})
	for len(p) > 0 {
		n, ev, err := dec.Decode(p)
		if err != nil || ev.Type == ws.None {
			return p
		}
		p = p[n:]
	}
	return nil
}
