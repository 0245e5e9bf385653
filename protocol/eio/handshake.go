package eio

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Handshake is what the open packet tells a client about its session.
type Handshake struct {
	// SID is the session id. It must not be empty.
	SID string
	// Upgrades are the transports that the session can be moved to, for
	// example "websocket". Empty if there are none.
	Upgrades []string
	// PingInterval is the time between two pings, PingTimeout the time that
	// the other side has to answer one. The wire has whole milliseconds.
	PingInterval time.Duration
	PingTimeout  time.Duration
	// MaxPayload is the size in bytes of the largest payload that the server
	// takes. Zero leaves the key out, as servers before Engine.IO 4 do.
	MaxPayload int64
}

// AppendOpen appends the open packet in its text form: the type digit 0 and
// the handshake as JSON. (Engine.IO protocol 4, "Handshake")
func AppendOpen(dst []byte, h Handshake) []byte {
	return h.AppendJSON(append(dst, '0'))
}

// AppendJSON appends the data of the open packet, without the type digit. The
// keys stand in the order in which the reference writes them.
func (h Handshake) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"sid":`...)
	dst = appendString(dst, h.SID)
	dst = append(dst, `,"upgrades":[`...)
	for i, u := range h.Upgrades {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, u)
	}
	dst = append(dst, `],"pingInterval":`...)
	dst = strconv.AppendInt(dst, h.PingInterval.Milliseconds(), 10)
	dst = append(dst, `,"pingTimeout":`...)
	dst = strconv.AppendInt(dst, h.PingTimeout.Milliseconds(), 10)
	if h.MaxPayload > 0 {
		dst = append(dst, `,"maxPayload":`...)
		dst = strconv.AppendInt(dst, h.MaxPayload, 10)
	}
	return append(dst, '}')
}

const (
	maxHandshake    = 4096      // bytes of JSON that ParseOpen takes
	maxMilliseconds = 1<<31 - 1 // the largest delay of a browser's timer
	maxExactInteger = 1<<53 - 1 // the largest integer that every peer has
)

// ParseOpen decodes the data of an open packet, without the type digit. It is
// for clients. Keys that it does not know are ignored. It returns ErrMalformed
// if data is not such an object, is longer than 4096 bytes, has no sid, or has
// a timing that is not from 1 ms to 2^31-1 ms.
func ParseOpen(data []byte) (Handshake, error) {
	var v struct {
		SID          string   `json:"sid"`
		Upgrades     []string `json:"upgrades"`
		PingInterval int64    `json:"pingInterval"`
		PingTimeout  int64    `json:"pingTimeout"`
		MaxPayload   int64    `json:"maxPayload"`
	}
	if len(data) > maxHandshake {
		return Handshake{}, fmt.Errorf("%w: handshake of %d bytes", ErrMalformed, len(data))
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return Handshake{}, fmt.Errorf("%w: handshake: %w", ErrMalformed, err)
	}
	switch {
	case v.SID == "":
		return Handshake{}, fmt.Errorf("%w: handshake without sid", ErrMalformed)
	case v.PingInterval < 1 || v.PingInterval > maxMilliseconds:
		return Handshake{}, fmt.Errorf("%w: pingInterval %d", ErrMalformed, v.PingInterval)
	case v.PingTimeout < 1 || v.PingTimeout > maxMilliseconds:
		return Handshake{}, fmt.Errorf("%w: pingTimeout %d", ErrMalformed, v.PingTimeout)
	case v.MaxPayload < 0 || v.MaxPayload > maxExactInteger:
		return Handshake{}, fmt.Errorf("%w: maxPayload %d", ErrMalformed, v.MaxPayload)
	}
	return Handshake{
		SID:          v.SID,
		Upgrades:     v.Upgrades,
		PingInterval: time.Duration(v.PingInterval) * time.Millisecond,
		PingTimeout:  time.Duration(v.PingTimeout) * time.Millisecond,
		MaxPayload:   v.MaxPayload,
	}, nil
}

// appendString appends s as a JSON string. Session ids and transport names are
// plain ASCII; all else is left to encoding/json.
func appendString(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string cannot fail
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}
