package config_test

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/config"
)

func TestDefaultIsValidAndHoldsTheDocumentedValues(t *testing.T) {
	c := config.Default()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Fields() {
		d := config.Default()
		other, _ := d.Lookup(f.Key)
		if err := other.Set(f.Value()); err != nil {
			t.Errorf("%s: the value of the default cannot be set: %v", f.Key, err)
		}
		if !reflect.DeepEqual(c, d) {
			t.Errorf("%s: setting the default's value changes the configuration", f.Key)
		}
	}
	if c.Listen != "127.0.0.1:8080" || c.Ping.Interval != 25*time.Second || c.MaxPayload != 1_000_000 ||
		c.Shell.Max != 10 || !c.Chat.Enabled || c.WebSocket.Compression || c.Token != "" {
		t.Errorf("unexpected default: %+v", c)
	}
}

func TestEveryFieldIsDocumentedAndNamedOnce(t *testing.T) {
	var c config.Config
	seen := map[string]bool{}
	once := func(name string) {
		if seen[name] {
			t.Errorf("%s names two settings", name)
		}
		seen[name] = true
	}
	word := regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)
	for _, f := range c.Fields() {
		once(f.Key)
		once(f.Env)
		once("--" + f.Flag)
		if !word.MatchString(f.Key) {
			t.Errorf("key %q is not dotted lower-case words", f.Key)
		}
		if f.Usage == "" || f.Group == "" || strings.HasSuffix(f.Usage, ".") {
			t.Errorf("%s: usage %q, group %q", f.Key, f.Usage, f.Group)
		}
	}
}

func TestNamesFollowFromTheKey(t *testing.T) {
	var c config.Config
	tests := []struct{ key, env, flag string }{
		{"listen", "EVERWIRE_LISTEN", "listen"},
		{"tls.cert", "EVERWIRE_TLS_CERT", "tls-cert"},
		{"log.level", "EVERWIRE_LOG_LEVEL", "log-level"},
		{"allow_origin", "EVERWIRE_ALLOW_ORIGIN", "allow-origin"},
		{"limits.sessions_per_second", "EVERWIRE_LIMITS_SESSIONS_PER_SECOND", "limits-sessions-per-second"},
		{"i_know_this_is_a_remote_shell_without_protection",
			"EVERWIRE_I_KNOW_THIS_IS_A_REMOTE_SHELL_WITHOUT_PROTECTION",
			"i-know-this-is-a-remote-shell-without-protection"},
	}
	for _, tt := range tests {
		f, ok := c.Lookup(tt.key)
		if !ok || f.Env != tt.env || f.Flag != tt.flag {
			t.Errorf("%s: found %v, env %s, flag %s", tt.key, ok, f.Env, f.Flag)
		}
	}
	if _, ok := c.Lookup("tls"); ok {
		t.Error("a section is not a setting")
	}
}

func TestFormSaysWhatAValueLooksLike(t *testing.T) {
	var c config.Config
	for key, want := range map[string]string{"listen": "text", "max_payload": "number", "ping.timeout": "duration",
		"trusted_proxy": "list", "websocket.dialects": "list", "flash.policy_ports": "list", "chat.enabled": "true|false", "shell.enabled": "auto|on|off"} {
		if f, _ := c.Lookup(key); f.Form() != want {
			t.Errorf("%s: got %s", key, f.Form())
		}
	}
}

