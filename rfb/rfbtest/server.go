package rfbtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/everwire/everwire/protocol/rfb"
)

// A Config says what a Server serves, and how. The zero value serves Script in
// EncodingRaw to everybody, with version 3.8.
type Config struct {
	Version rfb.Version // the highest; rfb.Version38 by default
	// Security are the types that are offered, rfb.SecurityNone by default;
	// subtypes of VeNCrypt stand for themselves. All that protocol/rfb has a
	// name for are spoken, but those with anonymous TLS; they and others are
	// offered, and refused to who chooses them.
	Security []rfb.SecurityType
	// TightTypes are those inside of rfb.SecurityTight, by its own numbers:
	// None and VNC are spoken, others offered. An empty list stands for None.
	TightTypes []rfb.SecurityType
	// TightTunnels has rfb.SecurityTight list the one tunnel that there is.
	TightTunnels bool
	// User and Password let a client in. With the types of RA2, an empty User
	// means that only a password is asked for.
	User     string
	Password string
	TLS      *tls.Config // for the X509 types
	// ServerKey is what the types of RA2 show; a new one of 2,048 bits by
	// default.
	ServerKey *rsa.PrivateKey
	// Impostor has a server of RA2 show its key, but be unable to use it. A
	// client must notice before it says who it is.
	Impostor bool
	// Format is what the server uses until the client asks for another one;
	// rfb.PixelFormat32 by default.
	Format rfb.PixelFormat
	// Encoding is the only one of pixels that is used, if the client lists it;
	// otherwise they are raw. The zero value is rfb.EncodingRaw.
	Encoding rfb.Encoding
	Tight    rfb.TightForm // for rfb.EncodingTight
	// NoCopies sends pixels instead of copies.
	NoCopies bool
	// LastRect does not tell how many rectangles an update has, to clients
	// that have listed rfb.EncodingLastRect.
	LastRect bool
	Name     string // of the desktop
	Cursor   *rfb.Cursor
	// Steps are sent one for each request; Script by default.
	Steps []Step
	// OnStep is called when a step has been sent, with its number from 0 on.
	OnStep func(n int)
	// OnInput is called for keys, the pointer and texts.
	OnInput func(rfb.ServerEvent)
	// CutAfter ends the connection after so many bytes have been sent, those
	// of TLS and of encryption included; 0 means never.
	CutAfter int
}

// A Server serves its steps to each client anew. It must be made by NewServer.
type Server struct{ config Config }

// NewServer returns a server. The error says what is wrong with the steps or
// the format, or which key is missing.
func NewServer(c Config) (*Server, error) {
	if c.Security == nil {
		c.Security = []rfb.SecurityType{rfb.SecurityNone}
	}
	if c.Version == (rfb.Version{}) {
		c.Version = rfb.Version38
	}
	if c.Format == (rfb.PixelFormat{}) {
		c.Format = rfb.PixelFormat32
	}
	if c.Steps == nil {
		c.Steps = Script()
	}
	if len(c.Steps) == 0 {
		return nil, errors.New("rfbtest: there is no step")
	}
	for _, step := range c.Steps {
		if step.Picture.Bounds() != c.Steps[0].Picture.Bounds() {
			return nil, errors.New("rfbtest: steps have different sizes")
		}
	}
	if err := c.findKeys(); err != nil {
		return nil, err
	}
	return &Server{c}, c.Format.Validate()
}

// findKeys makes the key of RA2 if it is needed, and looks for the certificate.
func (c *Config) findKeys() (err error) {
	for _, t := range c.Security {
		switch t {
		case rfb.VeNCryptX509None, rfb.VeNCryptX509Vnc, rfb.VeNCryptX509Plain:
			if c.TLS == nil {
				return fmt.Errorf("rfbtest: %v needs Config.TLS", t)
			}
		case rfb.SecurityRA2, rfb.SecurityRA2ne, rfb.SecurityRA2_256, rfb.SecurityRA2ne_256:
			if c.ServerKey == nil {
				if c.ServerKey, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Steps returns the number of steps.
func (s *Server) Steps() int { return len(s.config.Steps) }

// Picture returns what a client must have after step n, if it uses 32 bits for
// a pixel; Converted tells for others. It must not be changed.
func (s *Server) Picture(n int) *rfb.Framebuffer { return s.config.Steps[n].Picture }

// ServeListener serves each connection in a goroutine of its own, until the
// listener fails or is closed. It does not wait for them.
func (s *Server) ServeListener(l net.Listener) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			_ = s.Serve(conn) // a client is free to fail
		}()
	}
}

var errCut = errors.New("rfbtest: cut")

// A cutter is a connection that ends after so many bytes have been written.
type cutter struct {
	net.Conn
	budget int
}

func (c *cutter) Write(p []byte) (int, error) {
	switch {
	case c.budget == 0:
		return 0, errCut
	case len(p) < c.budget:
		c.budget -= len(p)
		return c.Conn.Write(p)
	}
	n, err := c.Conn.Write(p[:c.budget])
	c.budget = 0
	return n, errors.Join(errCut, err)
}

// Serve serves one client until it goes away or the connection is cut, for
// which the error is nil. It does not close the connection.
func (s *Server) Serve(conn net.Conn) error {
	if s.config.CutAfter > 0 {
		conn = &cutter{conn, s.config.CutAfter}
	}
	d := &door{config: &s.config, conn: conn}
	err := d.open()
	if err == nil {
		err = s.newPeer(d).serve()
	}
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, io.ErrClosedPipe, errCut} {
		if errors.Is(err, end) {
			return nil
		}
	}
	return err
}

