package rfb

import (
	"bytes"
	"fmt"
	"strings"
)

// maxQuoted is how much of what is not RFB an error shows, in bytes.
const maxQuoted = 40

// readVersion answers the server's greeting with the highest version that both
// know (RFC 6143 section 7.1.1). Versions that do not exist are taken as RFC
// 6143 says: those between 3.3 and 3.7 as 3.3, those over 3.8 as 3.8.
func (c *Client) readVersion() (Event, error) {
	p := c.next(VersionLength)
	if p == nil {
		// What is no greeting is told at once, not after the twelfth byte.
		if !beginsGreeting(c.in) {
			return Event{}, notRFB(c.in, c.in)
		}
		return Event{}, errMore
	}
	theirs, err := ParseVersion(p)
	if err != nil {
		all := append(p, c.in...)
		return Event{}, notRFB(all, all)
	}
	if c.version, err = agree(theirs, c.config.MaxVersion); err != nil {
		return Event{}, err
	}
	c.phase = PhaseSecurity
	c.out = AppendVersion(c.out, c.version)
	if c.version == Version33 {
		c.step = (*Client).readSecurity33
	} else {
		c.step = (*Client).readSecurityTypes
	}
	return Event{}, nil
}

func agree(theirs, highest Version) (Version, error) {
	if highest == (Version{}) {
		highest = Version3889
	}
	if theirs.Major > 3 {
		theirs = Version38
	}
	if less(highest, theirs) {
		theirs = highest
	}
	switch {
	case theirs == Version{}:
		return Version{}, fmt.Errorf("%w: 0.0, with which repeaters of UltraVNC ask for a number", ErrVersion)
	case theirs.Major < 3 || theirs.Minor < 3:
		return Version{}, fmt.Errorf("%w: %v, where 3.3 is the oldest that is spoken", ErrVersion, theirs)
	case theirs.Minor < 7:
		return Version33, nil
	case theirs.Minor == 7:
		return Version37, nil
	case theirs == Version3889:
		return Version3889, nil
	}
	return Version38, nil
}

func less(a, b Version) bool {
	return a.Major < b.Major || a.Major == b.Major && a.Minor < b.Minor
}

// beginsGreeting reports whether what has arrived may become a greeting.
func beginsGreeting(p []byte) bool {
	const start = "RFB "
	n := min(len(p), len(start))
	return string(p[:n]) == start[:n]
}

// notRFB tells what the peer speaks, as far as that can be seen, and quotes the
// first line of what may be shown of it.
func notRFB(p, shown []byte) error {
	line, _, _ := bytes.Cut(shown[:min(len(shown), maxQuoted)], []byte("\n"))
	for _, known := range []struct{ start, name string }{
		{"SSH-", "an SSH server"}, {"HTTP/", "a web server"}, {"GET ", "a web browser"}, {"\x15\x03", "a TLS server"}, {"\x16\x03", "a TLS client"},
		{"220", "a mail or FTP server"},
	} {
		if bytes.HasPrefix(p, []byte(known.start)) {
			return fmt.Errorf("%w: it begins with %q, as %s does", ErrVersion, line, known.name)
		}
	}
	return fmt.Errorf("%w: it begins with %q", ErrVersion, line)
}

// readSecurity33 takes the type that the server has chosen (RFC 6143 section
// 7.1.2, version 3.3).
func (c *Client) readSecurity33() (Event, error) {
	if len(c.in) < 4 {
		return Event{}, errMore
	}
	switch t := SecurityType(u32(c.in)); t {
	case SecurityInvalid:
		return c.readRefusal(4)
	default:
		c.next(4)
		c.security.types = []SecurityType{t}
		if !c.allowed(t) || t != SecurityNone && t != SecurityVNC {
			return Event{}, &SecurityTypesError{Offered: []SecurityType{t}}
		}
		c.security.chosen = t
		return c.startSecurity(t)
	}
}

