package flash_test

import (
	"encoding/xml"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/everwire/everwire/internal/leaktest"
	"github.com/everwire/everwire/transports/flash"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// sample is a policy, and sampleXML what a client gets for it.
var sample = flash.Policy{Domains: []string{"app.example.com"}, Ports: []int{3000}}

const (
	head = `<?xml version="1.0"?><!DOCTYPE cross-domain-policy SYSTEM "http://www.macromedia.com/xml/dtds/cross-domain-policy.dtd">` +
		`<cross-domain-policy><site-control permitted-cross-domain-policies="master-only"/>`
	tail      = `</cross-domain-policy>`
	sampleXML = head + `<allow-access-from domain="app.example.com" to-ports="3000"/>` + tail
)

func TestPolicyNamesItsDomainsAndPortsOnly(t *testing.T) {
	allow := func(domain, ports string) string {
		return `<allow-access-from domain="` + domain + `" to-ports="` + ports + `"/>`
	}
	tests := []struct {
		name   string
		policy flash.Policy
		want   string
	}{
		{"zero", flash.Policy{}, ""},
		{"one", sample, allow("app.example.com", "3000")},
		{"several", flash.Policy{Domains: []string{"a", "127.0.0.1", "a"}, Ports: []int{80, 8080}}, allow("a", "80,8080") + allow("127.0.0.1", "80,8080")},
		{"no port", flash.Policy{Domains: []string{"a"}}, ""},
		{"no domain", flash.Policy{Ports: []int{80}}, ""},
		{"patterns", flash.Policy{Domains: []string{"*", "*.example.com", "a*", "", "b"}, Ports: []int{80}}, allow("b", "80")},
		{"impossible ports", flash.Policy{Domains: []string{"a"}, Ports: []int{-1, 0, 80, 65536}}, allow("a", "80")},
		{"any", flash.Policy{Domains: []string{"a"}, Ports: []int{80}, Any: true}, allow("*", "80")},
		{"any without a port", flash.Policy{Any: true}, ""},
		{"markup", flash.Policy{Domains: []string{`"/><allow-access-from domain='x'&` + "\n"}, Ports: []int{80}},
			allow("&quot;/&gt;&lt;allow-access-from domain=&apos;x&apos;&amp;\ufffd", "80")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(tt.policy.AppendXML([]byte("before"))); got != "before"+head+tt.want+tail {
				t.Errorf("got %s", got)
			}
		})
	}
}

// FuzzPolicy: whatever a domain is, the file has one element for it, which
// names that domain and nothing else.
func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{"app.example.com", `"`, "a&b", "]]>", "\x00", "\xff", "é", "<!--", "::1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, domain string) {
		var file struct {
			Access []struct {
				Domain string `xml:"domain,attr"`
				Ports  string `xml:"to-ports,attr"`
			} `xml:"allow-access-from"`
		}
		text := flash.Policy{Domains: []string{domain}, Ports: []int{1}}.AppendXML(nil)
		if err := xml.Unmarshal(text, &file); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if domain == "" || strings.Contains(domain, "*") {
			if len(file.Access) != 0 {
				t.Fatalf("%q allows somebody", text)
			}
			return
		}
		clean := strings.Map(func(r rune) rune {
			if r < ' ' || r == 0xfffe || r == 0xffff {
				return 0xfffd
			}
			return r
		}, domain)
		if len(file.Access) != 1 || file.Access[0].Domain != clean || file.Access[0].Ports != "1" {
			t.Fatalf("%q allows %+v", text, file.Access)
		}
	})
}

func TestCrossdomainNamesExactHostsWithoutPorts(t *testing.T) {
	tests := []struct {
		name   string
		policy flash.Policy
		want   string
	}{
		{"nobody", flash.Policy{}, ""},
		{"hosts", flash.Policy{Domains: []string{"a", "b", "*"}, Ports: []int{1}}, `<allow-access-from domain="a"/><allow-access-from domain="b"/>`},
		{"never everybody", flash.Policy{Domains: []string{"a"}, Any: true}, `<allow-access-from domain="a"/>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			flash.Crossdomain(tt.policy).ServeHTTP(rec, httptest.NewRequest("GET", "/crossdomain.xml", nil))
			if got := rec.Body.String(); rec.Code != 200 || got != head+tt.want+tail {
				t.Errorf("%d %s", rec.Code, got)
			}
			h := rec.Header()
			if h.Get("Content-Type") != "text/x-cross-domain-policy" || h.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("header %v", h)
			}
		})
	}
	rec := httptest.NewRecorder()
	flash.Crossdomain(sample).ServeHTTP(rec, httptest.NewRequest("POST", "/crossdomain.xml", nil))
	if rec.Code != 405 {
		t.Errorf("POST: %d", rec.Code)
	}
}
