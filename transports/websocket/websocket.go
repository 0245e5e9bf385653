package websocket

import (
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// probeTimeout is how long a candidate may take to send its probe. From there
// on the session's own UpgradeTimeout counts.
const probeTimeout = 10 * time.Second

// nonceTimeout is how long the end of a handshake may take that comes behind
// the request (Hixie76).
const nonceTimeout = 5 * time.Second

// kind tells the kinds of carriers apart.
type kind struct {
	transport string
	dialect   ws.Dialect
	kin       kin
}

// kin is what a carrier's clients have in common.
type kin uint8

const (
	engineIO kin = iota
	raw
	before1 // Socket.IO 0.x
)

func kinOf(f *transports.Family) kin {
	switch {
	case f.Raw:
		return raw
	case f.Generation != transports.EngineIO:
		return before1
	}
	return engineIO
}

// carriers has one value of each kind. It serves all sessions.
var carriers = func() map[kind]*session.Carrier {
	all := make(map[kind]*session.Carrier)
	for _, transport := range []string{transports.WebSocket, transports.FlashSocket} {
		for _, d := range []ws.Dialect{ws.RFC6455, ws.Hybi08, ws.Hybi07, ws.Hixie76, ws.Hixie75} {
			k := session.Carrier{Transport: transport, Dialect: d.String(), Stream: true}
			bare, engine, old := k, k, k
			// A raw client has what its dialect has; Engine.IO has pings of
			// its own, and base64; what was before it has text only.
			bare.Binary, bare.Mute = d.HasBinary(), !d.HasPing()
			engine.Binary = true
			all[kind{transport, d, raw}], all[kind{transport, d, engineIO}], all[kind{transport, d, before1}] = &bare, &engine, &old
		}
	}
	return all
}()

// Transport is the WebSocket transport.
type Transport struct {
	// Dialects that are served. Requests of others are refused with the
	// versions of these. Zero means all that package ws knows.
	Dialects ws.Dialects
	// Flash makes it the transport flashsocket, for WebSockets that a Flash
	// program speaks in the place of the browser. On the wire there is no
	// difference.
	Flash bool
}

// Name returns "websocket", or "flashsocket".
func (t Transport) Name() string {
	if t.Flash {
		return transports.FlashSocket
	}
	return transports.WebSocket
}

// Serve upgrades the connection and returns; the connection lives on. A
// WebSocket over HTTP/2 it serves to its end, since the stream ends when the
// handler returns.
func (t Transport) Serve(x *transports.Exchange) {
	set := t.Dialects
	if set == 0 {
		set = ws.AllDialects
	}
	parse := ws.ParseRequestFor
	if x.Family.Generation != transports.EngineIO || x.Family.Config.ClientPings {
		// The reference's WebSockets of the time looked at no key, and clients in
		// PHP send one of 20 bytes.
		parse = ws.ParseRequestOfAnyKey
	}
	req, err := parse(x.R, set)
	if err != nil {
		x.Rejected(eio.BadRequest, map[string]string{"name": transports.TransportHandshakeError, "message": err.Error()})
		refuse(x.W, err)
		return
	}
	resp := ws.Response{Secure: x.Secure, Host: x.Host, Header: x.UpgradeHeader()}
	if x.Family.Compression {
		resp.Deflate, _ = req.NegotiateDeflate(ws.DeflateOptions{Threshold: x.Family.CompressionThreshold})
	}
	if len(req.Protocols) > 0 {
		// Browsers fail a connection whose offer is not answered, and no
		// endpoint here tells one subprotocol from another.
		resp.Protocol = req.Protocols[0]
	}
	answer, err := answerTo(req, resp)
	if errors.Is(err, ws.ErrBadHeader) {
		x.Engine.Logger().Error("the server's fields cannot be part of a handshake", "err", err)
		x.Refuse(internalError)
		return
	}
	if err != nil {
		x.Refuse(eio.BadRequest)
		return
	}
	// A session is opened before the answer, so that a refusal can still be
	// an HTTP answer.
	x.Kind = carriers[kind{t.Name(), req.Dialect, kinOf(x.Family)}]
	s, resumed := x.Conn, x.Conn != nil
	candidate := resumed && x.Family.Generation == transports.EngineIO
	if s == nil {
		if s = x.Open(); s == nil {
			return
		}
	}
	conn, early, err := answer.takeOver(x)
	if err != nil {
		x.Engine.Logger().Error("connection cannot be taken over", "err", err)
		if !resumed {
			s.Kill(&session.CloseError{Code: session.TransportLost, Err: err})
		}
		x.Refuse(internalError)
		return
	}
	c := &carrier{
		engine: x.Engine, family: x.Family, wire: transports.WireOf(x.Family, s), session: s, conn: conn,
		kind: x.Kind, dialect: req.Dialect, head: answer.head, probing: candidate, resumed: resumed,
		decoder: ws.NewDecoder(ws.DecoderOptions{Dialect: req.Dialect, MaxMessage: x.Family.MaxPayload, Deflate: resp.Deflate}),
	}
	if resp.Deflate != nil {
		c.deflater = ws.NewDeflater(resp.Deflate, ws.Server)
	}
	if req.NonceLen() > 0 {
		c.handshake = req
	}
	if s.ID() == "" {
		c.deaf.Store(true) // there is no session; see transports.Engine
	}
	c.start(early)
}

// internalError is the answer where the fault is on this side.
var internalError = eio.Refusal{Status: http.StatusInternalServerError, Code: 3, Message: "Upgrade not possible here"}

// answer is a positive answer to a handshake: bytes that the carrier writes
// before anything else, or for an extended CONNECT the fields of the header.
type answer struct {
	connect bool
	head    []byte
	header  http.Header
}

func answerTo(req *ws.Request, resp ws.Response) (a answer, err error) {
	if a.connect = req.Connect; a.connect {
		a.header = make(http.Header)
		return a, req.SetResponse(a.header, resp)
	}
	a.head, err = req.AppendResponse(nil, resp)
	return a, err
}

// takeOver takes from the HTTP server what will be the carrier's connection: the
// client's own, or a stream of it.
func (a answer) takeOver(x *transports.Exchange) (net.Conn, []byte, error) {
	if !a.connect {
		return hijack(x.W)
	}
	s, err := openStream(x.W, x.R, a.header)
	if err != nil {
		return nil, nil, err
	}
	return s, nil, nil
}

// refuse answers a request that is no proper handshake.
func refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if he, ok := errors.AsType[*ws.HandshakeError](err); ok {
		status = he.Status
		for k, v := range he.Header {
			w.Header()[k] = v
		}
	}
	http.Error(w, err.Error(), status)
}

// hijack takes the connection over, with what the client has sent behind its
// handshake. Nothing of the request or of the HTTP server's buffers is kept.
func hijack(w http.ResponseWriter) (net.Conn, []byte, error) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, err
	}
	conn.SetDeadline(time.Time{})
	early := make([]byte, rw.Reader.Buffered())
	if _, err := rw.Reader.Read(early); err != nil && len(early) > 0 {
		conn.Close()
		return nil, nil, err
	}
	return conn, early, nil
}
