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

// carriers are the kinds of carrier, by dialect.
var carriers = map[ws.Dialect]*session.Carrier{
	ws.RFC6455: {Transport: transports.WebSocket, Dialect: ws.RFC6455.String(), Binary: true, Stream: true},
}

// Transport is the WebSocket transport. The zero value is ready.
type Transport struct{}

// Name returns "websocket".
func (Transport) Name() string { return transports.WebSocket }

// Serve upgrades the connection and returns; the connection lives on.
func (Transport) Serve(x *transports.Exchange) {
	req, err := ws.ParseRequest(x.R)
	if err != nil {
		refuse(x.W, err)
		return
	}
	var resp ws.Response
	if x.Family.Compression {
		resp.Deflate, _ = req.NegotiateDeflate(ws.DeflateOptions{})
	}
	if len(req.Protocols) > 0 {
		// Browsers fail a connection whose offer is not answered, and no
		// endpoint here tells one subprotocol from another.
		resp.Protocol = req.Protocols[0]
	}
	head, err := req.AppendResponse(nil, resp)
	if err != nil {
		x.Refuse(eio.BadRequest)
		return
	}
	// A session is opened before the answer, so that a refusal can still be
	// an HTTP answer.
	s, candidate := x.Conn, x.Conn != nil
	if s == nil {
		if s = x.Open(); s == nil {
			return
		}
	}
	conn, early, err := hijack(x.W)
	if err != nil {
		x.Engine.Logger().Error("connection cannot be taken over", "err", err)
		if !candidate {
			s.Kill(&session.CloseError{Code: session.TransportLost, Err: err})
		}
		x.Refuse(eio.Refusal{Status: http.StatusInternalServerError, Code: 3, Message: "Upgrade not possible here"})
		return
	}
	c := &carrier{
		engine: x.Engine, family: x.Family, session: s, conn: conn,
		kind: carriers[req.Dialect], dialect: req.Dialect, head: head, probing: candidate,
		decoder: ws.NewDecoder(ws.DecoderOptions{Dialect: req.Dialect, MaxMessage: x.Family.MaxPayload, Deflate: resp.Deflate}),
	}
	if resp.Deflate != nil {
		c.deflater = ws.NewDeflater(resp.Deflate, ws.Server)
	}
	c.start(early)
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
