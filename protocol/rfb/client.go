package rfb

import (
	"errors"
	"slices"
)

// A ClientConfig says how a client speaks. The zero value is usable.
type ClientConfig struct {
	// Exclusive asks the server to disconnect all other clients.
	Exclusive bool
	// PixelFormat is what the server is to send; the zero value means
	// PixelFormatRGBA. Whatever it is, the framebuffer is RGBA.
	PixelFormat PixelFormat
	// Encodings are those to ask for, the best first. Nil means
	// DefaultEncodings.
	Encodings []Encoding
	// Security are the allowed types, the best first; subtypes of VeNCrypt are
	// named, VeNCrypt itself is not. With SecurityTight its own types must be
	// there too: SecurityNone or SecurityVNC. Nil means SecureTypes.
	Security []SecurityType
	// MaxVersion is the highest version to speak; the zero value means the
	// highest that the server knows.
	MaxVersion Version
	// MaxPixels bounds the framebuffer. 0 means MaxPixels, which is 256 MiB.
	MaxPixels int
	// MaxText bounds texts of the clipboard, in bytes. Longer ones of the
	// server are dropped. 0 means DefaultMaxText.
	MaxText int
}

// SecureTypes returns the security types that keep a password from who listens
// or stands in the middle, if the server's certificate or key is checked.
func SecureTypes() []SecurityType {
	return []SecurityType{
		VeNCryptX509Plain, VeNCryptX509Vnc, VeNCryptX509None,
		SecurityRA2_256, SecurityRA2ne_256, SecurityRA2, SecurityRA2ne,
	}
}

// AllTypes returns all security types that a client can speak: SecureTypes,
// and those that fit only where nobody can listen.
func AllTypes() []SecurityType {
	return append(SecureTypes(),
		SecurityAppleDH, SecurityMSLogonII, SecurityVNC, SecurityTight, VeNCryptPlain, SecurityNone)
}

// DefaultEncodings returns the encodings that a client asks for by itself: all
// that are without loss, and all pseudo-encodings.
func DefaultEncodings() []Encoding {
	return []Encoding{
		EncodingCopyRect, EncodingZRLE, EncodingTight, EncodingTRLE, EncodingHextile, EncodingZlib,
		EncodingZlibHex, EncodingRRE, EncodingCoRRE, EncodingRaw,
		EncodingCursorWithAlpha, EncodingCursor, EncodingXCursor, EncodingPointerPos,
		EncodingExtendedDesktopSize, EncodingDesktopSize, EncodingLastRect, EncodingDesktopName,
		EncodingFence, EncodingContinuousUpdates, EncodingQEMUExtendedKey, EncodingQEMULEDState,
		EncodingVMwareLEDState, EncodingExtendedMouseButtons, EncodingExtendedClipboard,
	}
}

// ErrState means that a method was called before EventReady, or not when its
// event asked for it.
var ErrState = errors.New("rfb: not at this point of the connection")

// errMore means that a step needs more bytes.
var errMore = errors.New("rfb: more bytes needed")

// A step handles what the input begins with. It returns errMore, with the
// input as it was or shorter, if there is too little.
type step func(c *Client) (Event, error)

// A Client is the client's side of one connection. Its methods must not be
// called concurrently.
type Client struct {
	config  ClientConfig
	version Version
	phase   Phase
	step    step
	err     error

	in    []byte // not used yet: borrowed from Feed, or the end of buf
	buf   []byte
	lent  bool // in is borrowed
	out   []byte
	ready []byte // output behind the cipher

	security security
	cipher   cipherBoxes

	name    string
	fb      *Framebuffer
	target  *target
	colors  ColorMap
	decode  decoders
	update  updateState
	skip    int // bytes of a text that is too long
	alpha   alphaCursor
	screens []Screen
	offered offered
	clip    clipboardState
}

// NewClient returns a client at the beginning of a connection. The error is
// ErrPixelFormat.
func NewClient(config ClientConfig) (*Client, error) {
	if config.PixelFormat == (PixelFormat{}) {
		config.PixelFormat = PixelFormatRGBA
	}
	if err := config.PixelFormat.Validate(); err != nil {
		return nil, err
	}
	if config.Encodings == nil {
		config.Encodings = DefaultEncodings()
	}
	if config.Security == nil {
		config.Security = SecureTypes()
	}
	if config.MaxPixels == 0 {
		config.MaxPixels = MaxPixels
	}
	if config.MaxText == 0 {
		config.MaxText = DefaultMaxText
	}
	return &Client{config: config, step: (*Client).readVersion}, nil
}

