package config

import (
	"net/url"
	"slices"
)

// Redis joins this server with others that have the same Redis.
type Redis struct {
	// URL says where Redis is, and has its password. Empty means that this
	// server is alone.
	URL string `key:"url" default:"" secret:"true" usage:"Redis that servers have in common, as redis[s]://[user:password@]host[:port][/database]; set it in the environment or a file, as other users see flags; empty for a server alone"`
	// Adapter is which of Node's adapters the servers have.
	Adapter string `key:"adapter" default:"classic" oneof:"classic|sharded|streams" usage:"form in which servers speak through Redis, that of Node's redis-adapter, its sharded one (since Redis 7), or redis-streams-adapter"`
	// Prefix begins the names of channels and streams. Clusters that share a
	// Redis need one each.
	Prefix string `key:"prefix" default:"socket.io" usage:"beginning of the names of channels and of the stream in Redis"`
}

// checkRedis refuses what is no address of a Redis. The error does not show it.
func (c *Config) checkRedis() error {
	if c.Redis.URL == "" {
		return nil
	}
	u, err := url.Parse(c.Redis.URL)
	if err != nil || !slices.Contains([]string{"redis", "rediss", "unix"}, u.Scheme) || u.Scheme != "unix" && u.Host == "" {
		return &Error{Key: "redis.url", Problem: "is not the address of a Redis",
			Remedy: "write redis://[user:password@]host[:port][/database], with special characters of the password as %XX"}
	}
	return nil
}
