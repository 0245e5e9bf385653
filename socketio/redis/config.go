package redis

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Kind is which of the reference's adapters the servers of a cluster have. All
// have the same.
type Kind uint8

// The kinds.
const (
	// Classic is that of createAdapter of npm's @socket.io/redis-adapter 8:
	// PUBLISH and PSUBSCRIBE, with any Redis.
	Classic Kind = iota
	// Sharded is that of createShardedAdapter of the same package: SPUBLISH
	// and SSUBSCRIBE, since Redis 7.
	Sharded
	// Streams is that of npm's @socket.io/redis-streams-adapter 0.3: what is
	// not answered is kept in a stream for a while, so that a short loss of the
	// connection loses no message.
	Streams
)

var kindNames = [...]string{"classic", "sharded", "streams"}

// String returns the kind's name, such as "classic".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", k)
}

// Subscription is which rooms have channels of their own with Sharded, so that
// servers without a socket in a room do not hear of it.
type Subscription uint8

// The modes. Servers of one cluster have the same.
const (
	Dynamic        Subscription = iota // public rooms: "dynamic"
	DynamicPrivate                     // and those of the sockets' ids: "dynamic-private"
	Static                             // none: "static"
)

// Config configures a Hub. It needs a Client or a URL.
type Config struct {
	// Client is a client for the Redis that all servers share. It is not closed.
	// Set ContextTimeoutEnabled in its options: deadlines are late without that.
	// And set MaxRetries to -1, with a ClusterClient MaxRedirects as well: by
	// default the driver itself sends again what was perhaps done, and messages
	// arrive twice. What Redis has not done for sure the Hub sends again.
	Client goredis.UniversalClient
	// URL is what to connect to if there is no Client:
	// redis://[user:password@]host[:port][/database], rediss:// for TLS, or
	// unix://[user:password@]/path. It is a secret, as the password is in it;
	// no error and no line of a log shows it.
	URL string
	// Kind is the adapter. Zero means Classic.
	Kind Kind
	// Prefix begins the names of channels. Empty means "socket.io".
	Prefix string
	// SpecificResponses is publishOnSpecificResponseChannel of Classic:
	// answers go to the server that has asked only.
	SpecificResponses bool
	// Subscription is subscriptionMode of Sharded. Zero means Dynamic.
	Subscription Subscription
	// Stream is streamName of Streams. Empty means "socket.io".
	Stream string
	// StreamCount is streamCount of Streams: with more than one each namespace
	// has one of them. Zero means 1.
	StreamCount int
	// StreamLength is maxLen of Streams: about so many messages are kept. Zero
	// means 10,000.
	StreamLength int64
	// ShardedPubSub is useShardedPubSub of Streams: what is not kept goes by
	// SPUBLISH.
	ShardedPubSub bool
	// MaxMessage is the largest message in bytes that is taken from others.
	// Zero means 16 MiB. (Redis itself lets 512 MiB pass.)
	MaxMessage int
	// QueueMessages and QueueBytes bound what waits for Redis. Zero means
	// 10,000 and 64 MiB.
	QueueMessages, QueueBytes int
	// Logger gets warnings. Nil: nothing is logged.
	Logger *slog.Logger
}

func (c *Config) setDefaults() {
	if c.Prefix == "" {
		c.Prefix = "socket.io"
	}
	if c.Stream == "" {
		c.Stream = "socket.io"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		v *int
		d int
	}{{&c.StreamCount, 1}, {&c.MaxMessage, 16 << 20}, {&c.QueueMessages, 10_000}, {&c.QueueBytes, 64 << 20}} {
		if *d.v <= 0 {
			*d.v = d.d
		}
	}
	if c.StreamLength <= 0 {
		c.StreamLength = 10_000
	}
}

// form returns the form of messages. has reports whether a room has a socket here.
func (c *Config) form(uid, nsp string, has func(room string) bool) form {
	if c.Kind != Classic {
		return newMembers(c, uid, nsp)
	}
	f := newClassic(c, uid, nsp)
	f.has = has
	return f
}

// ErrURL says that Config.URL is none. It does not say what it is, as there may be
// a password in any part of it.
var ErrURL = errors.New("redis: URL is not of the form redis://[user:password@]host[:port][/database], nor of rediss:// or unix://")

var errNoRedis = errors.New("redis: Config has neither a Client nor a URL")

// CheckURL returns ErrURL if a URL cannot be used. It does not connect.
func CheckURL(s string) error {
	_, err := parseURL(s)
	return err
}

func parseURL(s string) (*goredis.Options, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Host == "" && u.Scheme != "unix") {
		return nil, ErrURL
	}
	opt, err := goredis.ParseURL(s)
	if err != nil {
		return nil, ErrURL
	}
	return opt, nil
}

// open checks what the adapter is to be. It returns the client to use, and whether
// that is the Hub's own.
func (c *Config) open() (goredis.UniversalClient, bool, error) {
	if int(c.Kind) >= len(kindNames) || c.Subscription > Static {
		return nil, false, fmt.Errorf("redis: there is no %v with mode %d", c.Kind, c.Subscription)
	}
	if c.Client != nil {
		return c.Client, false, nil
	}
	if c.URL == "" {
		return nil, false, errNoRedis
	}
	opt, err := parseURL(c.URL)
	if err != nil {
		return nil, false, err
	}
	opt.ContextTimeoutEnabled = true
	// What was perhaps sent is not sent again: nothing is to arrive twice.
	opt.MaxRetries = -1
	opt.DialTimeout = 2 * time.Second
	opt.DialerRetries = 1
	return goredis.NewClient(opt), true, nil
}

// sharded reports whether channels belong to shards.
func (c *Config) sharded() bool {
	return c.Kind == Sharded || c.Kind == Streams && c.ShardedPubSub
}
