package config

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Error says what is wrong with one setting and what to do about it.
type Error struct {
	// Key of the setting, for example "tls.cert".
	Key string
	// Problem and Remedy are phrases without a capital and a full stop.
	Problem string
	Remedy  string
}

// Error returns "key: problem; remedy".
func (e *Error) Error() string { return e.Key + ": " + e.Problem + "; " + e.Remedy }

// Set gives the setting a value: text in the form that flags and environment
// variables have, or what a YAML or JSON parser makes of a file: bool, a
// number, a string, or a list of strings or numbers.
//
// A list in text is separated by commas (a command by white space), or is a
// JSON array of strings if it begins with "[". A duration has a unit, as in
// "25s". The error is an *Error; it never contains the value of a secret. Set
// checks the form only: what the values mean together is for Validate.
func (f Field) Set(v any) error {
	fail := func(remedy string) error {
		shown := fmt.Sprintf("%#v", v)
		if s, ok := v.(string); ok {
			shown = strconv.Quote(s)
		}
		if f.Secret {
			shown = "the value"
		}
		return &Error{Key: f.Key, Problem: shown + " has the wrong form", Remedy: remedy}
	}
	switch f.value.Interface().(type) {
	case string:
		s, ok := f.word(v)
		if !ok {
			return fail("give one string")
		}
		f.value.SetString(s)
	case bool:
		b, ok := truth(v)
		if !ok {
			return fail("give true or false")
		}
		f.value.SetBool(b)
	case time.Duration:
		d, err := time.ParseDuration(fmt.Sprint(v))
		if err != nil {
			return fail(`give a duration with its unit, such as "25s" or "500ms"`)
		}
		f.value.SetInt(int64(d))
	case int:
		n, err := strconv.Atoi(fmt.Sprint(v))
		if err != nil {
			return fail("give a whole number")
		}
		f.value.SetInt(int64(n))
	case []string:
		list, ok := f.list(v)
		if !ok {
			return fail("give a list of strings")
		}
		f.value.Set(reflect.ValueOf(list))
	case []int:
		numbers, ok := numbersOf(v)
		if !ok {
			return fail("give a list of whole numbers, such as \"843,10843\", or [] for none")
		}
		f.value.Set(reflect.ValueOf(numbers))
	case []netip.Prefix:
		list, ok := f.list(v)
		prefixes, err := parsePrefixes(list)
		if !ok || err != nil {
			return fail(`give networks such as "10.0.0.0/8" or single addresses`)
		}
		f.value.Set(reflect.ValueOf(prefixes))
	default:
		panic("config: no parser for the type of " + f.Key)
	}
	return nil
}

// word turns v into the text of a string setting. A file's true and false
// stand for on and off where these are among the words allowed.
func (f Field) word(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case nil:
		return "", true
	case bool:
		if strings.Contains(f.tag.Get("oneof"), "on|off") {
			return map[bool]string{true: "on", false: "off"}[v], true
		}
	case int:
		return strconv.Itoa(v), true
	}
	return "", false
}

// truth takes on and off beside what strconv.ParseBool takes: YAML 1.1 called
// these words booleans too.
func truth(v any) (b, ok bool) {
	switch text := fmt.Sprint(v); text {
	case "on", "off":
		return text == "on", true
	default:
		b, err := strconv.ParseBool(text)
		return b, err == nil
	}
}

// list turns v into a list of strings; nil if it is empty.
func (f Field) list(v any) ([]string, bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case []string:
		return v, true
	case []any:
		var list []string
		for _, item := range v {
			s, ok := item.(string)
			if !ok {
				return nil, false
			}
			list = append(list, s)
		}
		return list, true
	case string:
		return f.splitText(v)
	}
	return nil, false
}

func (f Field) splitText(s string) ([]string, bool) {
	var list []string
	switch {
	case strings.HasPrefix(strings.TrimSpace(s), "["):
		return list, json.Unmarshal([]byte(s), &list) == nil
	case f.tag.Get("split") == "space":
		list = strings.Fields(s)
	default:
		list = strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
	}
	if len(list) == 0 {
		return nil, true
	}
	return list, true
}

// numbersOf turns v into a list of numbers; nil if it is empty.
func numbersOf(v any) (numbers []int, ok bool) {
	var items []any
	switch v := v.(type) {
	case nil:
	case []any:
		items = v
	case []int:
		return slices.Clone(v), true
	case []string:
		for _, s := range v {
			items = append(items, s)
		}
	default: // text, or one number in a file
		text := strings.TrimSpace(fmt.Sprint(v))
		if inner, list := strings.CutPrefix(text, "["); list {
			if text, list = strings.CutSuffix(inner, "]"); !list {
				return nil, false
			}
		}
		for _, s := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
			items = append(items, s)
		}
	}
	for _, item := range items {
		n, err := strconv.Atoi(fmt.Sprint(item))
		if err != nil {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, true
}

// parsePrefixes reads networks; a single address is a network of one.
func parsePrefixes(list []string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, s := range list {
		if addr, err := netip.ParseAddr(s); err == nil {
			prefixes = append(prefixes, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, p.Masked())
	}
	return prefixes, nil
}

// Value returns the setting's value as a bool, int, string, []int or []string,
// the forms that a YAML file has. Durations and networks are text.
func (f Field) Value() any {
	switch v := f.value.Interface().(type) {
	case time.Duration:
		return v.String()
	case []netip.Prefix:
		list := make([]string, 0, len(v))
		for _, p := range v {
			list = append(list, p.String())
		}
		return list
	default:
		return v
	}
}

// Hidden stands for a secret's value wherever settings are shown. It is no valid
// value, so what was printed cannot become a secret by mistake.
const Hidden = "(set, not shown)"

// String returns the value in YAML flow style, on one line. A secret that is
// not empty is shown as Hidden.
func (f Field) String() string {
	v := f.Value()
	if s, ok := v.(string); ok && f.Secret && s != "" {
		v = Hidden
	}
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case []string:
		quoted := make([]string, 0, len(v))
		for _, s := range v {
			quoted = append(quoted, strconv.Quote(s))
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case []int:
		texts := make([]string, 0, len(v))
		for _, n := range v {
			texts = append(texts, strconv.Itoa(n))
		}
		return "[" + strings.Join(texts, ", ") + "]"
	default:
		return fmt.Sprint(v)
	}
}