func TestSetReadsTextAndParsedValues(t *testing.T) {
	tests := []struct {
		key  string
		in   any
		want string // as Field.String shows it
	}{
		{"listen", "[::1]:1", `"[::1]:1"`},
		{"max_payload", "4096", "4096"},
		{"max_payload", 4096, "4096"},
		{"ping.interval", "1500ms", `"1.5s"`},
		{"echo.enabled", false, "false"},
		{"echo.enabled", "off", "false"},
		{"echo.enabled", "TRUE", "true"},
		{"shell.enabled", true, `"on"`},
		{"shell.enabled", "off", `"off"`},
		{"shell.command", "bash  -l", `["bash", "-l"]`},
		{"shell.command", `["sh", "-c", "a b"]`, `["sh", "-c", "a b"]`},
		{"shell.command", []any{"sh", "-c"}, `["sh", "-c"]`},
		{"shell.command", "", `[]`},
		{"allow_origin", "https://a, https://b", `["https://a", "https://b"]`},
		{"allow_origin", nil, `[]`},
		{"trusted_proxy", "10.1.2.3/8,::1", `["10.0.0.0/8", "::1/128"]`},
		{"token", "", `""`},
		{"flash.policy_ports", "10843", "[10843]"},
		{"flash.policy_ports", "[843, 10843]", "[843, 10843]"},
		{"flash.policy_ports", []any{843, 0}, "[843, 0]"},
		{"flash.policy_ports", []string{"843", "1"}, "[843, 1]"},
		{"flash.policy_ports", 843, "[843]"},
		{"flash.policy_ports", []any{}, "[]"},
		{"flash.policy_ports", "[]", "[]"},
		{"flash.policy_ports", "", "[]"},
		{"flash.policy_ports", nil, "[]"},
		{"websocket.dialects", "RFC6455,Hixie76", `["RFC6455", "Hixie76"]`},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s=%v", tt.key, tt.in), func(t *testing.T) {
			c := config.Default()
			f, _ := c.Lookup(tt.key)
			if err := f.Set(tt.in); err != nil {
				t.Fatal(err)
			}
			if got := f.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestSetRefusesTheWrongFormAndNamesTheRemedy(t *testing.T) {
	tests := []struct {
		key    string
		in     any
		remedy string
	}{
		{"ping.interval", 25, `such as "25s"`},
		{"ping.interval", "fast", `such as "25s"`},
		{"max_payload", "1MB", "whole number"},
		{"max_payload", 1.5, "whole number"},
		{"echo.enabled", "maybe", "true or false"},
		{"listen", []any{"a"}, "one string"},
		{"log.level", true, "one string"},
		{"allow_origin", []any{1}, "list of strings"},
		{"allow_origin", map[string]any{"a": 1}, "list of strings"},
		{"shell.command", `["unclosed"`, "list of strings"},
		{"trusted_proxy", "10.0.0.0/33", "10.0.0.0/8"},
		{"flash.policy_ports", "843;10843", "whole numbers"},
		{"flash.policy_ports", "[843", "whole numbers"},
		{"flash.policy_ports", []any{1.5}, "whole numbers"},
		{"flash.policy_ports", true, "whole numbers"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s=%v", tt.key, tt.in), func(t *testing.T) {
			c := config.Default()
			f, _ := c.Lookup(tt.key)
			err := f.Set(tt.in)
			var bad *config.Error
			if !errors.As(err, &bad) || bad.Key != tt.key || !strings.Contains(bad.Remedy, tt.remedy) {
				t.Errorf("got %v", err)
			}
			if !reflect.DeepEqual(c, config.Default()) {
				t.Error("a refused value changed the configuration")
			}
		})
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	c := config.Default()
	f, _ := c.Lookup("token")
	if !f.Secret {
		t.Fatal("the token is not marked as secret")
	}
	const secret = "correct-horse-battery"
	if err := f.Set(secret); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(f.String(), secret) || !strings.Contains(f.String(), config.Hidden) {
		t.Errorf("shown as %s", f)
	}
	if err := f.Set([]any{secret}); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("error of a secret: %v", err)
	}
	c.Token = secret + " "
	if err := c.Validate(); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("validation of a secret: %v", err)
	}
}

// TestWhatHidesASecretIsNone: a printed file may be used again.
func TestWhatHidesASecretIsNone(t *testing.T) {
	secrets := 0
	for i, f := range new(config.Config).Fields() {
		if !f.Secret {
			continue
		}
		secrets++
		c := config.Default()
		c.Admin.Mode, c.Admin.Username, c.Admin.Password = "full", "admin", strings.Repeat("x", 32)
		f := c.Fields()[i]
		if err := f.Set(config.Hidden); err != nil {
			t.Fatal(err)
		}
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), f.Key+": is what is printed") {
			t.Errorf("%s: %v", f.Key, err)
		}
	}
	if secrets < 3 {
		t.Errorf("%d secrets", secrets)
	}
}

