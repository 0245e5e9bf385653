package rfb

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/everwire/everwire/protocol/rfb"
)

// Defaults of a ServeConfig.
const (
	DefaultHandshakeTimeout = 10 * time.Second // of ServeConfig.HandshakeTimeout
	DefaultWriteTimeout     = 20 * time.Second // of ServeConfig.WriteTimeout
	DefaultMaxViewers       = 100              // of ServeConfig.MaxViewers
)

// A ServeConfig says how viewers are let in. Of Security, Password and
// Authenticate at least one must be given: there is no way in by default.
type ServeConfig struct {
	// Security are the types that are offered, the best first. The default
	// follows from the other fields: with TLS rfb.VeNCryptX509Vnc, without
	// it rfb.SecurityVNC, which is easy to break for whoever can listen.
	// rfb.SecurityNone has to be asked for by name.
	Security []rfb.SecurityType
	// Password lets viewers in. SecurityVNC looks at its first eight bytes.
	Password string
	// ViewPassword lets viewers in who may only look; empty means none.
	ViewPassword string
	// Authenticate decides instead of the two passwords. Its error refuses;
	// viewers are not told its text.
	Authenticate func(context.Context, Login) (Permission, error)
	// TLS is needed for the X509 types.
	TLS *tls.Config

	// ViewOnly lets nobody do anything.
	ViewOnly bool
	// Encodings restricts those of pixels; nil allows all.
	Encodings []rfb.Encoding
	// MaxText bounds texts of clipboards, in bytes; longer ones of viewers are
	// dropped. 0 means rfb.DefaultMaxText.
	MaxText int
	// HandshakeTimeout bounds the time until a viewer is let in; 0 means
	// DefaultHandshakeTimeout.
	HandshakeTimeout time.Duration
	// WriteTimeout is how long a viewer may take no bytes at all; 0 means
	// DefaultWriteTimeout.
	WriteTimeout time.Duration
	// MaxViewers bounds the connections of ServeListener; 0 means
	// DefaultMaxViewers.
	MaxViewers int
	// Logger gets what happens, without texts and passwords; nil means nothing.
	Logger *slog.Logger
}

// A Login is what a viewer proves itself with.
type Login struct {
	Remote   net.Addr
	Security rfb.SecurityType // a subtype of VeNCrypt if it is one
	User     string           // of the Plain types
	// CheckPassword reports whether the viewer knows a password. With
	// SecurityVNC nobody can see which one it is.
	CheckPassword func(password string) bool
}

// A Permission says what a viewer may do.
type Permission struct{ ViewOnly bool }

// ErrNoSecurity means that a ServeConfig has no way to let anybody in.
var ErrNoSecurity = errors.New("rfb: no security type, password or Authenticate is configured")

func (c ServeConfig) withDefaults() (ServeConfig, error) {
	if c.Security == nil {
		switch {
		case c.Password == "" && c.ViewPassword == "" && c.Authenticate == nil:
			return c, ErrNoSecurity
		case c.TLS != nil:
			c.Security = []rfb.SecurityType{rfb.VeNCryptX509Vnc}
		default:
			c.Security = []rfb.SecurityType{rfb.SecurityVNC}
		}
	}
	for _, t := range c.Security {
		switch t {
		case rfb.VeNCryptX509None, rfb.VeNCryptX509Vnc, rfb.VeNCryptX509Plain:
			if c.TLS == nil {
				return c, fmt.Errorf("rfb: %v needs TLS", t)
			}
		}
	}
	if c.HandshakeTimeout == 0 {
		c.HandshakeTimeout = DefaultHandshakeTimeout
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = DefaultWriteTimeout
	}
	if c.MaxViewers == 0 {
		c.MaxViewers = DefaultMaxViewers
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Serve shows a desktop to the viewer at the other end of a connection, until
// one of them ends, or ctx. It closes the connection. Viewers that ask to be
// the only ones share the desktop all the same. The error is nil if the
// viewer went away in good order, the cause of ctx, what is wrong with c, an
// error of the connection, or one of protocol/rfb: ErrRefused, ErrMalformed
// and so on.
func Serve(ctx context.Context, conn net.Conn, src Source, c ServeConfig) error {
	c, err := c.withDefaults()
	if err != nil {
		conn.Close()
		return err
	}
	v := &Viewer{conn: conn, remote: conn.RemoteAddr(), source: src, config: c, wake: make(chan struct{}, 1), drained: make(chan struct{}, 1)}
	v.server = rfb.NewServer(rfb.ServerConfig{Security: c.Security, Encodings: c.Encodings, MaxText: c.MaxText})
	// Closing the raw connection ends reads and writes, TLS or not.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	defer conn.Close()
	err = v.serve(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (v *Viewer) serve(ctx context.Context) error {
	if err := v.conn.SetDeadline(time.Now().Add(v.config.HandshakeTimeout)); err != nil {
		return err
	}
	defer func() {
		if v.stop != nil {
			v.stop()
		}
	}()
	if err := v.handshake(ctx); err != nil {
		v.config.Logger.LogAttrs(ctx, slog.LevelWarn, "viewer refused", slog.Any("remote", v.remote), slog.Any("err", err))
		return err
	}
	if err := v.conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	v.config.Logger.LogAttrs(ctx, slog.LevelInfo, "viewer opened", slog.Any("remote", v.remote), slog.Bool("viewonly", v.permission.ViewOnly))
	err := v.run()
	v.config.Logger.LogAttrs(ctx, slog.LevelInfo, "viewer closed", slog.Any("remote", v.remote), slog.Any("err", err))
	return err
}

// ServeListener calls Serve for each connection of a listener. It returns when
// ctx ends or the listener fails, after all viewers have gone; it closes the
// listener. The error is the cause of ctx, the listener's, or what is wrong
// with c.
func ServeListener(ctx context.Context, l net.Listener, src Source, c ServeConfig) error {
	defer l.Close()
	c, err := c.withDefaults()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	var viewers sync.WaitGroup
	defer viewers.Wait()
	defer cancel(net.ErrClosed)
	places := make(chan struct{}, c.MaxViewers)
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		select {
		case places <- struct{}{}:
		default:
			c.Logger.LogAttrs(ctx, slog.LevelWarn, "too many viewers", slog.Any("remote", conn.RemoteAddr()))
			conn.Close()
			continue
		}
		viewers.Go(func() {
			defer func() { <-places }()
			// It has been logged.
			_ = Serve(ctx, conn, src, c)
		})
	}
}

// gone reports whether a viewer has ended the connection in good order.
func gone(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrClosed) || errors.Is(err, io.ErrClosedPipe)
}
