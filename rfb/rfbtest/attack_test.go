package rfbtest_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
)

// TestClientSurvivesAttacks has a client look at each hostile server. It must
// give up with an error unless what the server does is harmless, and never
// wait for bytes that cannot come.
func TestClientSurvivesAttacks(t *testing.T) {
	for _, a := range rfbtest.Attacks() {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			client, server := pair(t)
			done := make(chan struct{})
			go func() { defer close(done); a.Serve(server) }()
			defer func() { client.Close(); <-done }()
			if a.Harmless {
				// Some go on for ever; the client need not.
				if err := client.SetDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
					t.Fatal(err)
				}
			}
			err := stare(client)
			switch {
			case err == nil:
				t.Error("the client does not mind")
			case errors.Is(err, os.ErrDeadlineExceeded) && !a.Harmless:
				t.Errorf("%s: the client still waits", a.About)
			}
		})
	}
}

// stare asks for updates until there is an error.
func stare(conn interface {
	Read([]byte) (int, error)
	Write([]byte) (int, error)
}) error {
	client, err := rfb.NewClient(rfb.ClientConfig{
		Security:  []rfb.SecurityType{rfb.SecurityNone},
		Encodings: append(rfb.DefaultEncodings(), rfb.EncodingTightPNG, rfb.EncodingQualityLevel9),
	})
	if err != nil {
		return err
	}
	var buf [64 << 10]byte
	for {
		ev, err := client.Next()
		if err == nil && (ev.Kind == rfb.EventReady || ev.Kind == rfb.EventUpdate) {
			err = client.RequestUpdate(true, client.Framebuffer().Bounds())
		}
		if out := client.AppendOutput(nil); len(out) > 0 && err == nil {
			_, err = conn.Write(out)
		}
		if err != nil {
			return err
		}
		if ev.Kind != rfb.EventNone {
			continue
		}
		n, err := conn.Read(buf[:])
		if err != nil {
			return err
		}
		client.Feed(buf[:n])
	}
}
