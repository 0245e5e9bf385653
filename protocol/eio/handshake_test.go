package eio_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/eio"
)

var handshake = eio.Handshake{
	SID: "eVY-94aJQbuPZpLBAAAD", Upgrades: []string{"websocket"},
	PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second, MaxPayload: 1_000_000,
}

func TestAppendOpen(t *testing.T) {
	other := handshake
	other.Upgrades, other.MaxPayload = []string{"websocket", "webtransport"}, 0
	none := handshake
	none.Upgrades = nil
	for _, tt := range []struct {
		h    eio.Handshake
		want string
	}{
		{handshake, `0{"sid":"eVY-94aJQbuPZpLBAAAD","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`},
		{other, `0{"sid":"eVY-94aJQbuPZpLBAAAD","upgrades":["websocket","webtransport"],"pingInterval":25000,"pingTimeout":20000}`},
		{none, `0{"sid":"eVY-94aJQbuPZpLBAAAD","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`},
	} {
		if got := eio.AppendOpen(nil, tt.h); string(got) != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestHandshakeRoundTrip(t *testing.T) {
	odd := handshake
	odd.SID, odd.Upgrades = "quote \" back \\ tab \t line \u2028 é", []string{}
	for _, h := range []eio.Handshake{handshake, odd} {
		got, err := eio.ParseOpen(h.AppendJSON(nil))
		if err != nil || !reflect.DeepEqual(got, h) {
			t.Errorf("%+v, %v; want %+v", got, err, h)
		}
	}
}

func TestParseOpenIgnoresUnknownKeys(t *testing.T) {
	h, err := eio.ParseOpen([]byte(`{"pingTimeout":1,"x":[1],"pingInterval":2147483647,"sid":"a"}`))
	if err != nil || h.SID != "a" || h.PingTimeout != time.Millisecond || h.PingInterval != 2147483647*time.Millisecond || h.MaxPayload != 0 {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestParseOpenRefuses(t *testing.T) {
	for _, data := range []string{
		``, `0{}`, `{}`, `[]`, `null`, `"x"`, `{"sid":1,"pingInterval":1,"pingTimeout":1}`,
		`{"sid":"","pingInterval":1,"pingTimeout":1}`,
		`{"sid":"a","pingInterval":0,"pingTimeout":1}`,
		`{"sid":"a","pingInterval":1,"pingTimeout":-1}`,
		`{"sid":"a","pingInterval":1}`,
		`{"sid":"a","pingInterval":2147483648,"pingTimeout":1}`,
		`{"sid":"a","pingInterval":1,"pingTimeout":9223372036854775807}`,
		`{"sid":"a","pingInterval":1e30,"pingTimeout":1}`,
		`{"sid":"a","pingInterval":1,"pingTimeout":1,"maxPayload":-1}`,
		`{"sid":"a","pingInterval":1,"pingTimeout":1,"maxPayload":9007199254740992}`,
		`{"sid":"a","pingInterval":1,"pingTimeout":1,"x":"` + strings.Repeat("x", 4096) + `"}`,
	} {
		if h, err := eio.ParseOpen([]byte(data)); !errors.Is(err, eio.ErrMalformed) {
			t.Errorf("%.80s: %+v, %v", data, h, err)
		}
	}
}

// Bodies as captured from socket.io 2.5.1 and 4.8.4.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		r      eio.Refusal
		status int
		want   string
	}{
		{eio.TransportUnknown, 400, `{"code":0,"message":"Transport unknown"}`},
		{eio.SessionUnknown, 400, `{"code":1,"message":"Session ID unknown"}`},
		{eio.BadHandshakeMethod, 400, `{"code":2,"message":"Bad handshake method"}`},
		{eio.BadRequest, 400, `{"code":3,"message":"Bad request"}`},
		{eio.Forbidden, 403, `{"code":4,"message":"Forbidden"}`},
		{eio.UnsupportedVersion, 400, `{"code":5,"message":"Unsupported protocol version"}`},
	} {
		if got := tt.r.AppendJSON(nil); string(got) != tt.want || tt.r.Status != tt.status {
			t.Errorf("%d %s, want %d %s", tt.r.Status, got, tt.status, tt.want)
		}
	}
	custom := eio.Refusal{Status: 403, Code: 4, Message: "not \"you\"\n"}
	var back struct{ Message string }
	if err := json.Unmarshal(custom.AppendJSON(nil), &back); err != nil || back.Message != custom.Message {
		t.Errorf("%q, %v", back.Message, err)
	}
	if err := error(eio.Refusal{Status: 400, Code: 1, Message: "Session ID unknown"}); !errors.Is(err, eio.SessionUnknown) || errors.Is(err, eio.Forbidden) {
		t.Errorf("%v matches wrongly", err)
	}
}
