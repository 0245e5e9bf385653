package rfb

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/everwire/everwire/protocol/rfb"
)

// A handshake leads a connection to the point where the framebuffer is there.
type handshake struct {
	config Config
	conn   net.Conn
	host   string
	local  bool
	core   *rfb.Client
	out    []byte
}

// run returns the client. Ending the context ends the connection's reads and
// writes.
func (h *handshake) run(ctx context.Context) (*Client, error) {
	security := h.config.Security
	if security == nil {
		security = rfb.SecureTypes()
		if h.local || h.config.Insecure {
			security = rfb.AllTypes()
		}
	}
	var err error
	h.core, err = rfb.NewClient(rfb.ClientConfig{
		Exclusive:   h.config.Exclusive,
		PixelFormat: h.config.PixelFormat,
		Encodings:   h.config.Encodings,
		Security:    security,
		MaxPixels:   h.config.MaxPixels,
		MaxText:     h.config.MaxText,
	})
	if err != nil {
		return nil, err
	}
	raw := h.conn // TLS stops with what is below it
	stop := context.AfterFunc(ctx, func() { raw.SetDeadline(time.Unix(1, 0)) })
	err = h.converse(ctx)
	if !stop() {
		if cause := context.Cause(ctx); err == nil || !errors.Is(err, cause) {
			err = cause
		}
		return nil, fmt.Errorf("handshake: %w", err)
	}
	if err != nil {
		return nil, h.explain(err)
	}
	return newClient(h.conn, h.core, h.config), nil
}

// explain tells what would have to be set.
func (h *handshake) explain(err error) error {
	var types *rfb.SecurityTypesError
	if errors.As(err, &types) && h.config.Security == nil && !h.local && !h.config.Insecure {
		return fmt.Errorf("%w (only what cannot be listened to is allowed, see Config.Insecure)", err)
	}
	return err
}

// converse goes on until the core is ready.
func (h *handshake) converse(ctx context.Context) error {
	buf := make([]byte, 4096)
	for {
		ev, err := h.core.Next()
		if err != nil {
			h.flush() // a last word, if there is one; err says more than its failure
			return err
		}
		switch ev.Kind {
		case rfb.EventReady:
			return h.flush()
		case rfb.EventCredentials:
			err = h.login(ctx, ev)
		case rfb.EventServerKey:
			if err = h.checkKey(ev); err == nil {
				err = h.core.AcceptServerKey()
			}
		case rfb.EventTLS:
			err = h.startTLS(ctx)
		case rfb.EventNone:
			err = h.read(buf)
		}
		if err != nil {
			return err
		}
	}
}

func (h *handshake) flush() error {
	h.out = h.core.AppendOutput(h.out[:0])
	if len(h.out) == 0 {
		return nil
	}
	_, err := h.conn.Write(h.out)
	clear(h.out) // it may have held a password
	return err
}

func (h *handshake) read(buf []byte) error {
	if err := h.flush(); err != nil {
		return err
	}
	n, err := h.conn.Read(buf)
	if n > 0 {
		h.core.Feed(buf[:n])
		return nil
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (h *handshake) login(ctx context.Context, ev rfb.Event) error {
	credentials := rfb.Credentials{Username: h.config.Username, Password: h.config.Password}
	if ask := h.config.Credentials; ask != nil {
		var err error
		if credentials, err = ask(ctx, ev.Security, ev.NeedUsername); err != nil {
			return fmt.Errorf("asking for credentials: %w", err)
		}
	}
	h.log(ctx, "logging in", slog.String("security", ev.Security.String()))
	return h.core.Login(credentials)
}

func (h *handshake) checkKey(ev rfb.Event) error {
	if check := h.config.ServerKey; check != nil {
		return check(ev.ServerKey)
	}
	if h.local || h.config.Insecure {
		return nil
	}
	return fmt.Errorf("%w: %s (see Config.ServerKey)", ErrUnknownKey, rfb.Fingerprint(ev.ServerKey))
}

// startTLS wraps the connection. The certificate has been checked when it
// returns, and nothing secret was sent before.
func (h *handshake) startTLS(ctx context.Context) error {
	if err := h.flush(); err != nil {
		return err
	}
	config := h.config.TLS.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	if config.ServerName == "" {
		config.ServerName = h.host
	}
	conn := tls.Client(h.conn, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("TLS with the server: %w", err)
	}
	h.conn = conn
	return h.core.TLSDone()
}

func (h *handshake) log(ctx context.Context, message string, attrs ...slog.Attr) {
	if h.config.Logger != nil {
		h.config.Logger.LogAttrs(ctx, slog.LevelDebug, message, append(attrs, slog.String("remote", remoteOf(h.conn)))...)
	}
}

func remoteOf(conn net.Conn) string {
	if a := conn.RemoteAddr(); a != nil {
		return a.String()
	}
	return ""
}
