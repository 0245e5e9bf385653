package rfb

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"net"
	"time"

	"github.com/everwire/everwire/protocol/rfb"
)

// read feeds the core until the connection ends.
func (c *Client) read() {
	defer c.wg.Done()
	err := c.readAll()
	c.log(err)
	c.end(err)
}

func (c *Client) readAll() error {
	buf := make([]byte, clientChunk)
	var events []rfb.Event
	// The core may hold what came with the end of the handshake.
	for n := 0; ; {
		var err error
		events, err = c.feed(buf[:n], events[:0])
		c.deliver(events)
		clear(events) // what they point to must not live on
		if err != nil {
			return err
		}
		if n, err = c.conn.Read(buf); err != nil && n == 0 {
			what := "reading from the server"
			if isEnd(err) {
				what = "the server has closed the connection"
			}
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}

// feed returns the events that p brings.
func (c *Client) feed(p []byte, events []rfb.Event) ([]rfb.Event, error) {
	for fed := false; ; fed = true {
		ev, err := c.next(p, fed)
		if err != nil || ev.Kind == rfb.EventNone {
			return events, err
		}
		events = append(events, ev)
	}
}

// next returns one event, having fed p if that was not done. The lock is held
// for one event only: some cost a server few bytes and this side much work, and
// Close must not wait for all of a chunk.
func (c *Client) next(p []byte, fed bool) (rfb.Event, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return rfb.Event{}, c.err
	}
	if !fed {
		c.core.Feed(p)
	}
	ev, err := c.core.Next()
	if err != nil {
		return rfb.Event{}, err
	}
	if ev.Kind != rfb.EventNone {
		return ev, c.react(ev)
	}
	c.flushLocked()
	if len(c.unsent) > maxUnsent {
		return ev, ErrUnsent
	}
	return ev, nil
}

// react does what the protocol asks for after an event. The next update is
// asked for as soon as one begins.
func (c *Client) react(ev rfb.Event) error {
	switch ev.Kind {
	case rfb.EventUpdateStart:
		return c.requestLocked(true)
	case rfb.EventRect:
		c.drawLocked(ev)
	case rfb.EventUpdate:
		c.drawnLocked()
	case rfb.EventResize:
		c.eraseLocked()
		if c.continuous {
			if err := c.continueLocked(); err != nil {
				return err
			}
		}
		return c.requestLocked(false)
	case rfb.EventColors:
		return c.requestLocked(false)
	case rfb.EventContinuousUpdates:
		if ev.Enabled {
			return c.continueLocked()
		}
		if c.continuous {
			c.continuous = false
			return c.requestLocked(true)
		}
	}
	return nil
}

// deliver tells the world.
func (c *Client) deliver(events []rfb.Event) {
	var update Update
	for _, ev := range events {
		switch ev.Kind {
		case rfb.EventRect:
			update.Area = update.Area.Union(ev.Rect.Image())
		case rfb.EventResize:
			update.Area, update.Resized = ev.Rect.Image(), true
		case rfb.EventBell:
			if f := c.config.OnBell; f != nil {
				f()
			}
		case rfb.EventCutText:
			call(c.config.OnClipboard, ev.Text)
		case rfb.EventName:
			call(c.config.OnName, ev.Text)
		case rfb.EventCursor:
			call(c.config.OnCursor, ev.Cursor)
		case rfb.EventPointer:
			call(c.config.OnPointer, image.Pt(ev.Rect.X, ev.Rect.Y))
		case rfb.EventLEDs:
			call(c.config.OnLEDs, ev.LEDs)
		case rfb.EventScreens:
			call(c.config.OnScreens, ev.Screens)
		case rfb.EventUpdate:
			c.publish(update)
			update = Update{}
		}
	}
	// An update that is not complete is told too: parts of a large one take
	// their time.
	c.publish(update)
}

func call[T any](f func(T), v T) {
	if f != nil {
		f(v)
	}
}

// publish puts an update into the channel, united with the one that may be
// there. Nobody else puts any there.
func (c *Client) publish(u Update) {
	if u.Area.Empty() && !u.Resized {
		return
	}
	select {
	case before := <-c.updates:
		u.Area, u.Resized = u.Area.Union(before.Area), u.Resized || before.Resized
	default:
	}
	c.updates <- u
}

// write sends what there is until the connection ends.
func (c *Client) write() {
	defer c.wg.Done()
	var out []byte
	for {
		select {
		case <-c.wake:
		case <-c.stop:
			return
		}
		c.mu.Lock()
		out, c.unsent = c.unsent, out[:0]
		c.mu.Unlock()
		c.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := c.conn.Write(out); err != nil {
			c.writeFailed(err)
			return
		}
		if cap(out) > clientChunk { // a long text of the clipboard
			out = nil
		}
	}
}

// writeFailed ends the connection to a server that does not read. One that has
// closed it may have said something before: that is left to the reader, who
// then comes to the end.
func (c *Client) writeFailed(err error) {
	var network net.Error
	if errors.As(err, &network) && network.Timeout() || c.conn.SetReadDeadline(time.Now().Add(farewell)) != nil {
		c.end(err)
	}
}

func (c *Client) log(err error) {
	if c.config.Logger != nil {
		c.config.Logger.LogAttrs(context.Background(), slog.LevelDebug, "connection ended",
			slog.String("remote", remoteOf(c.conn)), slog.Any("err", err))
	}
}
