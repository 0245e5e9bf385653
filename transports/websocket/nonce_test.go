package websocket_test

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/session"
)

// The handshake of a browser of 2010, as it was published then.
const (
	hixie76 = "GET /demo HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nHost: example.com\r\nOrigin: http://example.com\r\n" +
		"Sec-WebSocket-Key1: 18x 6]8vM;54 *(5:  {   U1]8  z [  8\r\nSec-WebSocket-Key2: 1_ tx7X d  <  nw  334J702) 7]o}` 0\r\n"
	hixie76Nonce  = "Tm[K T2u"
	hixie76Digest = "fQJ,fN/4F4!~K~MH"
	hixie75       = "GET /demo HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nHost: example.com\r\nOrigin: http://example.com\r\n"
	hixie76Head   = "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Origin: http://example.com\r\nSec-WebSocket-Location: ws://example.com/demo\r\n\r\n"
)

// expectBytes reads what is to come next.
func (p *pipe) expectBytes(t *testing.T, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(p.client, got)
	if string(got[:n]) != want {
		t.Fatalf("read %q, %v, want %q", got[:n], err, want)
	}
}

// expectNothing checks that nothing comes within a while.
func (p *pipe) expectNothing(t *testing.T, d time.Duration) {
	t.Helper()
	p.client.SetReadDeadline(time.Now().Add(d))
	if n, err := p.client.Read(make([]byte, 1)); n > 0 || err == io.EOF {
		t.Fatalf("read %d bytes, %v", n, err)
	}
	p.client.SetReadDeadline(time.Time{})
}

// TestNonce: however the nonce comes, the head is there before it is needed,
// the digest is right, and what comes behind it are frames.
func TestNonce(t *testing.T) {
	const length, frames = "Content-Length: 8\r\n", "\x00hello\xff\x00again\xff"
	for _, tt := range []struct {
		name, announced, early string
		late                   []string
		every                  time.Duration // between the late parts
		want                   string
	}{
		{"with the head", "", hixie76Nonce, nil, 0, ""},
		{"late", "", "", []string{hixie76Nonce}, 5*time.Second - 1, ""},
		{"byte by byte", "", "", strings.Split(hixie76Nonce, ""), time.Second / 2, ""},
		{"half with the head", "", hixie76Nonce[:3], []string{hixie76Nonce[3:]}, time.Second, ""},
		{"announced by its length", length, hixie76Nonce, nil, 0, ""},
		{"announced by its length and late", length, "", []string{hixie76Nonce}, time.Second, ""},
		{"with the head and frames behind it", "", hixie76Nonce + frames, nil, 0, "hello again"},
		{"announced by its length and frames behind it", length, hixie76Nonce + frames, nil, 0, "hello again"},
		{"late and frames behind it", "", "", []string{hixie76Nonce + frames}, time.Second, "hello again"},
		{"late and half a frame behind it", "", "", []string{hixie76Nonce + frames[:9], frames[9:]}, time.Second, "hello again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p pipe
				p.request(t, hixie76+tt.announced+"\r\n"+tt.early)
				if head := p.head(t); head != hixie76Head {
					t.Errorf("answered %q, want %q", head, hixie76Head)
				}
				go func() {
					for _, part := range tt.late {
						time.Sleep(tt.every)
						io.WriteString(p.client, part)
					}
				}()
				p.expectBytes(t, hixie76Digest)
				time.Sleep(20 * time.Second) // nothing of the deadline is left
				synctest.Wait()
				if s := p.session.State(); s != session.Open {
					t.Errorf("the session is %v", s)
				}
				if got := p.got.String(); got != tt.want {
					t.Errorf("delivered %q, want %q", got, tt.want)
				}
				p.end(t)
			})
		})
	}
}

// TestNonceThatDoesNotCome leaves nothing behind: the client has five seconds
// for the whole of it.
func TestNonceThatDoesNotCome(t *testing.T) {
	for _, tt := range []struct {
		name  string
		parts []string // each a second after the one before
	}{{"never", nil}, {"not whole", []string{"1", "2", "3", "4", ""}}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p pipe
				began := time.Now()
				p.request(t, hixie76+"\r\n")
				p.head(t)
				go func() {
					for _, part := range tt.parts {
						time.Sleep(time.Second)
						io.WriteString(p.client, part)
					}
				}()
				if n, err := p.client.Read(make([]byte, 1)); err != io.EOF {
					t.Errorf("read %d bytes, %v", n, err)
				}
				if d := time.Since(began); d != 5*time.Second {
					t.Errorf("it took %v", d)
				}
				p.expectGone(t, session.TransportLost)
			})
		})
	}
}

