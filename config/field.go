package config

import (
	"reflect"
	"strings"
)

// EnvPrefix begins the name of every environment variable of a setting.
const EnvPrefix = "EVERWIRE_"

// Field is one setting of one Config: its names, its documentation and access
// to its value.
type Field struct {
	// Key is the setting's path in a file, for example "ping.interval".
	Key string
	// Env is the environment variable, for example "EVERWIRE_PING_INTERVAL".
	Env string
	// Flag is the long flag without its dashes, for example "ping-interval".
	Flag string
	// Usage is one sentence for help, without the default.
	Usage string
	// Default is the default value as text; empty for an empty string or list.
	Default string
	// Group is the heading under which help lists the flag.
	Group string
	// Secret is true if the value must never be shown.
	Secret bool

	value reflect.Value
	tag   reflect.StructTag
}

// Fields returns all settings of c in the order of the struct. Setting one
// changes c. Not for concurrent use on the same Config.
func (c *Config) Fields() []Field {
	return walk(reflect.ValueOf(c).Elem(), "", "")
}

// walk lists the fields of v, a struct, below the key path.
func walk(v reflect.Value, path, group string) []Field {
	var fields []Field
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		key := path + tag.Get("key")
		heading := group
		if g := tag.Get("group"); g != "" {
			heading = g
		}
		if v.Field(i).Kind() == reflect.Struct {
			fields = append(fields, walk(v.Field(i), key+".", heading)...)
			continue
		}
		fields = append(fields, Field{
			Key:     key,
			Env:     EnvPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_")),
			Flag:    strings.NewReplacer(".", "-", "_", "-").Replace(key),
			Usage:   tag.Get("usage"),
			Default: tag.Get("default"),
			Group:   heading,
			Secret:  tag.Get("secret") == "true",
			value:   v.Field(i),
			tag:     tag,
		})
	}
	return fields
}

// Bool reports whether the setting is a yes or no, so that its flag alone
// means yes.
func (f Field) Bool() bool { return f.value.Kind() == reflect.Bool }

// List reports whether the setting is a list, so that its flag may be given
// several times.
func (f Field) List() bool { return f.value.Kind() == reflect.Slice }

// Form says in a word what a value looks like, for help: "text", "number",
// "duration", "list", "true|false", or the words allowed.
func (f Field) Form() string {
	switch {
	case f.List():
		return "list"
	case f.tag.Get("oneof") != "":
		return f.tag.Get("oneof")
	case f.Bool():
		return "true|false"
	case f.value.Kind() == reflect.Int64:
		return "duration"
	case f.value.Kind() == reflect.Int:
		return "number"
	}
	return "text"
}

// Lookup returns the field with the key.
func (c *Config) Lookup(key string) (Field, bool) {
	for _, f := range c.Fields() {
		if f.Key == key {
			return f, true
		}
	}
	return Field{}, false
}