// readSecurityTypes chooses among the types that the server offers.
func (c *Client) readSecurityTypes() (Event, error) {
	if len(c.in) < 1 {
		return Event{}, errMore
	}
	count := int(c.in[0])
	if count == 0 {
		return c.readRefusal(1)
	}
	p := c.next(1 + count)
	if p == nil {
		return Event{}, errMore
	}
	c.security.types = make([]SecurityType, count)
	for i, t := range p[1:] {
		c.security.types[i] = SecurityType(t)
	}
	t, err := c.choose(c.security.types)
	if err != nil {
		return Event{}, err
	}
	c.security.chosen = t
	c.out = append(c.out, byte(t))
	return c.startSecurity(t)
}

// readRefusal reads why the server does not want us, behind n bytes.
func (c *Client) readRefusal(n int) (Event, error) {
	reason, size, err := parseString(c.in[n:], MaxReasonLength)
	if err != nil {
		return Event{}, err
	}
	if size == 0 {
		return Event{}, errMore
	}
	// Servers written in C may count the end of the string.
	return Event{}, &RefusedError{Reason: strings.TrimRight(string(reason), "\x00")}
}

// readSecurityResult reads how the security handshake has ended (RFC 6143
// section 7.1.3).
func (c *Client) readSecurityResult() (Event, error) {
	if len(c.in) < 4 {
		return Event{}, errMore
	}
	switch result := u32(c.in); {
	case result == SecurityOK:
		c.next(4)
		return c.sendClientInit()
	case c.version.Minor >= 8 && result == SecurityFailed:
		return c.readRefusal(4)
	case result == SecurityTooMany:
		return Event{}, &RefusedError{What: "more attempts, of which there were too many"}
	default:
		return Event{}, &RefusedError{}
	}
}

// securityDone goes on behind the security handshake. Before version 3.8 there
// is no result if there was nothing to check.
func (c *Client) securityDone(checked bool) (Event, error) {
	if !checked && c.version.Minor < 8 {
		return c.sendClientInit()
	}
	c.phase = PhaseResult
	c.step = (*Client).readSecurityResult
	return Event{}, nil
}

func (c *Client) sendClientInit() (Event, error) {
	c.phase = PhaseInit
	c.out = AppendClientInit(c.out, !c.config.Exclusive)
	c.step = (*Client).readServerInit
	return Event{}, nil
}

// readServerInit allocates the framebuffer and asks for the format and the
// encodings.
func (c *Client) readServerInit() (Event, error) {
	// The size is checked before the rest is waited for.
	if len(c.in) >= 4 {
		if err := c.checkSize(u16(c.in), u16(c.in[2:])); err != nil {
			return Event{}, err
		}
	}
	init, n, err := ParseServerInit(c.in)
	if err != nil {
		return Event{}, err
	}
	if n == 0 {
		return Event{}, errMore
	}
	if c.security.tightUsed {
		extra, err := tightCapabilities(c.in[n:])
		if err != nil {
			return Event{}, err
		}
		n += extra
	}
	c.in = c.in[n:]
	if c.fb, err = NewFramebuffer(init.Width, init.Height); err != nil {
		return Event{}, err
	}
	if c.target, err = newTarget(c.fb, c.config.PixelFormat, nil); err != nil {
		return Event{}, err
	}
	c.name = init.Name
	c.out = AppendSetPixelFormat(c.out, c.config.PixelFormat)
	c.out = AppendSetEncodings(c.out, c.config.Encodings...)
	c.phase = PhaseReady
	c.step = (*Client).readMessage
	return Event{Kind: EventReady, Rect: c.fb.Bounds(), Text: c.name}, nil
}

// A SizeError means that the server's framebuffer is larger than is allowed. It
// is an ErrTooLarge.
type SizeError struct {
	Width, Height int // of the framebuffer; MaxSide bounds both
	MaxPixels     int // of the ClientConfig
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%v: a framebuffer of %d × %d pixels, where %d are allowed, %d on a side", ErrTooLarge, e.Width, e.Height, e.MaxPixels, MaxSide)
}

// Unwrap returns ErrTooLarge.
func (e *SizeError) Unwrap() error { return ErrTooLarge }

func (c *Client) checkSize(width, height int) error {
	if width > MaxSide || height > MaxSide || width*height > c.config.MaxPixels {
		return &SizeError{Width: width, Height: height, MaxPixels: c.config.MaxPixels}
	}
	return nil
}