// expectGone checks that the session has ended and is not known any more.
func (p *pipe) expectGone(t *testing.T, want session.Code) {
	t.Helper()
	if got := code(t, p.session); got != want {
		t.Errorf("cause %v, want %v", got, want)
	}
	if n := p.manager.Len(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
	p.end(t)
}

func TestAClientThatLeavesBeforeItsNonce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pipe
		p.request(t, hixie76+"\r\n"+hixie76Nonce[:7])
		p.head(t)
		p.client.Close()
		p.expectGone(t, session.TransportLost)
	})
}

// TestNothingComesBeforeTheDigest: neither what the session has to say already
// nor a close frame, since the client would take their bytes for the digest.
func TestNothingComesBeforeTheDigest(t *testing.T) {
	t.Run("a message", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var p pipe
			p.request(t, hixie76+"\r\n")
			if err := p.session.Send(t.Context(), session.Message{Data: []byte("soon")}); err != nil {
				t.Error(err)
			}
			p.head(t)
			p.expectNothing(t, 4*time.Second)
			go io.WriteString(p.client, hixie76Nonce)
			p.expectBytes(t, hixie76Digest+"\x00soon\xff")
			p.end(t)
		})
	})
	t.Run("the session's end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var p pipe
			p.request(t, hixie76+"\r\n")
			p.session.Send(t.Context(), session.Message{Data: []byte("soon")})
			p.session.Close(session.Forced, "")
			p.head(t)
			p.expectNothing(t, 4*time.Second)
			go io.WriteString(p.client, hixie76Nonce)
			p.expectBytes(t, hixie76Digest+"\x00soon\xff\xff\x00")
			p.expectGone(t, session.Forced)
		})
	})
	t.Run("the end of a session that was killed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var p pipe
			p.request(t, hixie76+"\r\n")
			p.session.Kill(&session.CloseError{Code: session.Revoked})
			p.head(t)
			go io.WriteString(p.client, hixie76Nonce)
			p.expectBytes(t, hixie76Digest+"\xff\x00")
			p.expectGone(t, session.Revoked)
		})
	})
	t.Run("the server's end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var p pipe
			p.request(t, hixie76+"\r\n")
			p.head(t)
			began := time.Now()
			go p.engine.Shutdown(t.Context())
			if n, err := p.client.Read(make([]byte, 1)); err != io.EOF || time.Since(began) > 0 {
				t.Errorf("read %d bytes, %v after %v", n, err, time.Since(began))
			}
			p.expectGone(t, session.GoingAway)
		})
	})
}

// TestAMuteSessionOutlivesThePingTimeout and ends with its connection: a raw
// client of these dialects cannot be asked whether it lives.
func TestAMuteSessionOutlivesThePingTimeout(t *testing.T) {
	for _, tt := range []struct {
		dialect, request string
		digest           string
		end              session.Code
	}{
		{"Hixie76", hixie76 + "\r\n" + hixie76Nonce, hixie76Digest, session.TransportLost},
		{"Hixie75", hixie75 + "\r\n", "", session.NoStatus},
	} {
		t.Run(tt.dialect, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := pipe{config: session.Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second}}
				p.request(t, tt.request)
				p.head(t)
				p.expectBytes(t, tt.digest)
				p.expectNothing(t, 24*time.Hour)
				if peer := p.session.Peer(); peer.Dialect != tt.dialect || peer.Binary || p.session.State() != session.Open {
					t.Errorf("%+v is %v", peer, p.session.State())
				}
				p.client.Close()
				p.expectGone(t, tt.end)
			})
		})
	}
}

// TestDiscardedFramesLeaveNoDeadline: a whole frame is nothing that has to
// come to its end, even if it means nothing.
func TestDiscardedFramesLeaveNoDeadline(t *testing.T) {
	for _, frames := range []string{
		"\x01reserved\xff", "\x7f\xff", "\x80\x00", "\x80\x05\xff\x00abc", "\x81\x80\x03abc", "\xff\x81\x00" + strings.Repeat("x", 128),
		"\x00text\xff\x01reserved\xff", "\x01reserved\xff\x00text\xff", "\x80\x01\xff\x02\xff\x03\xff",
	} {
		synctest.Test(t, func(t *testing.T) {
			var p pipe
			p.request(t, hixie76+"\r\n"+hixie76Nonce)
			p.head(t)
			p.expectBytes(t, hixie76Digest)
			for _, at := range []int{0, 1, len(frames) / 2, len(frames) - 1} { // in two writes, or one
				io.WriteString(p.client, frames[:at])
				time.Sleep(29 * time.Second)
				io.WriteString(p.client, frames[at:])
				p.expectNothing(t, time.Hour)
			}
			if s := p.session.State(); s != session.Open {
				t.Errorf("%q: the session is %v", frames, s)
			}
			// But one that is not whole has to.
			io.WriteString(p.client, frames+"\x02")
			began := time.Now()
			p.expectBytes(t, "\xff\x00")
			if d := time.Since(began); d != 30*time.Second {
				t.Errorf("%q: it took %v", frames, d)
			}
			p.expectGone(t, session.PolicyViolated)
		})
	}
}
