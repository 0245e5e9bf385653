package transports_test

import (
	"net/http"
	"testing"

	"github.com/everwire/everwire/transports"
)

func TestAcceptedEncoding(t *testing.T) {
	for _, tt := range []struct {
		lines []string
		want  string
	}{
		{nil, ""},
		{[]string{""}, ""},
		{[]string{"gzip"}, "gzip"},
		{[]string{"deflate"}, "deflate"},
		{[]string{"br"}, ""},
		{[]string{"deflate, gzip;q=1.0, *;q=0.5"}, "gzip"}, // equals: the server's order
		{[]string{"gzip;q=0.5, deflate;q=0.8"}, "deflate"},
		{[]string{"gzip;q=0.5", "deflate;q=0.8"}, "deflate"},
		{[]string{"gzip;q=0, deflate"}, "deflate"},
		{[]string{"gzip;q=0"}, ""},
		{[]string{"gzip;q=0.000"}, ""},
		{[]string{"*"}, "gzip"},
		{[]string{"*;q=0"}, ""},
		{[]string{"gzip;q=0, *"}, "deflate"},
		{[]string{"identity"}, ""},
		{[]string{"identity;q=0.5, gzip;q=0.4"}, ""},
		{[]string{"identity;q=0.5, gzip;q=0.5"}, "gzip"},
		{[]string{"identity;q=0, gzip"}, "gzip"},
		{[]string{"GZIP ; Q=0.2"}, "gzip"},
		{[]string{"gzip;q=x"}, ""},
		{[]string{"gzip;q=2"}, ""},
		{[]string{"gzip;q=-1"}, ""},
		{[]string{"gzip;q=NaN"}, ""},
		{[]string{"xgzip, gzipx"}, ""},
		{[]string{", ,;,gzip"}, "gzip"},
	} {
		h := http.Header{"Accept-Encoding": tt.lines}
		if tt.lines == nil {
			h = http.Header{}
		}
		if got := transports.AcceptedEncoding(h, "gzip", "deflate"); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.lines, got, tt.want)
		}
	}
}
