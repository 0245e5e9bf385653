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
				if got := m.PubSubNumSub(channel)[channel]; got != n {
					t.Errorf("%d listen, want %d", got, n)
				}
			}
			for _, p := range programs {
				if line := "\n  Redis: " + adapter + " adapter at " + m.Addr() + ".\n"; !strings.Contains(p.said, line) {
					t.Errorf("no %q in %s", line, p.said)
				}
				if joined := p.health().Redis; joined == nil || joined.Adapter != adapter || !joined.Reached {
					t.Errorf("/healthz says %+v", joined)
				}
				p.shut()
				if strings.Contains(p.log.String()+p.said, "hunter2") {
					t.Error("the password was shown")
				}
			}
			tick, late := time.NewTicker(time.Millisecond), time.After(10*time.Second)
			defer tick.Stop()
			for m.PubSubNumSub(channel)[channel] != 0 { // it has to notice first
				select {
				case <-tick.C:
				case <-late:
					t.Fatal("somebody listens after the end")
				}
			}
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
	tick, late := time.NewTicker(time.Millisecond), time.After(10*time.Second)
	defer tick.Stop()
	for _, want := range []string{"this server is alone until it is", "redis=127.0.0.1:1", "connection refused"} {
		for !strings.Contains(p.log.String(), want) {
			select {
			case <-tick.C:
			case <-late:
				t.Fatalf("no %q in %s", want, p.log)
			}
		}
	}
	if strings.Contains(p.log.String()+p.said, "hunter2") {
		t.Error("the password was shown")
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
