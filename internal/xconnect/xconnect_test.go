package xconnect_test

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/internal/xconnect"
)

// childVariable has the test binary say what its net/http was told.
const childVariable = "EVERWIRE_TEST_XCONNECT_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	if err := report(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// report prints what the tests want to know of a process.
func report() error {
	offered, err := offersConnect()
	if err != nil {
		return err
	}
	fmt.Printf("offered %v, enabled %v\n", offered, xconnect.Enabled())
	for range 3 {
		value, there := os.LookupEnv("GODEBUG")
		fmt.Printf("GODEBUG %v %q\n", there, value)
		xconnect.Restore()
	}
	return nil
}

// offersConnect serves HTTP/2 and reports whether its SETTINGS frame has
// SETTINGS_ENABLE_CONNECT_PROTOCOL, 8, with the value 1 (RFC 8441 section 3).
func offersConnect() (bool, error) {
	hs := httptest.NewUnstartedServer(http.NotFoundHandler())
	hs.EnableHTTP2 = true
	hs.StartTLS()
	defer hs.Close()
	conn, err := tls.Dial("tcp", hs.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		return false, err
	}
	defer conn.Close()
	// The preface and an empty SETTINGS frame (RFC 9113 section 3.4).
	if _, err := io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"); err != nil {
		return false, err
	}
	var head [9]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return false, err
	}
	if head[3] != 4 {
		return false, fmt.Errorf("the first frame has type %d", head[3])
	}
	settings := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
	if _, err := io.ReadFull(conn, settings); err != nil {
		return false, err
	}
	for s := range slices.Chunk(settings, 6) {
		if binary.BigEndian.Uint16(s) == 8 {
			return binary.BigEndian.Uint32(s[2:]) == 1, nil
		}
	}
	return false, nil
}

func TestTheSwitchComesBeforeNetHTTP(t *testing.T) {
	on := xconnect.Variable + "=1"
	for _, tt := range []struct {
		name             string
		env              []string
		offered, enabled bool
		during           string // GODEBUG until Restore
		after            string
	}{
		{"nothing set", nil, false, false, `false ""`, `false ""`},
		{"on", []string{on}, true, true, `true "http2xconnect=1"`, `false ""`},
		{"another value", []string{xconnect.Variable + "=0"}, false, false, `false ""`, `false ""`},
		{"beside other settings", []string{on, "GODEBUG=http2debug=0"}, true, true, `true "http2debug=0,http2xconnect=1"`, `true "http2debug=0"`},
		{"empty before", []string{on, "GODEBUG="}, true, true, `true "http2xconnect=1"`, `true ""`},
		{"set by hand", []string{"GODEBUG=http2xconnect=1"}, true, false, `true "http2xconnect=1"`, `true "http2xconnect=1"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
				return strings.HasPrefix(v, "GODEBUG=") || strings.HasPrefix(v, xconnect.Variable+"=")
			})
			cmd.Env = append(append(cmd.Env, childVariable+"=1"), tt.env...)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf("offered %v, enabled %v\nGODEBUG %s\nGODEBUG %s\nGODEBUG %s\n", tt.offered, tt.enabled, tt.during, tt.after, tt.after)
			if string(out) != want {
				t.Errorf("got\n%swant\n%s", out, want)
			}
		})
	}
}
