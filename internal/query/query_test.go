package query_test

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/everwire/everwire/internal/query"
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
		"":               {},
		"a=%3B&b=%25":    {"a": {";"}, "b": {"%"}}, // nothing is wrong with this one
	} {
		if got, ok := query.Parse(raw); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, %t, want %v", raw, got, ok, want)
		}
	}
	for _, form := range []string{"&", "%&"} {
		if _, ok := query.Parse(strings.Repeat(form, 10_000)); ok {
			t.Errorf("10,000 times %q is taken", form)
		}
	}
}