func TestThresholdFollowsTheLevel(t *testing.T) {
	for level, want := range map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo,
		"warn": slog.LevelWarn, "error": slog.LevelError, "loud": slog.LevelInfo} {
		if got := (config.Log{Level: level}).Threshold(); got != want {
			t.Errorf("%s: got %v", level, got)
		}
	}
}

func TestShellOnWithAutoOnlyForLoopback(t *testing.T) {
	tests := []struct {
		enabled, listen string
		want            bool
	}{
		{"auto", "127.0.0.1:1", true},
		{"auto", "0.0.0.0:1", false},
		{"on", "0.0.0.0:1", true},
		{"off", "127.0.0.1:1", false},
	}
	for _, tt := range tests {
		c := config.Default()
		c.Shell.Enabled, c.Listen = tt.enabled, tt.listen
		if got := c.ShellOn(); got != tt.want {
			t.Errorf("%s at %s: got %v", tt.enabled, tt.listen, got)
		}
	}
}

func TestModernOutweighsTheSettingsOfEach(t *testing.T) {
	c := config.Default()
	if len(c.Dialects()) != 5 || !reflect.DeepEqual(c.PolicyPorts(), []int{843, 10843}) || !c.FlashOn() || !c.TunnelOn() || len(c.TransportsOn()) != 7 || len(c.GenerationsOn()) != 5 {
		t.Errorf("default: %v %v %v %v %v %v", c.Dialects(), c.PolicyPorts(), c.FlashOn(), c.TunnelOn(), c.TransportsOn(), c.GenerationsOn())
	}
	c.Modern = true
	if !reflect.DeepEqual(c.Dialects(), []string{"RFC6455"}) || c.PolicyPorts() != nil || c.FlashOn() || c.TunnelOn() ||
		!reflect.DeepEqual(c.TransportsOn(), []string{"polling", "websocket", "xhr-streaming", "eventsource"}) ||
		!reflect.DeepEqual(c.GenerationsOn(), []string{"Gen4", "Gen3"}) {
		t.Errorf("modern: %v %v %v %v %v %v", c.Dialects(), c.PolicyPorts(), c.FlashOn(), c.TunnelOn(), c.TransportsOn(), c.GenerationsOn())
	}
	c.Modern, c.Flash.Proxy = false, false
	if c.TunnelOn() {
		t.Error("flash.proxy does not turn the tunnel off")
	}
	c.Flash.Proxy, c.Transports = true, []string{"polling", "flashsocket"}
	if c.TunnelOn() {
		t.Error("there is a tunnel without WebSockets")
	}
}

func TestOutweighed(t *testing.T) {
	c := config.Default()
	if got := c.Outweighed(); got != nil {
		t.Errorf("without modern: %q", got)
	}
	c.Modern = true
	want := []string{"flash.inline", "flash.policy_ports", "flash.proxy", "generations", "transports", "websocket.dialects"}
	if got := c.Outweighed(); !reflect.DeepEqual(got, want) {
		t.Errorf("defaults: %q", got)
	}
	c.Flash = config.Flash{PublicPorts: []int{80}}
	c.Generations, c.Transports, c.WebSocket.Dialects = []string{"Gen3"}, []string{"polling"}, []string{"RFC6455"}
	c.InsecureFlashPolicy = true
	if got := c.Outweighed(); !reflect.DeepEqual(got, []string{"flash.public_ports", "insecure_flash_policy"}) {
		t.Errorf("nothing but Flash: %q", got)
	}
}

func ExampleConfig_Fields() {
	cfg := config.Default()
	for _, f := range cfg.Fields() {
		if f.Group == "Logging" {
			fmt.Printf("--%s (%s, default %s): %s\n", f.Flag, f.Env, f.Default, f.Usage)
		}
	}
	// Output:
	// --log-level (EVERWIRE_LOG_LEVEL, default info): lowest level to log: debug, info, warn or error
	// --log-format (EVERWIRE_LOG_FORMAT, default text): form of the log: text or json
}

func ExampleConfig_Validate() {
	cfg := config.Default()
	cfg.Listen = "0.0.0.0:8080"
	cfg.TLS.Cert = "cert.pem"
	cfg.Ping.Interval = 0
	var problem *config.Error
	err := cfg.Validate()
	fmt.Println(errors.As(err, &problem), strings.Count(err.Error(), "\n")+1, "problems")
	// Output: true 3 problems
}
