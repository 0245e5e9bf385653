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
	for range 2 {
		xconnect.Restore()
		value, there := os.LookupEnv("GODEBUG")
		fmt.Printf("GODEBUG %v %q\n", there, value)
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
	for _, tt := range []struct {
		name string
		env  []string
		want string
	}{
		{"nothing set", nil, "offered false, enabled false\nGODEBUG false \"\"\nGODEBUG false \"\"\n"},
		{"on", []string{"EVERWIRE_H2_WEBSOCKET=1"}, "offered true, enabled true\nGODEBUG false \"\"\nGODEBUG false \"\"\n"},
		{"another value", []string{"EVERWIRE_H2_WEBSOCKET=0"}, "offered false, enabled false\nGODEBUG false \"\"\nGODEBUG false \"\"\n"},
		{"beside other settings", []string{"EVERWIRE_H2_WEBSOCKET=1", "GODEBUG=http2debug=0"}, "offered true, enabled true\nGODEBUG true \"http2debug=0\"\nGODEBUG true \"http2debug=0\"\n"},
		{"empty before", []string{"EVERWIRE_H2_WEBSOCKET=1", "GODEBUG="}, "offered true, enabled true\nGODEBUG true \"\"\nGODEBUG true \"\"\n"},
		{"set by hand", []string{"GODEBUG=http2xconnect=1"}, "offered true, enabled false\nGODEBUG true \"http2xconnect=1\"\nGODEBUG true \"http2xconnect=1\"\n"},
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
			if string(out) != tt.want {
				t.Errorf("got\n%swant\n%s", out, tt.want)
			}
		})
	}
}
