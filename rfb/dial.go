package rfb

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/everwire/everwire/protocol/rfb"
)

// DefaultPort is the port of a target that names none, and of display 0.
const DefaultPort = 5900

// DefaultDialTimeout bounds the time from connecting to EventReady.
const DefaultDialTimeout = 30 * time.Second

// ErrNoCredentials means that the server wants a password, or a name and a
// password, and the Config has none. Nothing was sent in their place. An empty
// password that is meant can be given by Config.Credentials.
var ErrNoCredentials = errors.New("rfb: the server wants to know who connects")

// ErrUnknownKey means that a server of RA2 has shown a key that nobody vouches
// for. The error's text has the fingerprint.
var ErrUnknownKey = errors.New("rfb: nobody vouches for the server's key")

// A Config says how to connect to a server. The zero value connects to servers
// on this machine that want no password, and to others that have a certificate
// and want none.
type Config struct {
	// Username and Password are what the server is told if it asks. Security
	// types without names use the password alone, SecurityVNC its first eight
	// bytes.
	Username string
	Password string
	// Credentials, if set, is asked instead. It may block, but its time counts
	// in HandshakeTimeout, so let that be long enough for who has to type. An
	// error of it ends Dial, which returns it wrapped.
	Credentials func(ctx context.Context, security rfb.SecurityType, needUsername bool) (rfb.Credentials, error)

	// Security are the allowed security types, the best first. Nil means
	// SecureTypes of protocol/rfb, and AllTypes if the server is on this
	// machine or Insecure is set. On this machine is a server at a socket of
	// Unix or a loopback address; if Dial below has made the connection, which
	// may lead to a proxy, the target must be such a one too, or localhost.
	Security []rfb.SecurityType
	// Insecure allows what can be listened to by default, among it VNC's own
	// password, and takes the key of a server of RA2 as it comes. Certificates
	// are checked even so: see TLS.
	Insecure bool
	// TLS is used for security types with a certificate. Nil means that the
	// certificate must be valid for the target's host and be signed by who the
	// system trusts. An empty ServerName is filled in.
	TLS *tls.Config
	// ServerKey decides about the key of a server of RA2; an error refuses it.
	// Fingerprint of protocol/rfb has the form in which viewers show keys. Nil
	// refuses all keys, except for servers on this machine, as Security has
	// it, or with Insecure. Its time counts in HandshakeTimeout.
	ServerKey func(*rsa.PublicKey) error

	// PixelFormat is what the server is to send. The zero value means 32 bits.
	PixelFormat rfb.PixelFormat
	// Encodings to ask for, the best first. Nil means all that are without
	// loss; EncodingQualityLevel9 and its neighbours allow JPEG.
	Encodings []rfb.Encoding
	// Exclusive asks the server to disconnect all other clients.
	Exclusive bool
	// MaxPixels bounds the framebuffer; 0 means 8192 × 8192, which is 256 MiB.
	MaxPixels int
	// MaxText bounds texts of the clipboard, in bytes; longer ones of the
	// server are dropped. 0 means 1 MiB.
	MaxText int

	// HandshakeTimeout bounds the time from connecting until the size is
	// known; 0 means DefaultDialTimeout. Of it a third may pass until the
	// server greets, which it does unasked: one that is silent is none of RFB.
	HandshakeTimeout time.Duration
	// Dial connects to the target; nil means a net.Dialer. It is called a second
	// time if the server offers VeNCrypt with nothing inside that is allowed,
	// and other types.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Logger is told, at level Debug, how connections begin and end. Nil means
	// nobody.
	Logger *slog.Logger

	// The functions below are called, if they are set, one after the other
	// while no more is read, so they must return soon. What they are given is
	// the server's and not to be trusted.
	OnBell      func()
	OnClipboard func(text string)  // the server's clipboard has a text
	OnName      func(name string)  // the desktop has another name
	OnCursor    func(*rfb.Cursor)  // the pointer has another shape
	OnPointer   func(image.Point)  // the server has moved the pointer
	OnLEDs      func(rfb.LEDs)     // the keyboard's lamps that are lit
	OnScreens   func([]rfb.Screen) // the server's screens
}

