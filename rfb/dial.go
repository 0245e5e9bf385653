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

// ErrUnknownKey means that a server of RA2 has shown a key that nobody vouches
// for. The error's text has the fingerprint.
var ErrUnknownKey = errors.New("rfb: nobody vouches for the server's key")

// A Config says how to connect to a server. The zero value connects to servers
// on this machine that want no password, and to others that have a certificate
// and want none.
type Config struct {
	Username string // for security types that have names
	Password string
	// Credentials, if set, is asked instead. It may block, and an error of it
	// ends Dial.
	Credentials func(ctx context.Context, security rfb.SecurityType, needUsername bool) (rfb.Credentials, error)

	// Security are the allowed security types, the best first. Nil means
	// SecureTypes of protocol/rfb, and AllTypes if the server is on this
	// machine or Insecure is set.
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
	// refuses all keys, except for servers on this machine or with Insecure.
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
	// known; 0 means DefaultDialTimeout.
	HandshakeTimeout time.Duration
	// Dial connects to the target; nil means a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Logger is told, at level Debug, how connections begin and end. Nil means
	// nobody.
	Logger *slog.Logger

	// The functions below are called, if they are set, one after the other
	// while no more is read, so they must return soon. What they are given is
	// the server's and not to be trusted.
	OnBell      func()
	OnClipboard func(text string)
	OnName      func(name string)
	OnCursor    func(*rfb.Cursor)
	OnPointer   func(image.Point) // the server has moved the pointer
	OnLEDs      func(rfb.LEDs)
	OnScreens   func([]rfb.Screen)
}

// Dial connects to a server and returns when the size of its framebuffer is
// known. The target is a host, with a display ("host:1") or a port
// ("host:5901", "host::99") if it is not DefaultPort, or "unix:" and the path
// of a socket. The context bounds Dial only; call Close to end the connection.
//
// Errors are those of protocol/rfb, among them SecurityTypesError,
// RefusedError and ErrAnonymousTLS, those of TLS, and ErrUnknownKey.
func Dial(ctx context.Context, target string, c Config) (*Client, error) {
	network, address, err := parseTarget(target)
	if err != nil {
		return nil, err
	}
	dial := c.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	ctx, cancel := context.WithTimeout(ctx, c.handshakeTimeout())
	defer cancel()
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", target, err)
	}
	host := ""
	if network == "tcp" {
		host, _, _ = net.SplitHostPort(address)
	}
	client, err := NewClient(ctx, conn, host, c)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", target, err)
	}
	return client, nil
}

// NewClient is Dial on a connection that exists, which it closes if it fails.
// The host is the one whose name a certificate must have; it may be empty if
// Config.TLS knows it.
func NewClient(ctx context.Context, conn net.Conn, host string, c Config) (*Client, error) {
	ctx, cancel := context.WithTimeout(ctx, c.handshakeTimeout())
	defer cancel()
	h := &handshake{config: c, conn: conn, host: host, local: isLocal(conn)}
	client, err := h.run(ctx)
	if err != nil {
		h.conn.Close()
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
	if path, ok := strings.CutPrefix(target, "unix:"); ok {
		return "unix", path, nil
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(target, "["), "]")
	if _, err := netip.ParseAddr(bare); err == nil || !strings.Contains(target, ":") {
		return "tcp", net.JoinHostPort(bare, strconv.Itoa(DefaultPort)), nil
	}
	// Behind two colons stands a port, however low; behind one it is a display.
	display := true
	if at := strings.LastIndex(target, "::"); at > 0 && (target[at-1] == ']' || !strings.ContainsAny(target[:at], "[:")) {
		target, display = target[:at]+target[at+1:], false
	}
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return "", "", fmt.Errorf("rfb: target %q: %w", target, err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return "", "", fmt.Errorf("rfb: target %q: %w", target, err)
	}
	if display && n < 100 {
		n += DefaultPort
	}
	return "tcp", net.JoinHostPort(host, strconv.FormatUint(n, 10)), nil
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
