package transports_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/transports"
)

// FuzzResolve: whatever a request asks for, there is a route of a family of the
// table, whose callback is a number of at most six digits, since it stands in a
// script; or a refusal that can be sent, or none where the connection is closed.
func FuzzResolve(f *testing.F) {
	for _, s := range [][2]string{
		{"/", "EIO=4&transport=polling"}, {"", "EIO=3&transport=polling&j=0"}, {"/", "EIO=3&transport=polling&j=alert(1)"}, {"/", "EIO=4&transport=polling&j="},
		{"/1", "t=1&jsonp=0"}, {"/1/", ""}, {"/1//0", ""}, {"/1/jsonp-polling/4", "i=7"}, {"/1/jsonp-polling/4", "i=%22"}, {"/1/xhr-polling/4//", "disconnect"},
		{"/xhr-polling//123", ""}, {"/jsonp-polling/12/34/5", ""}, {"/jsonp-polling/12/34/5);x(", ""}, {"/xhr-multipart", ""}, {"/websocket", ""},
		{"//", "%zz"}, {"/2/websocket/1", ""}, {"/", "transport=websocket;EIO=4"},
		{"/", "EIO=3&transport=polling&t=1-1"}, {"/", "EIO=3&transport=polling&t=1-"},
	} {
		f.Add(s[0], s[1], "GET", false)
		f.Add(s[0], s[1], "POST", true)
	}
	of := func(c eio.Codec) *transports.Family { return &transports.Family{Codec: c, FlashSocket: true} }
	table := transports.Table{V4: of(eio.V4), V3: of(eio.V3), Gen09: of(eio.Gen09), Gen06: of(eio.Gen06)}
	table.V3.Base64, table.V3.Bytes = of(eio.V3Base64), of(eio.V3Bytes)
	table.Gen06.Old, table.Gen06.Undecided = of(eio.Gen04), of(eio.Gen0406)
	families := []*transports.Family{table.V4, table.V3, table.V3.Base64, table.V3.Bytes, table.Gen09, table.Gen06, table.Gen06.Old, table.Gen06.Undecided}
	f.Fuzz(func(t *testing.T, rest, query, method string, upgrade bool) {
		r := &http.Request{Method: method, URL: &url.URL{Path: rest, RawQuery: query}, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
		if upgrade {
			r.Header.Set("Connection", "Upgrade")
			r.Header.Set("Upgrade", "websocket")
		}
		rt, _, err := table.Resolve(r, rest)
		if err != nil {
			var refusal *transports.NotRouted
			if !errors.As(err, &refusal) || refusal.Engine == nil && refusal.Status != 0 && (refusal.Status < 200 || refusal.Status > 599) {
				t.Fatalf("%q?%q: %v", rest, query, err)
			}
			return
		}
		if !slices.Contains(families, rt.Family) {
			t.Fatalf("%q?%q: a family that is not of the table", rest, query)
		}
		if _, err := strconv.ParseUint(rt.JSONP, 10, 32); rt.JSONP != "" && (err != nil || len(rt.JSONP) > 6 || strings.HasPrefix(rt.JSONP, "+")) {
			t.Errorf("%q?%q: callback %q", rest, query, rt.JSONP)
		}
	})
}
