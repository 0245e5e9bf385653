package rfb

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/everwire/everwire/protocol/rfb"
)

// What ends a handshake from this side. To callers both are
// context.DeadlineExceeded.
var (
	errHandshakeTimeout = fmt.Errorf("the handshake takes too long: %w", context.DeadlineExceeded)
	errSilence          = fmt.Errorf("the server says nothing: %w", context.DeadlineExceeded)
)

// waitedFor says what each phase of a handshake waits for, and what may be the
// matter if nothing comes.
var waitedFor = [...]struct{ what, hint string }{
	rfb.PhaseVersion:  {"its greeting", "it may not be a server of RFB, which greets unasked, or not take connections from here, or begin with TLS, which is for Config.Dial to do"},
	rfb.PhaseSecurity: {"the rest of the security handshake", "it may not speak the type that it has offered: see Config.Security for others"},
	rfb.PhaseResult:   {"whether it lets the client in", "it may have refused name and password without a word"},
	rfb.PhaseInit:     {"the size of the screen", "it has let the client in, so its log may tell more"},
	rfb.PhaseReady:    {"a picture", "it has let the client in, so its log may tell more"},
}

// A connError is an error of the connection, and not of a function of the
// caller, whose io.EOF is not the server's.
type connError struct{ err error }

func (e *connError) Error() string { return e.err.Error() }
func (e *connError) Unwrap() error { return e.err }

// explainEnd says what the handshake was waiting for when it was given up.
func (h *handshake) explainEnd(cause error) error {
	w := waitedFor[h.core.Phase()]
	limit := h.config.handshakeTimeout()
	switch {
	case cause == errSilence:
		return fmt.Errorf("the server has said nothing for %v: %s: %w", limit/3, w.hint, context.DeadlineExceeded)
	case cause == errHandshakeTimeout:
		return fmt.Errorf("no handshake within %v (Config.HandshakeTimeout): the server has not sent %s: %w", limit, w.what, context.DeadlineExceeded)
	}
	return fmt.Errorf("given up while the server had not sent %s: %w", w.what, cause)
}

// explain says what would have to be changed, after a handshake that was not
// given up.
func (h *handshake) explain(err error) error {
	var types *rfb.SecurityTypesError
	var refused *rfb.RefusedError
	var size *rfb.SizeError
	var broken *connError
	var network net.Error
	phase := h.core.Phase()
	switch {
	case errors.As(err, &types):
		return h.explainTypes(err)
	case errors.Is(err, rfb.ErrAnonymousTLS):
		return h.explainAnonymousTLS(err)
	case errors.As(err, &refused) && refused.What != "":
		return err
	case errors.As(err, &refused) && h.loggedIn:
		return fmt.Errorf("%w (check name and password)", err)
	case errors.As(err, &refused):
		return fmt.Errorf("%w (it has not asked for a password)", err)
	case errors.As(err, &size) && max(size.Width, size.Height) <= rfb.MaxSide:
		return fmt.Errorf("%w (see Config.MaxPixels)", err)
	case errors.Is(err, rfb.ErrMalformed), errors.Is(err, rfb.ErrTooLarge):
		return fmt.Errorf("%w, where the server should send %s", err, waitedFor[phase].what)
	case !errors.As(err, &broken):
		return err
	case isEnd(err):
		return fmt.Errorf("the server has closed the connection instead of sending %s (%s): %w", waitedFor[phase].what, h.whyClosed(), io.ErrUnexpectedEOF)
	case errors.As(err, &network):
		return fmt.Errorf("the connection broke while the server had not sent %s (%s): %w", waitedFor[phase].what, h.whyClosed(), err)
	}
	return err
}

// whyClosed guesses why the server has ended the connection without a word.
func (h *handshake) whyClosed() string {
	phase := h.core.Phase()
	switch {
	case h.uncertified:
		return "it has asked for a certificate of the client, and Config.TLS has none"
	case phase == rfb.PhaseResult && !h.loggedIn:
		return "it has not asked for a password, so its log may tell more"
	case phase == rfb.PhaseInit && h.config.Exclusive:
		return "it has let the client in, but may not disconnect others, as Config.Exclusive asks it to"
	case phase == rfb.PhaseInit:
		return "it has let the client in, but may have another one that does not share, see Config.Exclusive"
	}
	return waitedFor[phase].hint
}

// isEnd reports whether a peer has closed the connection, TLS or not.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe)
}

// explainAnonymousTLS says what else the server offers.
func (h *handshake) explainAnonymousTLS(err error) error {
	if !h.leavesOthers(err) && h.asksForInsecure() {
		return fmt.Errorf("%w; Config.Insecure would allow others that it offers: %v", err, h.core.OfferedTypes())
	}
	return err
}

// asksForInsecure reports whether Config.Insecure would let one of the types
// be used that the server offers, VeNCrypt aside.
func (h *handshake) asksForInsecure() bool {
	return h.config.Security == nil && !h.local && !h.config.Insecure &&
		slices.ContainsFunc(h.core.OfferedTypes(), func(t rfb.SecurityType) bool { return slices.Contains(rfb.AllTypes(), t) })
}

// explainTypes says why no security type was left.
func (h *handshake) explainTypes(err error) error {
	plain := h.config.Security == nil && !h.local && !h.config.Insecure && slices.Contains(h.core.OfferedTypes(), rfb.SecurityVeNCrypt)
	switch {
	case h.asksForInsecure() || plain:
		return fmt.Errorf("%w (only what cannot be listened to is allowed, see Config.Insecure)", err)
	case h.config.Security != nil:
		return fmt.Errorf("%w (Config.Security allows %v)", err, h.config.Security)
	}
	return err
}

// explainTLS names the field that a certificate fails for.
func (h *handshake) explainTLS(err error) error {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	hint := ""
	switch {
	case isEnd(err):
		return fmt.Errorf("TLS with the server: %w", err) // explain says the rest
	case errors.As(err, &authority):
		hint = " (Config.TLS.RootCAs must have who has signed it)"
	case errors.As(err, &host) && len(host.Certificate.DNSNames)+len(host.Certificate.IPAddresses) == 0:
		hint = " (a common name does not count: the certificate needs a subject alternative name, or Config.TLS another way to check it)"
	case errors.As(err, &host):
		hint = " (Config.TLS.ServerName says whose certificate is expected)"
	case errors.As(err, &record):
		hint = " (the server has agreed to TLS, and speaks something else)"
	case h.host == "" && (h.config.TLS == nil || h.config.TLS.ServerName == ""):
		hint = " (Config.TLS.ServerName must say whose certificate is expected)"
	}
	return fmt.Errorf("TLS with the server: %w%s", err, hint)
}