// Feed gives the client bytes that the server has sent, cut anywhere. They are
// borrowed until Next returns EventNone or an error.
func (c *Client) Feed(p []byte) {
	if c.cipher.in != nil {
		var err error
		if c.buf, err = c.cipher.in.open(c.compact(), p); err != nil && c.err == nil {
			c.err = err
		}
		c.in, c.lent = c.buf, false
		return
	}
	if len(c.in) == 0 {
		c.in, c.lent = p, true
		return
	}
	c.buf = append(c.compact(), p...)
	c.in, c.lent = c.buf, false
}

// compact moves what is not used yet to the beginning of buf.
func (c *Client) compact() []byte {
	if len(c.in) == 0 {
		if cap(c.buf) > 1<<16 { // a long message is over
			c.buf = nil
		}
		return c.buf[:0]
	}
	if !c.lent && len(c.in) == len(c.buf) {
		return c.buf
	}
	return append(c.buf[:0], c.in...)
}

// Next returns the next event, or EventNone if it needs more bytes. After an
// error, which it returns again, the connection is of no use.
func (c *Client) Next() (Event, error) {
	for c.err == nil {
		ev, err := c.step(c)
		switch {
		case errors.Is(err, errMore):
			if c.lent {
				c.buf = c.compact()
				c.in, c.lent = c.buf, false
			}
			return Event{}, nil
		case err != nil:
			c.err = err
		case ev.Kind != EventNone:
			return ev, nil
		}
	}
	c.in, c.buf = nil, nil
	return Event{}, c.err
}

// next returns the next n bytes and steps over them, or nil if there are fewer.
func (c *Client) next(n int) []byte {
	if len(c.in) < n {
		return nil
	}
	p := c.in[:n:n]
	c.in = c.in[n:]
	return p
}

// nextString returns the next string with its length before it.
func (c *Client) nextString(limit int) (string, error) {
	s, n, err := parseString(c.in, limit)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "", errMore
	}
	c.in = c.in[n:]
	return string(s), nil
}

// AppendOutput appends what is to be sent to the server, and forgets it.
func (c *Client) AppendOutput(dst []byte) []byte {
	c.seal()
	dst = append(dst, c.ready...)
	clear(c.ready)
	c.ready = c.ready[:0]
	c.clip.provided = false
	return dst
}

// seal moves the output behind the cipher, if there is one. Where it was,
// nothing stays: it may have had a password in it, or a text of the clipboard.
func (c *Client) seal() {
	if c.cipher.out != nil {
		c.ready = c.cipher.out.seal(c.ready, c.out)
	} else {
		c.ready = append(c.ready, c.out...)
	}
	clear(c.out)
	c.out = c.out[:0]
}

// wait is the step between an event that asks for something and the answer.
func (c *Client) wait() (Event, error) { return Event{}, errMore }

// Framebuffer returns the picture, which changes as events are returned. It is
// nil before EventReady.
func (c *Client) Framebuffer() *Framebuffer { return c.fb }

// Version returns the version that is spoken, once it is known.
func (c *Client) Version() Version { return c.version }

// A Phase is how far the handshake of a Client or a Server has come: what it
// waits for.
type Phase uint8

// Phases of a handshake, in their order.
const (
	PhaseVersion  Phase = iota // the other's greeting
	PhaseSecurity              // what the security type consists of
	PhaseResult                // whether the server lets the client in
	PhaseInit                  // ClientInit, and the size of the framebuffer
	PhaseReady                 // no more
)

// Phase returns how far the handshake has come, or had when it failed.
func (c *Client) Phase() Phase { return c.phase }

// OfferedTypes returns the security types that the server has offered; of
// version 3.3 the one that it has chosen. It is nil before that.
func (c *Client) OfferedTypes() []SecurityType { return slices.Clone(c.security.types) }

// ChosenType returns the one of OfferedTypes that was chosen: SecurityVeNCrypt
// or SecurityTight if it is one that has others inside. It is SecurityInvalid
// as long as none is.
func (c *Client) ChosenType() SecurityType { return c.security.chosen }

// Name returns the desktop's name. It comes from the server and is not to be
// trusted.
func (c *Client) Name() string { return c.name }

// Screens returns the server's screens, as far as it has told.
func (c *Client) Screens() []Screen { return slices.Clone(c.screens) }
