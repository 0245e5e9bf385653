package transports

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/everwire/everwire/session"
)

// unopened is the kind of a session of Gen09 before its first transport.
var unopened = &session.Carrier{}

// handshake opens a session of Gen09 and answers with its id, the heartbeat and
// close timeouts in seconds, and the transports.
func (x *Exchange) handshake() {
	x.Kind = unopened
	c := x.Open()
	if c == nil {
		return
	}
	cfg := x.Family.Config
	body := strings.Join([]string{c.ID(), seconds(cfg.PingTimeout), seconds(cfg.DetachGrace), strings.Join(x.Family.Offer, ",")}, ":")
	h := x.W.Header()
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	if x.JSONP != "" {
		h.Set("Content-Type", "application/javascript; charset=UTF-8")
		ScriptHeader(h)
		body = "/**/io.j[" + x.JSONP + "](" + string(AppendScriptString(nil, []byte(body))) + ");"
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.SetHeader(h, c)
	x.W.Write([]byte(body))
}

// seconds is a time in whole seconds, rounded up; nothing for zero.
func seconds(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}

// disconnect ends a session of Gen09 at its client's request. A poll that waits
// is told.
func (x *Exchange) disconnect() {
	x.Conn.Deliver(session.Packet{Type: session.PacketClose, Code: session.Normal})
	x.W.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	x.W.WriteHeader(http.StatusOK)
}

// unknownSession tells a client of Gen09 to begin with a new handshake: reason 1,
// the client is not handshaken, and advice 0, reconnect.
const unknownSession = "7:::1+0"

// absent stands in for a session that is not there (any more), and reports
// whether the exchange may go on with it; if not it has answered. A client of
// Gen09 reads of its mistake on the transport that it has opened, so it gets a
// session that says that and ends.
func (x *Exchange) absent() bool {
	switch {
	case x.Family.Generation == Gen06:
		Drop(x.W)
		return false
	case x.Transport == "": // it wanted the session's end
		x.W.WriteHeader(http.StatusOK)
		return false
	}
	cfg := *x.Family.Config
	cfg.Observer, cfg.Linger = nil, nonceTime
	c := session.NewConn(context.Background(), "", &cfg, session.Peer{})
	c.SetSink(deafSink{})
	c.Offer(session.Packet{Type: session.PacketMessage, Data: []byte(unknownSession)})
	c.Close(session.NoStatus, "") // the end of a session that was is no word for it
	x.Conn, x.Kind = c, unopened
	return true
}

// nonceTime is how long the transport of a session that is not there may take to
// be ready, which takes longest for a handshake of Hixie76.
const nonceTime = 5 * time.Second

// deafSink is that of a session that is not there.
type deafSink struct{}

func (deafSink) Deliver(session.Packet) error { return nil }
func (deafSink) Over(error)                   {}
