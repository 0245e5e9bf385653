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

// join joins the server that opts are for with others, if that is asked for. What it
// returns ends that, when the sessions are over.
func join(opts *server.Options, cfg *config.Redis, logger *slog.Logger) (leave func(), err error) {
	if cfg.URL == "" {
		return func() {}, nil
	}
	redis.SilenceDriver()
	hub, err := redis.Open(redis.Config{URL: cfg.URL, Kind: redisKinds[cfg.Adapter], Prefix: cfg.Prefix, Stream: cfg.Prefix, Logger: logger})
	if err != nil {
		return nil, fmt.Errorf("redis.url: %w", err)
	}
	opts.Adapter = hub.Adapter
	return func() {
		if err := hub.Close(); err != nil {
			logger.Warn("the connection to Redis was not closed", "err", err)
		}
	}, nil
}
