package config_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/everwire/everwire/config"
)

// FuzzSet gives each setting a text, as flags and variables do. What is taken
// is the same when it is set again in the form that a file has, and what is not
// changes nothing; no error shows a secret, and Validate takes all of it.
func FuzzSet(f *testing.F) {
	defaults := config.Default()
	for i := range defaults.Fields() {
		for _, text := range []string{"25s", "7", "on", "10.0.0.1"} {
			f.Add(uint8(i), text)
		}
	}
	for i, text := range []string{
		"", "127.0.0.1:8080", "25s", "-1", "on", "true", "a,b c", `["a, b","c"]`, "[", "[]", "10.0.0.0/8,::1", "843, 10843", "[1,2", "9223372036854775808h",
		"\x00", "\xff", `[""]`, "0x10", "::ffff:1.2.3.4/120",
	} {
		f.Add(uint8(i), text)
		f.Add(uint8(3*i), text)
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		c := config.Default()
		field := c.Fields()[int(which)%len(c.Fields())]
		if err := field.Set(text); err != nil {
			if field.Secret && len(text) > 8 && strings.Contains(err.Error(), text) {
				t.Errorf("%s: the error tells the secret", field.Key)
			}
			if !reflect.DeepEqual(c, config.Default()) {
				t.Errorf("%s: %q is refused, and changes the configuration", field.Key, text)
			}
			return
		}
		again := config.Default()
		same, _ := again.Lookup(field.Key)
		if err := same.Set(field.Value()); err != nil || !reflect.DeepEqual(c, again) {
			t.Errorf("%s: %q is %#v, and that is %#v, %v", field.Key, text, field.Value(), same.Value(), err)
		}
		if err := c.Validate(); err != nil && field.Secret && len(text) > 8 && strings.Contains(err.Error(), text) {
			t.Errorf("%s: the error tells the secret", field.Key)
		}
	})
}
