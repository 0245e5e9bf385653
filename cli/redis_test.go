package cli_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/everwire/everwire/config"
)

// Servers with the same Redis listen to each other, as long as they live, and no
// log shows the password.
func TestServersWithOneRedis(t *testing.T) {
	for adapter, channel := range map[string]string{"classic": "cluster-request#/chat#", "streams": "cluster#/chat#"} {
		t.Run(adapter, func(t *testing.T) {
			t.Parallel()
			m := miniredis.RunT(t)
			m.RequireAuth("hunter2")
			var programs []*program
			for n := 1; n <= 2; n++ {
				cfg := config.Default()
				cfg.Listen, cfg.Flash.PolicyPorts = "127.0.0.1:0", nil
				cfg.Redis = config.Redis{URL: "redis://:hunter2@" + m.Addr(), Adapter: adapter, Prefix: "cluster"}
				programs = append(programs, start(t, cfg))
				listen(t, m, channel, n)
			}
			for _, p := range programs {
				// On a busy machine it may not be reached yet when that is printed.
				if line := "\n  Redis: " + adapter + " adapter at " + m.Addr(); !strings.Contains(p.said, line) {
					t.Errorf("no %q in %s", line, p.said)
				}
				eventually(t, "/healthz says that Redis is reached", func() bool {
					joined := p.health().Redis
					return joined != nil && joined.Adapter == adapter && joined.Reached
				})
				p.shut()
				if strings.Contains(p.log.String()+p.said, "hunter2") {
					t.Error("the password was shown")
				}
			}
			listen(t, m, channel, 0)
		})
	}
}

// A server whose Redis is away starts all the same, after one short wait, and says
// where Redis should be and why it is not reached.
func TestServerWhoseRedisIsAway(t *testing.T) {
	t.Parallel()
	cfg := free()
	cfg.Redis = config.Redis{URL: "redis://:hunter2@127.0.0.1:1", Adapter: "classic", Prefix: "cluster"}
	p := start(t, cfg)
	if !strings.Contains(p.said, "\n  Redis: classic adapter at 127.0.0.1:1, not reached: ") {
		t.Errorf("said %s", p.said)
	}
	if joined := p.health().Redis; joined == nil || joined.Reached {
		t.Errorf("/healthz says %+v", joined)
	}
	for _, want := range []string{"this server is alone until it is", "remote=127.0.0.1:1", "connection refused"} {
		eventually(t, "the log has "+want, func() bool { return strings.Contains(p.log.String(), want) })
	}
	if strings.Contains(p.log.String()+p.said, "hunter2") {
		t.Error("the password was shown")
	}
}

// listen waits until n servers listen, because Redis notices an end late, and on a
// busy machine a server does not wait for its beginning either.
func listen(t *testing.T, m *miniredis.Miniredis, channel string, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d listen", n), func() bool { return m.PubSubNumSub(channel)[channel] == n })
}

// eventually waits until f reports true.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); !f(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// What looks like an address and is none is refused with the settings, not when the
// server starts; and it is not shown.
func TestAddressThatRedisIsNotReachedBy(t *testing.T) {
	t.Setenv("EVERWIRE_REDIS_URL", "redis://:hunter2@cache/abc")
	r := run(t, "config", "print")
	if r.code == 0 || !strings.Contains(r.stderr, "EVERWIRE_REDIS_URL") || strings.Contains(r.stdout+r.stderr, "hunter2") {
		t.Errorf("code %d: %s", r.code, r.stderr)
	}
	t.Setenv("EVERWIRE_REDIS_URL", "redis://:hunter2@cache/3")
	if r := run(t, "config", "print"); r.code != 0 || strings.Contains(r.stdout+r.stderr, "hunter2") {
		t.Errorf("code %d: %s", r.code, r.stderr)
	}
}
