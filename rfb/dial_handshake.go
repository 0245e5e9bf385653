package rfb

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/everwire/everwire/protocol/rfb"
)

// A handshake leads a connection to the point where the framebuffer is there.
type handshake struct {
	config Config
	conn   net.Conn
	raw    net.Conn // below TLS, if there is that
	host   string
	local  bool
	// withoutVeNCrypt says that this is the second connection, since VeNCrypt
	// had nothing inside on the first one that is allowed.
	withoutVeNCrypt bool

	core *rfb.Client
	out  []byte
	// loggedIn says that the server was told a password.
	loggedIn bool
	// uncertified says that the server has asked for a certificate of this
	// side, and got none.
	uncertified bool
	// silence ends the handshake if the server does not greet.
	silence *time.Timer
}

func newHandshake(conn net.Conn, host string, c Config) *handshake {
	return &handshake{config: c, conn: conn, raw: conn, host: host, local: isLocal(conn)}
}

// run returns the client. Ending the context ends the connection's reads and
// writes.
func (h *handshake) run(ctx context.Context) (*Client, error) {
	var err error
	h.core, err = rfb.NewClient(rfb.ClientConfig{
		Exclusive:   h.config.Exclusive,
		PixelFormat: h.config.PixelFormat,
		Encodings:   h.config.Encodings,
		Security:    h.allowed(),
		MaxPixels:   h.config.MaxPixels,
		MaxText:     h.config.MaxText,
	})
	if err != nil {
		return nil, fmt.Errorf("Config.PixelFormat: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	h.silence = time.AfterFunc(h.config.handshakeTimeout()/3, func() { cancel(errSilence) })
	defer h.silence.Stop()
	stop := context.AfterFunc(ctx, func() { h.raw.SetDeadline(time.Unix(1, 0)) })
	err = h.converse(ctx)
	givenUp := !stop()
	var broken *connError
	switch {
	case givenUp && (err == nil || errors.As(err, &broken)):
		return nil, h.explainEnd(context.Cause(ctx))
	case givenUp:
		return nil, fmt.Errorf("%w (%w)", h.explain(err), context.Cause(ctx))
	case err != nil:
		return nil, h.explain(err)
	}
	return newClient(h), nil
}

// allowed returns the security types that may be used.
func (h *handshake) allowed() []rfb.SecurityType {
	types := rfb.SecureTypes()
	switch {
	case h.config.Security != nil:
		types = slices.Clone(h.config.Security)
	case h.local || h.config.Insecure:
		types = rfb.AllTypes()
	}
	if h.withoutVeNCrypt {
		types = slices.DeleteFunc(types, isVeNCrypt)
	}
	return types
}

func isVeNCrypt(t rfb.SecurityType) bool { return t > 255 }

// leavesOthers reports whether a handshake has failed since nothing inside of
// VeNCrypt is allowed, while the server offers other types that are.
func (h *handshake) leavesOthers(err error) bool {
	var none *rfb.SecurityTypesError
	if h.core == nil || h.core.ChosenType() != rfb.SecurityVeNCrypt || !errors.As(err, &none) && !errors.Is(err, rfb.ErrAnonymousTLS) {
		return false
	}
	offered := h.core.OfferedTypes()
	return slices.ContainsFunc(h.allowed(), func(t rfb.SecurityType) bool { return !isVeNCrypt(t) && slices.Contains(offered, t) })
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
	if err != nil {
		return &connError{err}
	}
	return nil
}

func (h *handshake) read(buf []byte) error {
	if err := h.flush(); err != nil {
		return err
	}
	n, err := h.conn.Read(buf)
	if n > 0 {
		h.silence.Stop()
		h.core.Feed(buf[:n])
		return nil
	}
	var broken net.Error
	switch {
	case err == nil:
		return nil
	case h.conn != h.raw && !isEnd(err) && !errors.As(err, &broken):
		return fmt.Errorf("TLS with the server: %w", &connError{err})
	}
	return &connError{err}
}

// login sends what the server asks for, and nothing in its place.
func (h *handshake) login(ctx context.Context, ev rfb.Event) error {
	credentials := rfb.Credentials{Username: h.config.Username, Password: h.config.Password}
	switch ask := h.config.Credentials; {
	case ask != nil:
		var err error
		if credentials, err = ask(ctx, ev.Security, ev.NeedUsername); err != nil {
			return fmt.Errorf("asking for credentials: %w", err)
		}
	case credentials.Password == "" && ev.NeedUsername:
		return fmt.Errorf("%w: it asks for a name and a password (%v): set Config.Username and Config.Password, or Config.Credentials", ErrNoCredentials, ev.Security)
	case credentials.Password == "":
		return fmt.Errorf("%w: it asks for a password (%v): set Config.Password or Config.Credentials", ErrNoCredentials, ev.Security)
	case credentials.Username == "" && ev.NeedUsername:
		return fmt.Errorf("%w: it asks for a name besides the password (%v): set Config.Username or Config.Credentials", ErrNoCredentials, ev.Security)
	}
	h.loggedIn = true
	h.log(ctx, "logging in", slog.String("security", ev.Security.String()))
	return h.core.Login(credentials)
}

func (h *handshake) checkKey(ev rfb.Event) error {
	if check := h.config.ServerKey; check != nil {
		if err := check(ev.ServerKey); err != nil {
			return fmt.Errorf("Config.ServerKey refuses the server's key %s: %w", rfb.Fingerprint(ev.ServerKey), err)
		}
		return nil
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
	if len(config.Certificates) == 0 && config.GetClientCertificate == nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			h.uncertified = true
			return new(tls.Certificate), nil // none
		}
	}
	conn := tls.Client(h.conn, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return h.explainTLS(&connError{err})
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
