package cli

import (
	"fmt"
	"log/slog"

	"github.com/everwire/everwire/config"
	"github.com/everwire/everwire/server"
	"github.com/everwire/everwire/socketio/redis"
)

// redisKinds are the adapters by their names in the settings.
var redisKinds = map[string]redis.Kind{"classic": redis.Classic, "sharded": redis.Sharded, "streams": redis.Streams}

// checkRedis refuses an address that Redis is not reached by, whatever it looks like.
// The error does not show it.
func checkRedis(cfg *config.Redis) error {
	if cfg.URL == "" || redis.CheckURL(cfg.URL) == nil {
		return nil
	}
	return &config.Error{Key: "redis.url", Problem: "is not the address of a Redis",
		Remedy: "write redis://[user:password@]host[:port][/database], where the database is a number"}
}

// redisSide joins this server with others that have a Redis in common. Nil: it is
// alone.
type redisSide struct {
	hub     *redis.Hub
	adapter string
	logger  *slog.Logger
}

// join joins the server that opts are for with others, if that is asked for. Close
// ends that, when the sessions are over.
func join(opts *server.Options, cfg *config.Redis, logger *slog.Logger) (*redisSide, error) {
	if cfg.URL == "" {
		return nil, nil
	}
	redis.SilenceDriver()
	hub, err := redis.Open(redis.Config{URL: cfg.URL, Kind: redisKinds[cfg.Adapter], Prefix: cfg.Prefix, Stream: cfg.Prefix, Logger: logger})
	if err != nil {
		return nil, fmt.Errorf("redis.url: %w", err)
	}
	side := &redisSide{hub, cfg.Adapter, logger}
	opts.Adapter, opts.Health.Redis = hub.Adapter, side.health
	return side, nil
}

func (r *redisSide) health() server.RedisHealth {
	return server.RedisHealth{Adapter: r.adapter, Reached: r.hub.Reached()}
}

// String says for people where Redis is and whether it is there.
func (r *redisSide) String() string {
	text := r.adapter + " adapter at " + r.hub.Address()
	if !r.hub.Reached() {
		text += ", not reached: this server is alone until it is, see the log"
	}
	return text
}

func (r *redisSide) close() {
	if r == nil {
		return
	}
	if err := r.hub.Close(); err != nil {
		r.logger.Warn("the connection to Redis was not closed", "err", err)
	}
}
