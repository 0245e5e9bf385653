package websocket

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// messageTimeout is how long a message may take to come to its end. Tests
// shorten it.
var messageTimeout = transports.MessageTimeout

// A reader waits for a client that was heard more than twice in a row: the next
// bytes come soon, and then find a goroutine with a stack that has grown. For
// others it does not wait but parks. Tests shorten both times.
var (
	// soon is the longest pause in such a row.
	soon = time.Second
	// patient is how long the reader waits for it, or half as long.
	patient = 2 * time.Second
)

// patience is what the reader knows of the time between reads.
type patience struct {
	heard      time.Time // the last bytes
	until      time.Time // the deadline of waiting; zero if there is none
	pauses     uint8     // short ones in a row, up to two
	never      bool      // it cannot park
	unfinished int64     // as Decoder.Unfinished, when it was given its deadline
}

// read is the carrier's goroutine, for as long as there is something to read
// or soon may be. It owns the connection's end.
func (c *carrier) read(early []byte) {
	var err error
	var parked bool
	defer func() {
		if v := recover(); v != nil {
			session.LogPanic(c.session.Logger(), v)
			err = fmt.Errorf("panic: %v", v)
			if !c.probing {
				c.session.Kill(&session.CloseError{Code: session.InternalError, Err: err})
			}
		}
		if !parked {
			c.gone(err)
		}
	}()
	if len(early) > 0 {
		c.feed(early)
		early = nil
	}
	for {
		c.limitMessage()
		err = c.src.read(!c.src.canPark() || c.waitsForMore(), c.feed)
		switch {
		case err == nil:
			c.waits.hears()
		case err == errNothing:
			if parked = c.park(); parked {
				return
			}
		case errors.Is(err, os.ErrDeadlineExceeded) && !c.deaf.Load() && c.waits.unfinished >= 0:
			c.late()
		case errors.Is(err, os.ErrDeadlineExceeded) && !c.waits.until.IsZero():
			// The client was not heard again so soon.
			c.waits.until, c.waits.pauses = time.Time{}, 0
			c.readBy(time.Time{})
		case err == io.EOF && c.isAnswering():
			parked = true
			return
		default:
			return
		}
	}
}

// limitMessage gives a message that is incomplete its time.
func (c *carrier) limitMessage() {
	w := &c.waits
	at := c.decoder.Unfinished()
	if at == w.unfinished || c.hasDeadline() {
		return
	}
	w.unfinished, w.until = at, time.Time{}
	if at < 0 {
		c.readBy(time.Time{})
	} else {
		c.readBy(time.Now().Add(messageTimeout))
	}
}

// hasDeadline reports whether the connection ends, or has a deadline for its
// nonce or its probe.
func (c *carrier) hasDeadline() bool {
	return c.deaf.Load() || c.handshake != nil || c.probing && c.currentLease() == nil
}

// waitsForMore reports whether the reader waits if there is nothing to read,
// and sets the deadline for that.
func (c *carrier) waitsForMore() bool {
	w := &c.waits
	if w.never || w.unfinished >= 0 || c.hasDeadline() {
		return true
	}
	if w.pauses < 2 {
		return false
	}
	if w.until.Sub(w.heard) < patient/2 {
		w.until = w.heard.Add(patient)
		c.readBy(w.until)
	}
	return true
}

// hears notes that there were bytes.
func (w *patience) hears() {
	now := time.Now()
	if now.Sub(w.heard) > soon {
		w.pauses = 0
	} else if w.pauses < 2 {
		w.pauses++
	}
	w.heard = now
}

// park ends the reader until there is something to read. It returns false if
// the reader has to go on.
func (c *carrier) park() bool {
	// First of all: once parked is set, another reader may come at any time,
	// and bring the carrier to its end.
	err := parking.enter(c)
	c.mu.Lock()
	if c.parted || err != nil {
		c.mu.Unlock()
		c.waits.never = true // there is a deadline for the client's answer, or no lot
		return false
	}
	if !c.waits.until.IsZero() {
		c.conn.SetReadDeadline(time.Time{})
		c.waits.until = time.Time{}
	}
	c.parked = true
	c.mu.Unlock()
	if parking.watchFor(c) == nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.parked {
		return true // somebody has set another reader on
	}
	c.parked, c.waits.never = false, true
	return false
}

// isAnswering reports whether the client has closed and the writer is not yet
// through with the answer. It ends the connection then, which resumes the
// reader: a client may close its half right behind its close frame.
func (c *carrier) isAnswering() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parked = c.echo && c.writing && !c.parted
	return c.parked
}

// resume sets the reader on again if it has parked.
func (c *carrier) resume() {
	c.mu.Lock()
	parked := c.parked
	c.parked = false
	c.mu.Unlock()
	if parked {
		go c.read(nil)
	}
}

// readBy sets the deadline of reading, unless that of the close is set.
func (c *carrier) readBy(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.parted {
		c.conn.SetReadDeadline(t)
	}
}
