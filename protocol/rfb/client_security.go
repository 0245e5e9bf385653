package rfb

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrAnonymousTLS means that the server offers TLS only without a certificate,
// as VeNCrypt's TLS types and security type 18 do. That keeps out who listens
// but not who stands in between, so a password sent through it is not safe, and
// it is not spoken here.
var ErrAnonymousTLS = errors.New("rfb: the server offers only anonymous TLS, which cannot tell it from an impostor: give it a certificate (X509None, X509Vnc or X509Plain)")

// ErrCredentials means that a name or a password is longer than the security
// type can carry.
var ErrCredentials = errors.New("rfb: name or password too long for this security type")

// ErrServerKey means that a server's key is too short, too long, or not what
// belongs to it.
var ErrServerKey = errors.New("rfb: bad key of the server")

func tooLong(what string, limit int) error {
	return fmt.Errorf("%w: the %s may have %d bytes", ErrCredentials, what, limit)
}

func checkLengths(cr Credentials, limit int) error {
	switch {
	case len(cr.Username) > limit:
		return tooLong("name", limit)
	case len(cr.Password) > limit:
		return tooLong("password", limit)
	}
	return nil
}

// A SecurityTypesError means that client and server have no security type in
// common.
type SecurityTypesError struct {
	Offered []SecurityType // by the server; those of VeNCrypt or Tight if it came to that
}

func (e *SecurityTypesError) Error() string {
	if len(e.Offered) == 0 {
		return "rfb: the server has no security type to offer"
	}
	names := make([]string, len(e.Offered))
	for i, t := range e.Offered {
		names[i] = t.String()
		if t != SecurityVeNCrypt && !slices.Contains(AllTypes(), t) {
			names[i] += " (not spoken here)"
		}
	}
	return "rfb: none of the server's security types is allowed: " + strings.Join(names, ", ")
}

// A RefusedError means that the server has refused the client, or what it asked
// for on the way in.
type RefusedError struct {
	Reason string // in the server's words, which are not to be trusted; may be empty
	What   string // in words of this package: what it has refused; empty for the client
}

func (e *RefusedError) Error() string {
	what := "rfb: the server refused"
	if e.What != "" {
		what += " " + e.What
	}
	if e.Reason == "" {
		return what
	}
	return fmt.Sprintf("%s: %q", what, e.Reason)
}

// Credentials are what Login takes. Security types without names use the
// password only.
type Credentials struct{ Username, Password string }

// security is the state of the security handshake.
type security struct {
	types     []SecurityType                   // that the server offers
	chosen    SecurityType                     // of them
	login     func(Credentials) (Event, error) // set between EventCredentials and Login
	tls       SecurityType                     // set between EventTLS and TLSDone
	challenge [VNCChallengeLength]byte
	tightUsed bool
	dh        diffieHellman
	ra2       *ra2
}

func (c *Client) allowed(t SecurityType) bool { return slices.Contains(c.config.Security, t) }

// choose returns the first allowed type that is offered.
func (c *Client) choose(offered []SecurityType) (SecurityType, error) {
	for _, t := range c.config.Security {
		if t > 255 {
			t = SecurityVeNCrypt
		} else if t == SecurityVeNCrypt {
			continue // its subtypes are what is allowed
		}
		if slices.Contains(offered, t) {
			return t, nil
		}
	}
	if !slices.ContainsFunc(offered, func(t SecurityType) bool { return t != securityTLS }) {
		return 0, ErrAnonymousTLS
	}
	return 0, &SecurityTypesError{Offered: offered}
}

func (c *Client) startSecurity(t SecurityType) (Event, error) {
	switch t {
	case SecurityNone:
		return c.securityDone(false)
	case SecurityVNC:
		c.step = (*Client).readVNCChallenge
	case SecurityTight:
		c.step = (*Client).readTightTunnels
	case SecurityVeNCrypt:
		c.step = (*Client).readVeNCryptVersion
	case SecurityAppleDH:
		c.step = (*Client).readAppleDH
	case SecurityMSLogonII:
		c.step = (*Client).readMSLogonII
	case SecurityRA2, SecurityRA2ne, SecurityRA2_256, SecurityRA2ne_256:
		return c.startRA2(t)
	default:
		return Event{}, &SecurityTypesError{Offered: []SecurityType{t}}
	}
	return Event{}, nil
}

// askCredentials raises EventCredentials; login is what Login then calls.
func (c *Client) askCredentials(t SecurityType, name bool, login func(Credentials) (Event, error)) (Event, error) {
	c.security.login = login
	c.step = (*Client).wait
	return Event{Kind: EventCredentials, Security: t, NeedUsername: name}, nil
}

// Login answers EventCredentials. The credentials are used at once and not
// kept longer than until AppendOutput has returned what is sent of them. The error is ErrCredentials, after which Login may be called again, or
// ErrState.
func (c *Client) Login(credentials Credentials) error {
	login := c.security.login
	if login == nil || c.err != nil {
		return ErrState
	}
	c.security.login = nil
	_, err := login(credentials)
	if errors.Is(err, ErrCredentials) {
		c.security.login = login
		return err
	}
	if err != nil {
		c.err = err
	}
	return err
}

// TLSDone answers EventTLS: what is fed from now on was decrypted. It returns
// ErrMalformed if the server has sent bytes that were not encrypted in between,
// and ErrState if there was no such event.
func (c *Client) TLSDone() error {
	t := c.security.tls
	if t == 0 || c.err != nil {
		return ErrState
	}
	c.security.tls = 0
	if len(c.in) > 0 {
		c.err = fmt.Errorf("%w: bytes that are not encrypted in front of TLS", ErrMalformed)
		return c.err
	}
	_, err := c.startVeNCryptInner(t)
	if err != nil {
		c.err = err
	}
	return err
}

// AcceptServerKey answers EventServerKey. The error is ErrState, or one of
// making a key.
func (c *Client) AcceptServerKey() error {
	if c.security.ra2 == nil || !c.security.ra2.asked || c.err != nil {
		return ErrState
	}
	if err := c.answerServerKey(); err != nil {
		c.err = err
	}
	return c.err
}

// Fingerprint returns the short form in which viewers show the key of a server
// of RA2: eight bytes of SHA-1, as "01-23-45-67-89-ab-cd-ef".
func Fingerprint(key *rsa.PublicKey) string { return fingerprint(key) }