// newPeer goes on behind the door, with a server that is made to believe that
// it has asked for nothing.
func (s *Server) newPeer(d *door) *peer {
	encodings := []rfb.Encoding{s.config.Encoding}
	if !s.config.NoCopies {
		encodings = append(encodings, rfb.EncodingCopyRect)
	}
	server := rfb.NewServer(rfb.ServerConfig{
		Security: []rfb.SecurityType{rfb.SecurityNone}, Encodings: encodings, LastRect: s.config.LastRect,
	})
	for _, p := range [][]byte{rfb.AppendVersion(nil, rfb.Version38), {byte(rfb.SecurityNone)}} {
		_, _, _ = server.Receive(p) // it cannot fail
	}
	server.AppendOutput(nil)
	return &peer{config: s.config, conn: d.conn, server: server, extended: d.extended}
}

// A peer is the server of one client.
type peer struct {
	config Config
	conn   net.Conn
	server *rfb.Server
	in     []byte
	out    []byte
	next   int // step
	// extended says that ServerInit is longer, as Tight has it.
	extended bool
}

func (p *peer) serve() error {
	for {
		if err := p.flush(); err != nil {
			return err
		}
		n, ev, err := p.server.Receive(p.in)
		if err != nil {
			_ = p.flush() // it may say why
			return err
		}
		if n == 0 {
			if err := p.read(); err != nil {
				return err
			}
			continue
		}
		p.in = p.in[n:]
		if err := p.handle(ev); err != nil {
			_ = p.flush()
			return err
		}
		if err := p.send(); err != nil {
			return err
		}
	}
}

func (p *peer) read() error {
	var buf [4096]byte
	n, err := p.conn.Read(buf[:])
	p.in = append(p.in, buf[:n]...)
	if n > 0 {
		return nil
	}
	return err
}

func (p *peer) handle(ev rfb.ServerEvent) error {
	switch ev.Kind {
	case rfb.ServerEventInit:
		b := p.config.Steps[0].Picture.Bounds()
		return p.start(b)
	case rfb.ServerEventResize:
		p.server.AnswerResize(rfb.ResizeProhibited)
	case rfb.ServerEventKey, rfb.ServerEventPointer, rfb.ServerEventClipboard:
		if p.config.OnInput != nil {
			p.config.OnInput(ev)
		}
	}
	return nil
}

func (p *peer) start(b rfb.Rect) error {
	init := rfb.ServerInit{Width: b.Width, Height: b.Height, PixelFormat: p.config.Format, Name: p.config.Name}
	if err := p.server.Start(init); err != nil {
		return err
	}
	if p.extended {
		p.out = append(p.server.AppendOutput(p.out), tightLists()...)
	}
	if p.config.Cursor != nil {
		p.server.SetCursor(p.config.Cursor)
	}
	return nil
}

// send answers a request, if there is one, with the next step.
func (p *peer) send() error {
	if !p.server.Waiting() {
		return nil
	}
	stepped := -1
	if p.next < len(p.config.Steps) && !p.server.SizePending() {
		step := p.config.Steps[p.next]
		for _, c := range step.Copies {
			p.server.Copy(c.Rect, c.X, c.Y)
		}
		for _, r := range step.Damage {
			p.server.Damage(r)
		}
		stepped = p.next
		p.next++
	}
	u, ok := p.server.BeginUpdate()
	if !ok {
		return nil
	}
	u.Encoder().Tight = p.config.Tight
	picture := p.config.Steps[max(p.next-1, 0)].Picture
	for more := true; more; {
		p.out, more = u.Append(p.out, picture)
	}
	p.server.EndUpdate()
	if err := p.flush(); err != nil {
		return err
	}
	if stepped >= 0 && p.config.OnStep != nil {
		p.config.OnStep(stepped)
	}
	return nil
}

// flush sends what there is.
func (p *peer) flush() error {
	out := p.server.AppendOutput(p.out)
	p.out = out[:0]
	if len(out) == 0 {
		return nil
	}
	_, err := p.conn.Write(out)
	return err
}
