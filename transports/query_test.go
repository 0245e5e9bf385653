package transports_test

import (
	"net/http/httptest"
	"net/url"
	"reflect"
	"testing"

	"github.com/everwire/everwire/transports"
)

// A query that net/url refuses in part is read as Node's querystring reads it.
func TestQueriesOfClientsWrittenByHand(t *testing.T) {
	for raw, want := range map[string]url.Values{
		"a=1;b=2":        {"a": {"1;b=2"}},
		"a=50%":          {"a": {"50%"}},
		"a=%zz+x%41":     {"a": {"%zz xA"}},
		"a=%4":           {"a": {"%4"}},
		"a=%%41&a=b=c%":  {"a": {"%A", "b=c%"}},
		"%=%":            {"%": {"%"}},
		"%61%=1&&x=%":    {"a%": {"1"}, "x": {"%"}},
		"=;":             {"": {";"}},
		"a=+%":           {"a": {" %"}},
		"a=%c3%a9%;&b=é": {"a": {"é%;"}, "b": {"é"}},
		"a=%3B&b=%25":    {"a": {";"}, "b": {"%"}}, // nothing is wrong with this one
	} {
		r := httptest.NewRequest("GET", "http://host/socket.io/", nil)
		r.URL.RawQuery = "EIO=4&transport=polling&" + raw
		rt, got, err := (&transports.Table{V4: v4}).Resolve(r, "/")
		if err != nil || rt.Family != v4 || rt.Transport != "polling" {
			t.Errorf("%s: %+v, %v", raw, rt, err)
			continue
		}
		got.Del("EIO")
		got.Del("transport")
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", raw, got, want)
		}
	}
}
