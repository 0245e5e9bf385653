package cli_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

const adminPassword = "a-password-of-the-operators-own"

// adminTalk is what the namespace of the admin page answers to somebody who has
// logged in to the server.
func (p *program) adminTalk(auth string) string {
	p.t.Helper()
	do := func(method, query, body string) string {
		p.t.Helper()
		req, err := http.NewRequest(method, p.base+"/socket.io/?EIO=4&transport=polling"+query, strings.NewReader(body))
		if err != nil {
			p.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+p.token)
		resp, err := p.client.Do(req)
		if err != nil {
			p.t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			p.t.Fatalf("%d %s: %v", resp.StatusCode, text, err)
		}
		return string(text)
	}
	var open struct{ SID string }
	if err := json.Unmarshal([]byte(do("GET", "", "")[1:]), &open); err != nil {
		p.t.Fatal(err)
	}
	do("POST", "&sid="+open.SID, "40/admin,"+auth)
	got := do("GET", "&sid="+open.SID, "")
	for strings.HasPrefix(got, "40/admin,") && !strings.Contains(got, `["server_stats"`) {
		got += do("GET", "&sid="+open.SID, "")
	}
	return got
}

func TestTheAdminPageIsOffUnlessAskedFor(t *testing.T) {
	const right = `{"username":"admin","password":"` + adminPassword + `"}`
	for mode, want := range map[string]struct{ has, lacks string }{
		"off":       {`44/admin,{"message":"Invalid namespace"}`, `["config"`},
		"numbers":   {`"server_stats"`, `"all_sockets"`},
		"read-only": {`"all_sockets"`, `"EMIT"`},
		"full":      {`"EMIT"`, `"message"`},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			cfg := free()
			cfg.Admin.Mode, cfg.Admin.Password = mode, adminPassword
			p := start(t, cfg)
			if got := p.adminTalk(right); !strings.Contains(got, want.has) || strings.Contains(got, want.lacks) {
				t.Errorf("got %s, want %s and no %s", got, want.has, want.lacks)
			}
			said := strings.Contains(p.said, "Admin page of @socket.io/admin-ui: "+mode)
			warned := strings.Contains(p.log.String(), "the admin page shows all")
			if said != (mode != "off") || warned != (mode == "read-only" || mode == "full") {
				t.Errorf("said %t, warned %t", said, warned)
			}
			if mode == "off" {
				return
			}
			for _, wrong := range []string{``, `{"username":"admin","password":"wrong"}`, `{"username":"else","password":"` + adminPassword + `"}`} {
				if got := p.adminTalk(wrong); !strings.HasPrefix(got, `44/admin,{"message":"invalid credentials"`) {
					t.Errorf("%s: %s", wrong, got)
				}
			}
			if strings.Contains(p.said+p.log.String(), adminPassword) {
				t.Error("the password is shown")
			}
		})
	}
}
