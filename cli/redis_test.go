package cli_test

import (
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
				p.shut()
				if strings.Contains(p.log.String()+p.said, "hunter2") {
					t.Error("the password was shown")
				}
			}
			listen(t, m, channel, 0)
		})
	}
}

// listen waits until n servers listen, because Redis notices an end late, and on a
// busy machine a server does not wait for its beginning either.
func listen(t *testing.T, m *miniredis.Miniredis, channel string, n int) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); ; <-tick.C {
		got := m.PubSubNumSub(channel)[channel]
		if got == n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d listen, want %d", got, n)
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
