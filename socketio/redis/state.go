package redis

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// state is what is known of Redis.
type state struct {
	log *slog.Logger

	mu       sync.Mutex // guards below
	down     bool
	refusing bool // it is there, and takes no messages
}

// sent notes whether Redis takes messages, and logs a change.
func (s *state) sent(err error) { s.note(err, true) }

// asked notes whether Redis answers, and logs a change.
func (s *state) asked(err error) { s.note(err, false) }

func (s *state) note(err error, messages bool) {
	s.mu.Lock()
	if err == nil && s.refusing && !messages { // PING tells nothing of that
		s.mu.Unlock()
		return
	}
	was := s.down
	s.down = err != nil
	s.refusing = messages && s.down && isReply(err)
	s.mu.Unlock()
	switch {
	case was == (err != nil):
	case err == nil:
		s.log.Info("Redis is reached again")
	case isReply(err):
		s.log.Warn("Redis takes no messages for now: this server is alone until it does", "err", err)
	default:
		s.log.Warn("Redis is not reached: this server is alone until it is", "err", err)
	}
}

func (s *state) isDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

// watchTime is how often Redis is asked whether it is there.
const watchTime = 5 * time.Second

// watch asks Redis at once and now and then whether it is there, so that it is known
// when there is nothing to say to it.
func (h *Hub) watch() {
	ticker := time.NewTicker(watchTime)
	defer ticker.Stop()
	// The first namespace waits for longer than this.
	for limit := subscribeTime * 3 / 4; ; limit = sendTime {
		ctx, cancel := context.WithTimeout(h.ctx, limit)
		err := h.client.Ping(ctx).Err()
		cancel()
		if h.ctx.Err() != nil {
			return
		}
		if isReply(err) && !notDone(err) {
			err = nil // it is there, whatever this user may not do
		}
		h.state.asked(h.shown(err))
		select {
		case <-ticker.C:
		case <-h.ctx.Done():
			return
		}
	}
}

// Reached reports whether Redis was there when it was last spoken to, a few seconds
// ago at the most, and has confirmed what this server listens to. It does not block.
func (h *Hub) Reached() bool { return !h.state.isDown() && !h.ears.isDeaf() }

// Address says where Redis is: host:port, the path of a socket, or several of them,
// separated by commas. It is empty if a Client does not say. There is no password in
// it.
func (h *Hub) Address() string {
	switch c := h.client.(type) {
	case *goredis.Client:
		return c.Options().Addr
	case *goredis.ClusterClient:
		return strings.Join(c.Options().Addrs, ",")
	}
	return ""
}

// shown returns an error without the password: what is no Redis, or does not know
// AUTH, may repeat what it was sent.
func (h *Hub) shown(err error) error { return shown(h.client, err) }

func shown(client goredis.UniversalClient, err error) error {
	if err == nil {
		return nil
	}
	var secret string
	switch c := client.(type) {
	case *goredis.Client:
		secret = c.Options().Password
	case *goredis.ClusterClient:
		secret = c.Options().Password
	}
	text, _, _ := strings.Cut(err.Error(), ", with args beginning with") // perhaps a part of it
	if secret != "" {
		text = strings.ReplaceAll(text, secret, "…")
	}
	if text == err.Error() {
		return err
	}
	return shownError{err, text}
}

// shownError is an error with another text.
type shownError struct {
	error
	text string
}

func (e shownError) Error() string { return e.text }
func (e shownError) Unwrap() error { return e.error }
