package rfb

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"

	"github.com/everwire/everwire/protocol/rfb"
)

// errLogin is what a viewer is refused with if there is no password that it
// knows.
var errLogin = errors.New("wrong name or password")

// awaited says what each phase of a handshake waits for.
var awaited = [...]string{
	rfb.PhaseVersion:  "its greeting",
	rfb.PhaseSecurity: "the rest of the security handshake",
	rfb.PhaseResult:   "nothing more",
	rfb.PhaseInit:     "whether it would share the desktop",
	rfb.PhaseReady:    "what it wants",
}

// handshake lets the viewer in. Its error says how far that has come.
func (v *Viewer) handshake(ctx context.Context) error {
	err := v.letIn(ctx)
	what := awaited[v.server.Phase()]
	switch {
	case err == nil, errors.Is(err, rfb.ErrRefused), errors.Is(err, rfb.ErrVersion):
		return err // it says enough
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("no handshake within %v (ServeConfig.HandshakeTimeout): the viewer has not sent %s: %w", v.config.HandshakeTimeout, what, err)
	case isEnd(err):
		return fmt.Errorf("the viewer has closed the connection instead of sending %s: %w", what, err)
	}
	return fmt.Errorf("while the viewer should send %s: %w", what, err)
}

// letIn is the handshake. No other goroutine knows the viewer yet, so nothing
// is locked.
func (v *Viewer) letIn(ctx context.Context) error {
	for {
		if err := v.flush(); err != nil {
			return err
		}
		n, ev, err := v.server.Receive(v.in)
		if err != nil {
			// It may have been told why.
			_ = v.flush()
			return err
		}
		if n == 0 {
			if err := v.read(); err != nil {
				return err
			}
			continue
		}
		v.in = v.in[n:]
		switch ev.Kind {
		case rfb.ServerEventStartTLS:
			err = v.startTLS(ctx)
		case rfb.ServerEventAuthenticate:
			err = v.authenticate(ctx, ev)
		case rfb.ServerEventInit:
			return v.begin()
		}
		if err != nil {
			_ = v.flush()
			return err
		}
	}
}

// startTLS continues inside of TLS.
func (v *Viewer) startTLS(ctx context.Context) error {
	if len(v.in) > 0 {
		// Whoever sends on before TLS has begun wants his bytes to be taken
		// for those that TLS protects.
		return fmt.Errorf("%w: bytes before TLS", rfb.ErrMalformed)
	}
	if err := v.flush(); err != nil {
		return err
	}
	conn := tls.Server(v.conn, v.config.TLS)
	if err := conn.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	v.conn = conn
	return v.server.SecuredByTLS()
}

func (v *Viewer) authenticate(ctx context.Context, ev rfb.ServerEvent) error {
	permission, err := v.permit(ctx, Login{v.remote, ev.Security, ev.User, ev.CheckPassword})
	if err != nil {
		refused := v.server.Authenticated(false, errLogin.Error())
		if errors.Is(err, errLogin) {
			return refused // and says so
		}
		return fmt.Errorf("%w: %w", refused, err)
	}
	v.user, v.permission.ViewOnly = ev.User, permission.ViewOnly
	return v.server.Authenticated(true, "")
}

func (v *Viewer) permit(ctx context.Context, l Login) (Permission, error) {
	c := v.config
	switch {
	case c.Authenticate != nil:
		return c.Authenticate(ctx, l)
	case c.Password != "" && l.CheckPassword(c.Password):
		return Permission{}, nil
	case c.ViewPassword != "" && l.CheckPassword(c.ViewPassword):
		return Permission{ViewOnly: true}, nil
	}
	return Permission{}, errLogin
}

// begin tells the viewer what it will see, and watches the source.
func (v *Viewer) begin() error {
	v.permission.ViewOnly = v.permission.ViewOnly || v.config.ViewOnly
	now, stop := v.source.Watch(v.notify)
	v.stop = stop
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.newer {
		now = v.now
	}
	v.started = true
	init := rfb.ServerInit{Width: now.Width, Height: now.Height, PixelFormat: rfb.PixelFormat32, Name: now.Name}
	if err := v.server.Start(init); err != nil {
		return err
	}
	if now.Screens != nil {
		v.server.Resize(now.Width, now.Height, now.Screens, rfb.ResizedByServer)
	}
	v.server.Damage(rfb.Rect{Width: now.Width, Height: now.Height})
	if now.Cursor != nil {
		v.server.SetCursor(now.Cursor)
	}
	v.server.SetLEDs(now.LEDs)
	if now.Clipboard != "" {
		v.server.KeepClipboard(now.Clipboard)
	}
	return nil
}
