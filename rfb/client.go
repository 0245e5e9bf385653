package rfb

import (
	"errors"
	"image"
	"net"
	"sync"
	"time"

	"github.com/everwire/everwire/protocol/rfb"
)

const (
	// clientChunk is how much is read, and handled under the lock, at once.
	clientChunk = 64 << 10
	// maxUnsent bounds what waits for a server that does not read.
	maxUnsent = 4 << 20
	// writeTimeout bounds a single write.
	writeTimeout = 20 * time.Second
	// farewell bounds how long TLS may take to say that it ends, and how long
	// is read from who takes nothing any more.
	farewell = time.Second
)

// ErrUnsent means that the server does not read what it is sent, so that no
// more is kept for it.
var ErrUnsent = errors.New("rfb: the server does not read")

// An Update tells what has changed since the one before it.
type Update struct {
	Area image.Rectangle // encloses all pixels that were drawn
	// Resized says that the framebuffer has a new size, all of which is to be
	// drawn anew.
	Resized bool
}

// A Client is a connection to a server. All its methods may be called
// concurrently.
//
// It asks for the framebuffer by itself and keeps up with it, whether anybody
// looks or not: what nobody has taken from Updates is united.
type Client struct {
	conn    net.Conn
	raw     net.Conn // below TLS, if there is that
	config  Config
	updates chan Update
	wake    chan struct{} // there is output; one slot
	ended   chan struct{} // closed when both goroutines have ended
	wg      sync.WaitGroup

	mu         sync.Mutex // guards below
	core       *rfb.Client
	continuous bool // the server sends without being asked
	unsent     []byte
	err        error // why it has ended, set once
	stop       chan struct{}
	missing    *pixels       // that the server has not drawn; nil if there is none
	whole      chan struct{} // closed when there is none
}

// newClient starts a client whose handshake is over.
func newClient(h *handshake) *Client {
	core := h.core
	client := &Client{
		conn: h.conn, raw: h.raw, config: h.config, core: core,
		updates: make(chan Update, 1),
		wake:    make(chan struct{}, 1),
		ended:   make(chan struct{}),
		stop:    make(chan struct{}),
		whole:   make(chan struct{}),
	}
	client.eraseLocked()
	core.RequestUpdate(false, core.Framebuffer().Bounds()) // it is ready, so this cannot fail
	client.flushLocked()
	client.wg.Add(2)
	go client.read()
	go client.write()
	go func() {
		client.wg.Wait()
		close(client.updates)
		close(client.ended)
	}()
	return client
}

// Updates returns the channel of updates, which is closed when the connection
// ends. It holds at most one: those that come before it is taken are united
// with it.
func (c *Client) Updates() <-chan Update { return c.updates }

// Done returns a channel that is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { return c.ended }

// Err returns why the connection has ended; nil if it has not. After Close it
// is net.ErrClosed, and io.EOF if the server has closed it.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the connection and waits for what belongs to it, so it must not
// be called from one of Config's functions. It returns nil.
func (c *Client) Close() error {
	c.end(net.ErrClosed)
	<-c.ended
	return nil
}

// end closes the connection, and remembers why if it is the first to do so.
func (c *Client) end(err error) {
	c.mu.Lock()
	first := c.err == nil
	if first {
		c.err = err
		close(c.stop)
	}
	c.mu.Unlock()
	if first {
		// A server that does not read must not hold up who leaves.
		late := time.AfterFunc(farewell, func() { c.raw.Close() })
		defer late.Stop()
		c.conn.Close()
	}
}

// Size returns the size of the framebuffer in pixels.
func (c *Client) Size() image.Point {
	c.mu.Lock()
	defer c.mu.Unlock()
	fb := c.core.Framebuffer()
	return image.Pt(fb.Width, fb.Height)
}

// Name returns the desktop's name. It is the server's and not to be trusted.
func (c *Client) Name() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.core.Name()
}

// Screens returns the server's screens, as far as it has told.
func (c *Client) Screens() []rfb.Screen {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.core.Screens()
}

// View calls look with the framebuffer, which does not change until look
// returns, and must not be changed or kept. Meanwhile nothing is received.
func (c *Client) View(look func(*image.RGBA)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	look(c.core.Framebuffer().Image())
}

// Image returns a copy of the framebuffer. It is black until the server has drawn
// it, and the first picture may come in several updates: see WaitPicture.
func (c *Client) Image() *image.RGBA {
	var img *image.RGBA
	c.View(func(fb *image.RGBA) {
		img = image.NewRGBA(fb.Rect)
		copy(img.Pix, fb.Pix)
	})
	return img
}
