package rfbtest

import (
	"crypto/tls"
	"errors"
	"io"
	"net"

	"github.com/everwire/everwire/protocol/rfb"
)

// A Config says what a Server serves, and how. The zero value serves Script in
// EncodingRaw to everybody, with version 3.8.
type Config struct {
	Version  rfb.Version        // the highest; rfb.Version38 by default
	Security []rfb.SecurityType // rfb.SecurityNone by default
	User     string             // of the Plain types
	Password string
	TLS      *tls.Config // for the X509 types
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
	// CutAfter ends the connection after so many bytes have been sent; 0 means
	// never.
	CutAfter int
}

// A Server serves its steps to each client anew. It must be made by NewServer.
type Server struct{ config Config }

// NewServer returns a server. The error says what is wrong with the steps or
// the format.
func NewServer(c Config) (*Server, error) {
	if c.Security == nil {
		c.Security = []rfb.SecurityType{rfb.SecurityNone}
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
	return &Server{c}, c.Format.Validate()
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

// Serve serves one client until it goes away or the connection is cut, for
// which the error is nil. It does not close the connection.
func (s *Server) Serve(conn net.Conn) error {
	p := &peer{config: s.config, conn: conn, budget: s.config.CutAfter}
	encodings := []rfb.Encoding{s.config.Encoding}
	if !s.config.NoCopies {
		encodings = append(encodings, rfb.EncodingCopyRect)
	}
	p.server = rfb.NewServer(rfb.ServerConfig{
		Version: s.config.Version, Security: s.config.Security, Encodings: encodings, LastRect: s.config.LastRect,
	})
	err := p.serve()
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, errCut) {
		return nil
	}
	return err
}

// A peer is the server of one client.
type peer struct {
	config Config
	conn   net.Conn
	server *rfb.Server
	in     []byte
	out    []byte
	next   int // step
	budget int
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
	case rfb.ServerEventStartTLS:
		if err := p.flush(); err != nil {
			return err
		}
		// What is cut is the stream inside of TLS.
		p.conn = tls.Server(p.conn, p.config.TLS)
		return p.server.SecuredByTLS()
	case rfb.ServerEventAuthenticate:
		named := ev.Security == rfb.VeNCryptPlain || ev.Security == rfb.VeNCryptX509Plain
		ok := ev.CheckPassword(p.config.Password) && (!named || ev.User == p.config.User)
		return p.server.Authenticated(ok, "wrong name or password")
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

// flush sends what there is, as far as the connection is not to be cut.
func (p *peer) flush() error {
	out := p.server.AppendOutput(p.out)
	p.out = out[:0]
	if len(out) == 0 {
		return nil
	}
	if p.config.CutAfter > 0 {
		if len(out) >= p.budget {
			_, err := p.conn.Write(out[:p.budget])
			return errors.Join(errCut, err)
		}
		p.budget -= len(out)
	}
	_, err := p.conn.Write(out)
	return err
}