// Dial connects to a server and returns when the size of its framebuffer is
// known. The target is a host, with a display ("host:1", below 100) or a port
// ("host:5901", "host::99") if it is not DefaultPort, or "unix:" and the path
// of a socket. The context bounds Dial only; call Close to end the connection.
//
// Errors are those of protocol/rfb, among them ErrVersion, SecurityTypesError,
// RefusedError and ErrAnonymousTLS, those of TLS and of connections,
// ErrNoCredentials, ErrUnknownKey, and context.DeadlineExceeded. Their texts
// say what to change, and never have a password in them.
func Dial(ctx context.Context, target string, c Config) (*Client, error) {
	network, address, err := parseTarget(target)
	if err != nil {
		return nil, err
	}
	dial := c.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.handshakeTimeout(), errHandshakeTimeout)
	defer cancel()
	host := ""
	if network == "tcp" {
		host, _, _ = net.SplitHostPort(address)
	}
	// A connection of the caller's own making may end at a proxy.
	mayBeLocal := c.Dial == nil || network == "unix" || isThisMachine(host)
	attempt := func(withoutVeNCrypt bool) (*Client, *handshake, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, nil, err
		}
		h := newHandshake(conn, host, c)
		h.local = h.local && mayBeLocal
		h.withoutVeNCrypt = withoutVeNCrypt
		client, err := h.run(ctx)
		if err != nil {
			h.raw.Close()
		}
		return client, h, err
	}
	client, h, err := attempt(false)
	if err == nil {
		return client, nil
	}
	// What VeNCrypt consists of is known only to who has chosen it, and then
	// there is no way back to the other types but another connection.
	if h == nil || !h.leavesOthers(err) {
		return nil, fmt.Errorf("connecting to %s: %w", target, err)
	}
	client, _, second := attempt(true)
	if second != nil {
		return nil, fmt.Errorf("connecting to %s: %w; and once more, without VeNCrypt: %w", target, err, second)
	}
	return client, nil
}

// NewClient is Dial on a connection that exists, which it closes if it fails.
// The host is the one whose name a certificate must have; it may be empty if
// Config.TLS knows it.
//
// It cannot connect again, as Dial does if a server offers VeNCrypt with
// nothing inside that is allowed, and other types. Nor can it know whether a
// connection to a loopback address leads to a proxy: set Config.Security if it
// may.
func NewClient(ctx context.Context, conn net.Conn, host string, c Config) (*Client, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.handshakeTimeout(), errHandshakeTimeout)
	defer cancel()
	h := newHandshake(conn, host, c)
	client, err := h.run(ctx)
	if err != nil {
		h.raw.Close()
		if h.leavesOthers(err) {
			err = fmt.Errorf("%w; allow only the others that it offers, by Config.Security: %v", err, h.core.OfferedTypes())
		}
		return nil, err
	}
	return client, nil
}

func (c *Config) handshakeTimeout() time.Duration {
	if c.HandshakeTimeout > 0 {
		return c.HandshakeTimeout
	}
	return DefaultDialTimeout
}

// parseTarget returns what a target means to a net.Dialer.
func parseTarget(target string) (network, address string, err error) {
	bad := func(why string) (string, string, error) {
		return "", "", fmt.Errorf("rfb: target %q: %s; it should be as host, host:1 (a display), host:5901 or host::99 (a port), or unix:/path", target, why)
	}
	if target == "" {
		return bad("it is empty")
	}
	if path, ok := strings.CutPrefix(target, "unix:"); ok {
		if path == "" {
			return bad("there is no path")
		}
		return "unix", path, nil
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(target, "["), "]")
	if _, err := netip.ParseAddr(bare); err == nil || !strings.Contains(target, ":") {
		return "tcp", net.JoinHostPort(bare, strconv.Itoa(DefaultPort)), nil
	}
	// Behind two colons stands a port, however low; behind one it is a display.
	text, display := target, true
	if at := strings.LastIndex(target, "::"); at > 0 && (target[at-1] == ']' || !strings.ContainsAny(target[:at], "[:")) {
		text, display = target[:at]+target[at+1:], false
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return bad("an address with colons needs brackets, as [::1]:5901")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return bad(fmt.Sprintf("%q is neither a display nor a port", port))
	}
	if display && n < 100 {
		n += DefaultPort
	}
	return "tcp", net.JoinHostPort(host, strconv.FormatUint(n, 10)), nil
}

// isThisMachine reports whether a host can be no other one.
func isThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// isLocal reports whether nobody between the ends of a connection can listen.
func isLocal(conn net.Conn) bool {
	switch a := conn.RemoteAddr().(type) {
	case *net.TCPAddr:
		return a.IP.IsLoopback()
	case *net.UnixAddr:
		return true
	}
	return false
}
