package session_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/everwire/everwire/session"
)

// RFC 6455 section 7.4.1: 1005, 1006 and 1015 must not be set in a close
// frame; 1004 is reserved, 1016-2999 are not registered, 0-999 are not used.
func TestCodeSendableInACloseFrame(t *testing.T) {
	for code, want := range map[session.Code]bool{
		0: false, 999: false, 1000: true, 1001: true, 1002: true, 1003: true,
		1004: false, 1005: false, 1006: false, 1007: true, 1011: true, 1014: true,
		1015: false, 1016: false, 2999: false, 3000: true, 4999: true, 5000: false, 65535: false,
	} {
		if got := code.Sendable(); got != want {
			t.Errorf("Code(%d).Sendable() = %v, want %v", code, got, want)
		}
	}
}

func TestCodesOfOurOwnAreSendableAndNamed(t *testing.T) {
	seen := make(map[string]session.Code)
	for _, code := range []session.Code{
		session.Normal, session.GoingAway, session.ProtocolError, session.Unsupported, session.InvalidPayload,
		session.PolicyViolated, session.MessageTooBig, session.InternalError, session.TryAgainLater,
		session.PingTimeout, session.Stalled, session.SlowClient, session.HandshakeTimeout,
		session.TransportLost, session.Forced, session.Revoked,
	} {
		if !code.Sendable() {
			t.Errorf("%v is not sendable", code)
		}
		name := code.String()
		if strings.HasPrefix(name, "code ") {
			t.Errorf("code %d has no name", uint16(code))
		}
		if other, ok := seen[name]; ok {
			t.Errorf("codes %d and %d are both named %q", code, other, name)
		}
		seen[name] = code
	}
	if got := session.Code(4711).String(); got != "code 4711" {
		t.Errorf("an unknown code is named %q", got)
	}
}

// The private ranges tell a client whether reconnecting may help.
func TestCodesStandInTheRangeOfTheirMeaning(t *testing.T) {
	for _, code := range []session.Code{session.PingTimeout, session.Stalled, session.SlowClient, session.HandshakeTimeout, session.TransportLost} {
		if code < 3000 || code > 3499 {
			t.Errorf("%v = %d is outside 3000-3499", code, code)
		}
	}
	for _, code := range []session.Code{session.Forced, session.Revoked} {
		if code < 3500 || code > 3999 {
			t.Errorf("%v = %d is outside 3500-3999", code, code)
		}
	}
}

func TestCloseErrorIsErrClosedAndUnwraps(t *testing.T) {
	err := error(&session.CloseError{Code: session.TransportLost, Remote: true, Err: io.ErrUnexpectedEOF})
	for target, want := range map[error]bool{
		session.ErrClosed: true, io.ErrUnexpectedEOF: true, io.EOF: false, session.ErrQueueFull: false,
	} {
		if got := errors.Is(err, target); got != want {
			t.Errorf("errors.Is(%v, %v) = %v", err, target, got)
		}
	}
	if errors.Unwrap(&session.CloseError{}) != nil {
		t.Error("a CloseError without a cause unwraps to one")
	}
}

func TestCloseErrorSaysWhoAndWhy(t *testing.T) {
	for _, tt := range []struct {
		err  session.CloseError
		want []string
		not  string
	}{
		{session.CloseError{Code: session.Normal}, []string{"this side", "normal"}, "client"},
		{session.CloseError{Code: session.PingTimeout, Remote: true}, []string{"the client", "ping timeout"}, "this side"},
		{session.CloseError{Code: session.Forced, Reason: "bye", Err: io.EOF}, []string{"forced close", "bye", "EOF"}, "client"},
	} {
		got := tt.err.Error()
		for _, w := range tt.want {
			if !strings.Contains(got, w) {
				t.Errorf("%q lacks %q", got, w)
			}
		}
		if strings.Contains(got, tt.not) {
			t.Errorf("%q has %q", got, tt.not)
		}
	}
}

func TestNamesOfEnumerations(t *testing.T) {
	for got, want := range map[string]string{
		session.Text.String(): "text", session.JSON.String(): "json", session.Binary.String(): "binary",
		session.Kind(9).String(): "invalid", session.PacketOpen.String(): "open", session.PacketNoop.String(): "noop",
		session.Opening.String(): "opening", session.Closed.String(): "closed",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if session.PacketType(9).String() != "invalid" || session.State(9).String() != "invalid" {
		t.Error("an unknown value has a name")
	}
}

func TestPreparedBuildsEachSlotOnce(t *testing.T) {
	var p session.Prepared
	builds := 0
	build := func(s string) func() []byte { return func() []byte { builds++; return []byte(s) } }
	for range 2 {
		if got := string(p.Frame(3, build("three"))); got != "three" {
			t.Errorf("slot 3 has %q", got)
		}
		if got := string(p.Frame(4, build("four"))); got != "four" {
			t.Errorf("slot 4 has %q", got)
		}
	}
	if builds != 2 {
		t.Errorf("built %d times, want 2", builds)
	}
	// Whoever builds second while another build is under way gets the first.
	if got := string(p.Frame(5, func() []byte {
		p.Frame(5, build("first"))
		return []byte("second")
	})); got != "first" {
		t.Errorf("slot 5 has %q, want the first result", got)
	}
}
