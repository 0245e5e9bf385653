package redis

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// state is what is known of Redis.
type state struct {
	log *slog.Logger

	down atomic.Bool // one of those below

	mu     sync.Mutex // guards below, and keeps the log in the order of what happens
	unsent bool       // Redis has not taken messages
	silent bool       // it has not answered PING
}

// sent notes whether Redis takes messages, and logs a change.
func (s *state) sent(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unsent = err != nil
	s.silent = s.silent && s.unsent
	s.tell(err)
}

// asked notes whether Redis answers PING, and logs a change. That it does tells
// nothing of messages.
func (s *state) asked(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = err != nil
	s.tell(err)
}

// tell logs a change. The caller holds mu.
func (s *state) tell(err error) {
	down := s.unsent || s.silent
	switch was := s.down.Swap(down); {
	case was == down:
	case !down:
		s.log.Info("Redis is reached again")
	case isReply(err):
		s.log.Warn("Redis takes no messages for now: this server is alone until it does", "err", err)
	default:
		s.log.Warn("Redis is not reached: this server is alone until it is", "err", err)
	}
}

func (s *state) isDown() bool { return s.down.Load() }

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

// Reached reports whether Redis was there when it was last spoken to, and has
// confirmed what this server listens to. It may be 10 s late to tell that Redis is
// gone: Redis is asked every 5 s, and has 5 s to answer. (A Config.Client without
// ContextTimeoutEnabled takes its own time.) It does not block.
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
