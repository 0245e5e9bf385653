package config_test

import (
	"strings"
	"testing"

	"github.com/everwire/everwire/config"
)

func TestAddressOfRedis(t *testing.T) {
	for address, valid := range map[string]bool{
		"": true, "redis://127.0.0.1": true, "redis://user:hunter2@cache:6380/3": true, "rediss://cache": true, "unix:///run/redis.sock": true,
		"http://cache:hunter2": false, "hunter2": false, "redis://:hun ter2@cache": false, "redis:hunter2": false,
	} {
		c := config.Default()
		c.Redis.URL = address
		err := c.Validate()
		if (err == nil) != valid {
			t.Errorf("%s: %v", address, err)
		}
		if err != nil && (strings.Contains(err.Error(), "ter2") || !strings.Contains(err.Error(), "redis.url")) {
			t.Errorf("error %v", err)
		}
	}
	c := config.Default()
	c.Redis.URL = "redis://:hunter2@cache"
	f, ok := c.Lookup("redis.url")
	if !ok || !f.Secret || strings.Contains(f.String(), "hunter2") {
		t.Errorf("shown as %v", f)
	}
}
