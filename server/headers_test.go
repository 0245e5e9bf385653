package server

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestClientsWithTheSameHeaderFieldsShareThem(t *testing.T) {
	var hs headers
	names := []string{"Origin", "User-Agent", "X-Forwarded-For"}
	in := func(agent ...string) http.Header {
		return http.Header{"User-Agent": agent, "Cookie": {"secret"}, "Sec-Websocket-Origin": {"http://a.example"}}
	}
	same := func(a, b http.Header) bool { return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() }

	first := in("one")
	a := hs.of(first, names, "")
	if want := (http.Header{"User-Agent": {"one"}}); !reflect.DeepEqual(a, want) {
		t.Errorf("kept %v, want %v", a, want)
	}
	first["User-Agent"][0] = "changed"
	if b := hs.of(in("one"), names, ""); !same(a, b) || b.Get("User-Agent") != "one" {
		t.Errorf("the second client has %v of its own", b)
	}
	for what, other := range map[string]http.Header{
		"another value":       hs.of(in("two"), names, ""),
		"two values":          hs.of(in("one", ""), names, ""),
		"an origin":           hs.of(in("one"), names, "http://a.example"),
		"values run together": hs.of(http.Header{"Origin": {"User-Agent\x00one"}}, names, ""),
	} {
		if same(a, other) {
			t.Errorf("%s: shared with the first", what)
		}
	}
	if h := hs.of(in("one"), names, "http://a.example"); h.Get("Origin") != "http://a.example" {
		t.Errorf("origin %q", h.Get("Origin"))
	}
	if h := hs.of(http.Header{"Cookie": {"secret"}}, names, ""); h != nil {
		t.Errorf("kept %v, want none", h)
	}
}

func TestFewHeaderFieldsAreRemembered(t *testing.T) {
	var hs headers
	names := []string{"User-Agent"}
	for i := range 3 * maxHeaderSets {
		hs.of(http.Header{"User-Agent": {fmt.Sprint("agent ", i)}}, names, "")
	}
	long := http.Header{"User-Agent": {strings.Repeat("x", maxHeaderSet)}}
	if h := hs.of(long, names, ""); !reflect.DeepEqual(h, long) {
		t.Error("a long field is not kept")
	}
	if n := len(hs.sets); n > maxHeaderSets {
		t.Errorf("%d sets remembered", n)
	}
	if slices.ContainsFunc(slices.Collect(maps.Keys(hs.sets)), func(k string) bool { return len(k) > maxHeaderSet }) {
		t.Error("a large set is remembered")
	}
}
